#include "ctl/interrupt.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

namespace weir::ctl {

Interrupt::Interrupt() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, &before_);
  fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

// What came meanwhile has been heard.
Interrupt::~Interrupt() {
  signalfd_siginfo heard;
  while (read(fd_, &heard, sizeof heard) > 0) {
  }
  close(fd_);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace weir::ctl
