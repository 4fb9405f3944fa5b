// What weirctl finds around itself.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "ctl/run.hpp"

namespace weir::ctl {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// less ends by itself when the text fits, passes colours on and leaves it on the screen.
std::string pager() {
  const char* pager = std::getenv("PAGER");
  if (pager == nullptr) return access("/usr/bin/less", X_OK) == 0 ? "less -FRX" : "";
  return std::string_view(pager) == "cat" ? "" : pager;
}

// $XDG_STATE_HOME/weir, else ~/.local/state/weir (XDG Base Directory Specification).
std::string state_directory() {
  const std::string state = environment("XDG_STATE_HOME");
  if (state.starts_with('/')) return state + "/weir";
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + "/.local/state/weir";
}

// Beside weirctl first: what is tried from a build directory must not ask an installed daemon.
std::string daemon_program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const char* place : {"weir", "../sbin/weir"}) {
    const auto path = self.parent_path() / place;
    if (!error && access(path.c_str(), X_OK) == 0) return path.lexically_normal();
  }
  return access("/usr/sbin/weir", X_OK) == 0 ? "/usr/sbin/weir" : "weir";
}

std::size_t terminal_rows() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

}  // namespace

Surroundings surroundings_of_process() {
  Surroundings around;
  if (const std::string socket = environment("WEIR_SOCKET"); !socket.empty()) {
    around.socket = socket;
  }
  around.terminal = isatty(STDOUT_FILENO) == 1;
  around.colour = around.terminal && environment("NO_COLOR").empty();
  around.rows = around.terminal ? terminal_rows() : 0;
  around.pager = around.terminal ? pager() : "";
  around.daemon = daemon_program();
  around.state_directory = state_directory();
  return around;
}

}  // namespace weir::ctl
