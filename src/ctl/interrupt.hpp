// Ctrl-C as something that can be waited for.
#pragma once

#include <csignal>

namespace weir::ctl {

/// While it exists SIGINT and SIGTERM do not end the process: fd() becomes readable instead.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  sigset_t before_{};
  int fd_ = -1;
};

}  // namespace weir::ctl
