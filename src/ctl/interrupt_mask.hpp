// Ctrl-C where a command waits, or has another program at work.
#pragma once

#include <unistd.h>

#include <csignal>

namespace weir::ctl {

/// The mask of signals, with SIGINT let in if somebody handles it: the shell holds it back while a
/// command works, so that none is lost between two waits. Where it would end the process nobody
/// holds it back but Interrupt, which reads it from a descriptor. In the main thread alone: another
/// one would take it from who waits there.
[[nodiscard]] inline sigset_t mask_for_waiting() {
  struct sigaction handled {};
  sigset_t mask;
  sigaction(SIGINT, nullptr, &handled);
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  if (handled.sa_handler != SIG_DFL && gettid() == getpid()) sigdelset(&mask, SIGINT);
  return mask;
}

}  // namespace weir::ctl
