#include "ctl/pager.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ostream>

namespace weir::ctl {
namespace {

constexpr int kNoSuchProgram = 127;  // of sh(1)

// False when there is no such pager.
bool page(const std::string& text, const std::string& pager) {
  std::FILE* pipe = popen(pager.c_str(), "w");
  if (pipe == nullptr) return false;
  // Who leaves the pager early must not end weirctl with a signal.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  std::fwrite(text.data(), 1, text.size(), pipe);
  const int status = pclose(pipe);
  std::signal(SIGPIPE, before);
  return !(WIFEXITED(status) && WEXITSTATUS(status) == kNoSuchProgram);
}

}  // namespace

void show_paged(const std::string& text, const Surroundings& surroundings, std::ostream& out) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  const bool fits = surroundings.rows == 0 || lines < surroundings.rows;
  out.flush();
  if (fits || surroundings.pager.empty() || !page(text, surroundings.pager)) out << text;
}

}  // namespace weir::ctl
