#include "ctl/pager.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ostream>

#include "ctl/interrupt_mask.hpp"

namespace weir::ctl {
namespace {

constexpr int kNoSuchProgram = 127;  // of sh(1)

// With Ctrl-C let in for the pager, which inherits the mask.
std::FILE* start(const std::string& pager) {
  const sigset_t mask = mask_for_waiting();
  sigset_t before;
  sigprocmask(SIG_SETMASK, &mask, &before);
  std::FILE* pipe = popen(pager.c_str(), "w");
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return pipe;
}

// False when there is no such pager.
bool page(const std::string& text, const std::string& pager) {
  std::FILE* pipe = start(pager);
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
