// How many connections fit: opened by real handshakes, kept, and heard from at random.
//   connections N [--json FILE]
#include <sys/resource.h>
#include <unistd.h>
#include <x86intrin.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "measure.hpp"
#include "rig.hpp"

namespace weir::bench {
namespace {

constexpr std::uint32_t kMost = 400'000'000;
constexpr std::uint32_t kSamples = 1'000'000;
constexpr std::uint32_t kStep = 64;

// Bytes of this process in memory.
std::uint64_t resident() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0, pages = 0;
  statm >> total >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

[[noreturn]] void fail(const char* why) {
  std::fprintf(stderr, "connections: %s\n", why);
  std::exit(1);
}

// Text to random connections, each acknowledged: cycles of the stack a segment.
double sample(Rig& rig, std::uint32_t n, SplitMix64& dice) {
  std::uint64_t cycles = 0, acknowledged = 0;
  const auto set = static_cast<std::uint32_t>(rig.frames().size());
  for (std::uint32_t done = 0; done < kSamples; done += set) {
    for (Frame& frame : rig.frames()) {
      const std::uint32_t peer = dice.up_to(n - 1);
      rig.write_segment(frame, peer, rig.peers()[peer], kDiscard, 10, kPsh);
      rig.peers()[peer].seq += 10;
    }
    cycles += rig.run();
    acknowledged += rig.sent().size();
    rig.recycle();
  }
  if (rig.counters().dropped_total() != 0) fail("text was dropped: a connection was lost");
  if (acknowledged < kSamples / 2) fail("text was not acknowledged");
  return static_cast<double>(cycles) / kSamples;
}

int run(std::uint32_t n, const std::string& json) {
  RigSettings settings;
  settings.max_flows = n;
  settings.tune = [](Snapshot& s) {
    s.flow_accounts = false;
    s.tcp.delayed_ack_ms = 0;
    for (ServiceLimits& service : s.services) service.tcp.idle_ms = 0;
  };
  Rig rig(settings);
  rig.reserve(n);
  const std::uint64_t before = resident();
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t cycles = 0;
  for (std::uint32_t i = 1; i <= kStep; ++i) {
    const auto open = static_cast<std::uint32_t>(std::uint64_t{n} * i / kStep);
    cycles += rig.open(open, kDiscard);
    if (i % (kStep / 8) != 0) continue;
    std::printf("%11u connections, %6.1f s, %5.2f GB\n", open, seconds_since(begin),
                static_cast<double>(resident()) / 1e9);
    std::fflush(stdout);
  }
  const double seconds = seconds_since(begin);
  // What the peers' numbers take is the benchmark's own.
  const double bytes =
      static_cast<double>(resident() - before) / n - static_cast<double>(sizeof(Peer));
  SplitMix64 dice{9};
  const double per_segment = sample(rig, n, dice);
  const PipelineMemory memory = rig.pipeline().memory();
  if (memory.flows != n) fail("connections were lost");
  std::printf(
      "%u connections open: %.1f bytes each by the process's memory (%llu by the tables' sizes), "
      "%.0f cycles of the stack each to open, %.1f s in all with the writing of the frames; "
      "data -> ACK on random ones %.0f cycles\n",
      n, bytes, static_cast<unsigned long long>(memory.bytes_per_flow),
      static_cast<double>(cycles) / n, seconds, per_segment);
  if (json.empty()) return 0;
  std::ofstream(json) << "{\"connections\": " << n << ", \"bytes\": " << bytes
                      << ", \"open_cycles\": " << static_cast<double>(cycles) / n
                      << ", \"seconds\": " << seconds << ", \"segment_cycles\": " << per_segment
                      << "}\n";
  return 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using weir::bench::kMost;
  const long long n = argc > 1 ? std::atoll(argv[1]) : 0;
  const bool json = argc == 4 && std::strcmp(argv[2], "--json") == 0;
  if (n < 1000 || n > kMost || (argc != 2 && !json)) {
    std::fprintf(stderr, "usage: connections N (1000 to %u) [--json FILE]\n", kMost);
    return 2;
  }
  return weir::bench::run(static_cast<std::uint32_t>(n), json ? argv[3] : "");
}
