// Cycles of one worker's stack in process, beside the limit loops.
//   cycles [--json FILE] [--quick] [NAME...]   NAME: syn data udp http bulk connection parts
//   workers cycles --count NAME FRAMES                 one case once: for callgrind
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "packets.hpp"
#include "parts.hpp"
#include "workers.hpp"

namespace weir::bench {
namespace {

struct Options {
  std::string json;
  bool quick = false;
  std::vector<std::string> names;
};

int usage() {
  std::fputs(
      "usage: cycles [--json FILE] [--quick] [syn|data|udp|http|bulk|connection|parts|workers]...\n"
      "       cycles --count syn|data|data6|udp|http|bulk|connection|short FRAMES (32 to 65536)\n",
      stderr);
  return 2;
}

// A case with as little beside it as can be: what is counted is Rig::run.
bool count(std::string name, std::uint32_t frames) {
  const Effort once{.repeats = 1, .work = frames, .once = true};
  constexpr std::string_view kRecorded = "-recorded";
  const bool recorded = name.ends_with(kRecorded);
  if (recorded) name.resize(name.size() - kRecorded.size());
  const Shape shape{.frames = frames, .recorded = recorded};
  const Shape with_flows{.flows = frames, .frames = frames, .recorded = recorded};
  if (name == "syn") return print(syn_to_cookie(shape, once)), true;
  if (name == "data") return print(text_to_ack(with_flows, once)), true;
  if (name == "data6") {
    return print(text_to_ack({.flows = frames, .frames = frames, .v6 = true}, once)), true;
  }
  if (name == "udp") return print(datagram_echo(shape, once)), true;
  if (name == "http") return print(http_get(shape, once)), true;
  if (name == "bulk") return print(bulk_send({.frames = 32}, once)), true;
  if (name == "connection") return print(whole_connection(shape, once)), true;
  if (name == "short") return print(short_connection({frames, frames}, once)), true;
  return false;
}

class Report {
 public:
  explicit Report(const Options& options) : options_(options) {}
  [[nodiscard]] bool wants(const char* name) const {
    return options_.names.empty() ||
           std::ranges::find(options_.names, name) != options_.names.end();
  }
  void add(Result result) {
    print(result);
    results_.push_back(std::move(result));
  }
  [[nodiscard]] bool save() const {
    return options_.json.empty() || write_json(options_.json, results_);
  }

 private:
  const Options& options_;
  std::vector<Result> results_;
};

int run(const Options& options) {
  Effort effort;
  if (options.quick) effort.repeats = 5;
  Report report(options);
  const std::vector<std::uint32_t> sets{512, 8192, 65536};
  const std::vector<std::uint32_t> flows{10'000, 100'000, 1'000'000, 10'000'000};
  for (const bool offload : {false, true}) {
    for (const std::uint32_t set : sets) {
      if (report.wants("syn")) report.add(syn_to_cookie({0, set, 32, offload}, effort));
    }
  }
  for (const bool offload : {false, true}) {
    for (const std::uint32_t set : sets) {
      if (report.wants("udp")) report.add(datagram_echo({0, set, 32, offload}, effort));
    }
  }
  if (report.wants("data")) {
    for (const std::uint32_t n : flows) report.add(text_to_ack({n, 512, 32, false}, effort));
    report.add(text_to_ack({1'000'000, 512, 32, true}, effort));
    report.add(text_to_ack({1'000'000, 65536, 32, false}, effort));
    report.add(text_to_ack({.flows = 1'000'000, .v6 = true}, effort));
    for (const std::uint32_t burst : {1U, 4U, 8U, 16U, 64U}) {
      report.add(text_to_ack({1'000'000, 512, burst, false}, effort));
    }
  }
  if (report.wants("http")) report.add(http_get({0, 512, 32, false}, effort));
  if (report.wants("bulk")) {
    report.add(bulk_send({.frames = 32}, effort));
    report.add(bulk_send({.frames = 32, .offload = true}, effort));
  }
  if (report.wants("connection")) {
    for (const std::uint32_t n : {0U, 1'000'000U}) {
      report.add(whole_connection({n, 512, 32, false}, effort));
    }
    for (const std::uint32_t n : {10'000U, 1'000'000U}) report.add(short_connection({n}, effort));
  }
  if (report.wants("parts")) {
    for (const std::uint32_t n : {1'000'000U, 10'000'000U}) report.add(look_up(n, effort));
    for (const std::uint32_t n : {1'000'000U, 10'000'000U}) report.add(erase_and_insert(n, effort));
    for (const std::uint32_t n : {10'000U, 1'000'000U, 10'000'000U}) report.add(timers(n, effort));
    for (const std::uint32_t n : {40U, 1460U}) report.add(checksum(n, effort));
    report.add(tuple_hashes(effort));
  }
  if (report.wants("workers")) {
    for (std::uint16_t n = 1; n <= 8; n = static_cast<std::uint16_t>(2 * n)) {
      report.add(with_workers(n, effort));
    }
  }
  return report.save() ? 0 : 1;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "--count") {
    if (arguments.size() != 3) return usage();
    const int frames = std::atoi(arguments[2].c_str());
    if (frames < 32 || frames > 65536) return usage();
    return count(arguments[1], static_cast<std::uint32_t>(frames)) ? 0 : usage();
  }
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& a = arguments[i];
    if (a == "--json" && i + 1 < arguments.size()) {
      options.json = arguments[++i];
    } else if (a == "--quick") {
      options.quick = true;
    } else if (a == "syn" || a == "data" || a == "udp" || a == "http" || a == "bulk" ||
               a == "connection" || a == "parts" || a == "workers") {
      options.names.push_back(a);
    } else {
      return usage();
    }
  }
  return run(options);
}
