// One file for those who are asked for help: every table as text and as JSON.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>

#include "ctl/child.hpp"
#include "ctl/effective_config.hpp"
#include "ctl/session.hpp"

#ifndef WEIR_VERSION
#define WEIR_VERSION "unknown"
#endif

namespace weir::ctl {
namespace {

// What is packed; options as one would type them.
constexpr std::string_view kCommandLines[] = {
    "version",
    "status",
    "ports -s -v",
    "workers",
    "services",
    "flows -i -l 1000",
    "stats --all --absolute",
    "stats stages",
    "drops --all",
    "latency --worker --absolute",
    "neigh",
    "route",
    "address",
    "memory",
    "metrics",
    "config",
    "config diff",
    "doctor",
    "log --lines 1000",
};
// Of the machine; a file that is not there is left out.
constexpr const char* kFiles[] = {"/etc/os-release", "/proc/cmdline", "/proc/meminfo",
                                  "/proc/cpuinfo"};

// Readable by this user alone; gone when all is packed.
class Directory {
 public:
  Directory() {
    std::string name = std::filesystem::temp_directory_path() / "weir-support-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      throw Failure{
          kRefused, "failed",
          "cannot make a directory below " + std::filesystem::temp_directory_path().string()};
    }
    top_ = name;
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(top_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] const std::string& top() const noexcept { return top_; }

 private:
  std::string top_;
};

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw Failure{kRefused, "failed", "cannot write " + path.string()};
}

// "ports -s -v" is kept as ports.txt, "config diff" as config-diff.txt.
std::string file_name(const Invocation& invocation) {
  std::string name(invocation.command->name);
  if (!invocation.operands.empty()) name += "-" + invocation.sentence();
  std::ranges::replace(name, ' ', '-');
  return name;
}

// The configuration's text stands within a member of the reply.
std::string masked_json(const std::string& line) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return line;
  if (json.contains("text")) json["text"] = masked(json["text"].get<std::string>());
  for (Json& difference : json.contains("differences") ? json["differences"] : Json::array()) {
    const std::string text = masked(difference.at("key").get<std::string>() + " = x");
    if (text.find('*') == std::string::npos) continue;
    difference["running"] = difference["file"] = "********";
  }
  return to_line(json) + "\n";
}

std::string masked_text(const Invocation& invocation, const std::string& text) {
  return invocation.command->name == "config" ? masked(text) : text;
}

// What fails is packed too: that it fails is worth knowing.
std::string output_of(Invocation invocation, const Session& session, bool json) {
  Surroundings around = session.surroundings;
  around.pager.clear();
  around.colour = false;
  around.socket = session.socket();
  if (json) invocation.options["json"] = "";
  if (session.invocation.has("timeout")) {
    invocation.options["timeout"] = session.invocation.get("timeout", "");
  }
  std::ostringstream out, err;
  (void)run(invocation, around, out, err);
  return (json ? masked_json(out.str()) : masked_text(invocation, out.str())) + err.str();
}

std::string system_text() {
  utsname name{};
  uname(&name);
  return fmt::format("{} {} {} {}\nweirctl {}\n", name.sysname, name.release, name.version,
                     name.machine, WEIR_VERSION);
}

void collect(const Session& session, const std::filesystem::path& directory) {
  std::filesystem::create_directory(directory);
  for (const std::string_view line : kCommandLines) {
    const auto words = split(line);
    const auto parsed = parse({words.begin(), words.end()});
    if (!parsed) throw Failure{kRefused, "failed", parsed.error().message};
    const std::string name = file_name(parsed.value());
    write_file(directory / (name + ".txt"), output_of(parsed.value(), session, false));
    write_file(directory / (name + ".json"), output_of(parsed.value(), session, true));
  }
  write_file(directory / "system.txt", system_text());
  for (const char* file : kFiles) {
    std::ifstream from(file);
    const std::string text{std::istreambuf_iterator<char>(from), {}};
    const std::string name = std::filesystem::path(file).filename();
    if (!text.empty()) write_file(directory / (name + ".txt"), text);
  }
}

}  // namespace

int run_support(Session& session) {
  const std::string name =
      fmt::format("weir-support-{:%Y%m%d-%H%M%S}", fmt::gmtime(std::time(nullptr)));
  const std::string file = session.invocation.get("output", name + ".tar.gz");
  const mode_t before = umask(077);
  const Directory directory;
  collect(session, std::filesystem::path(directory.top()) / name);
  const ChildOutcome tar = run_child({"tar", "-czf", file, "-C", directory.top(), name});
  umask(before);
  if (tar.code != 0) {
    throw Failure{kRefused, "failed", fmt::format("cannot write {}: {}", file, safe(tar.out))};
  }
  session.print(Json{{"schema", "weir.support.v1"}, {"file", file}},
                fmt::format("{} is written; addresses of clients are in it, secrets of the "
                            "configuration are not\n",
                            file));
  return kDone;
}

}  // namespace weir::ctl
