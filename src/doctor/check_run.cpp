// RUN01-RUN03: another weir, virtual devices, the control socket.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "doctor/checks_by_subject.hpp"
#include "doctor/devargs.hpp"
#include "doctor/processes.hpp"

namespace weir::doctor {
namespace {

/// Whether somebody holds flock(2) on the file. Looked up in /proc/locks: trying it would for a
/// moment keep a daemon that starts from having it.
bool is_locked(const Environment& env, const std::string& path) {
  struct stat status {};
  if (stat(env.at(path).c_str(), &status) != 0) return false;
  // "1: FLOCK  ADVISORY  WRITE 812 08:01:4711 0 EOF"
  const std::string inode =
      fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  for (const std::string& line : env.lines("/proc/locks")) {
    const auto words = words_of(line);
    if (words.size() >= 6 && words[1] == "FLOCK" && words[5] == inode) return true;
  }
  return false;
}

bool somebody_listens(const Environment& env, const std::string& path) {
  for (const std::string& line : env.lines("/proc/net/unix")) {
    const auto words = words_of(line);
    // Num RefCount Protocol Flags Type St Inode Path; the flag is __SO_ACCEPTCON.
    if (words.size() == 8 && words[7] == path && words[3] == "00010000") return true;
  }
  return false;
}

Finding cannot_make(const std::string& what) {
  return fail(what,
              {"",
               "start weir as root or through systemd, or set [control] socket to a path that "
               "this user may write"},
              kNoPermission);
}

bool lacks_tun(const DeviceArgs& device, const Environment& env) {
  return driver_of(device) == "net_tap" && !env.exists("/dev/net/tun");
}

/// Not even root may write where the file system is mounted read-only.
std::optional<Finding> look_at_mount(const Environment& env, const std::string& directory) {
  if (!env.is_this_machine() || access(directory.c_str(), W_OK) == 0 || errno != EROFS) {
    return std::nullopt;
  }
  return fail(fmt::format("control socket: the file system of {} is read-only", directory),
              {"", "set [control] socket to a path that can be written; in a container: --tmpfs " +
                       directory},
              kNoPermission);
}

std::optional<Finding> look_at_directory(const Environment& env, const std::string& socket) {
  std::string directory = std::filesystem::path(socket).parent_path();
  if (directory.empty()) directory = ".";
  if (directory.front() != '/') return std::nullopt;  // below the working directory: seen at start
  if (!env.exists(directory)) {
    if (!directory.starts_with("/run/")) {
      return fail(fmt::format("control socket {}: there is no directory {}", socket, directory),
                  {"mkdir -p " + for_shell(directory), "or set [control] socket to another path"},
                  kConfiguration);
    }
    if (auto wrong = look_at_mount(env, "/run")) return wrong;
    if (may(env, "/run", 3)) return std::nullopt;  // weir makes it
    return cannot_make(fmt::format("this user cannot make {} for the control socket", directory));
  }
  if (auto wrong = look_at_mount(env, directory)) return wrong;
  if (may(env, directory, 3)) return std::nullopt;
  return cannot_make(fmt::format("this user cannot make the control socket {}", socket));
}

}  // namespace

Findings no_other_weir_runs(const Subject& subject) {
  const std::string& socket = subject.config.control.socket;
  if (!is_locked(subject.env, socket + ".lock")) {
    return {ok("no other weir has the control socket " + socket)};
  }
  const std::string pid = subject.env.word(socket + ".lock");
  return {fail(fmt::format("weir is already running (pid {}) with the control socket {}",
                           pid.empty() ? "unknown" : pid, socket),
               {"", "a second one needs its own: --set control.socket=PATH"}, kTryLater)};
}

Findings virtual_devices_can_start(const Subject& subject) {
  Findings findings;
  for (const PortConfig& port : subject.config.ports) {
    const auto device = parse_device(port.device);
    if (!device || device.value().pci) continue;
    if (lacks_tun(device.value(), subject.env)) {
      findings.push_back(skip(fmt::format("port {}: see SEC02", port.name)));
      continue;
    }
    Finding finding = find_unusable_vdev(device.value(), subject.env)
                          .value_or(ok(device.value().name + " can start"));
    finding.what = "port " + port.name + ": " + finding.what;
    findings.push_back(std::move(finding));
  }
  if (findings.empty()) findings.push_back(skip("no port has a virtual device"));
  return findings;
}

Findings socket_can_be_made(const Subject& subject) {
  const std::string& socket = subject.config.control.socket;
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (socket.empty() || socket.size() > kLongest) {
    return {fail(fmt::format("control socket '{}': a socket's path has 1 to {} characters", socket,
                             kLongest),
                 {"", "set [control] socket to another path"}, kConfiguration)};
  }
  if (auto wrong = look_at_directory(subject.env, socket)) return {*wrong};
  struct stat status {};
  const bool there = lstat(subject.env.at(socket).c_str(), &status) == 0;
  if (there && !S_ISSOCK(status.st_mode)) {
    return {fail(fmt::format("control socket {}: a file that is no socket stands there", socket),
                 {"", "set [control] socket to another path"}, kConfiguration)};
  }
  if (there && !is_locked(subject.env, socket + ".lock") && somebody_listens(subject.env, socket)) {
    return {fail(fmt::format("control socket {}: another program listens there", socket),
                 {"", "set [control] socket to another path"}, kTryLater)};
  }
  return {ok("the control socket can be " + socket)};
}

}  // namespace weir::doctor
