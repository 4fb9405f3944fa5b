// Questions to the daemon, one line each, and what comes back.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "ctl/failure.hpp"

namespace weir::ctl {

struct AskError {
  std::string message;
  int exit_code = kNotRunning;
  bool in_vain = false;  ///< the reply was waited for no longer: what was asked may still be done
};

/// One connection to the control socket.
class Connection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  [[nodiscard]] static Result<Connection, AskError> open(const std::string& socket);
  ~Connection();
  Connection(Connection&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        rest_(std::move(other.rest_)),
        finished_(other.finished_) {}
  Connection& operator=(Connection&&) = delete;

  [[nodiscard]] std::optional<AskError> send_line(const std::string& line, Deadline deadline);
  /// The next line without its end. A signal that is handled ends the wait.
  [[nodiscard]] Result<std::string, AskError> read_line(Deadline deadline);
  /// What comes after the lines that were read, as it comes; empty at the end. At the first signal
  /// of `interrupt` (a signalfd; -1: nobody interrupts) the daemon is told that it is enough, and
  /// what it still says is read to the end; the second is an error.
  [[nodiscard]] Result<std::string, AskError> read_more(int interrupt);
  /// Tells the daemon that it is enough.
  void finish();

 private:
  explicit Connection(int fd) : fd_(fd) {}
  [[nodiscard]] int receive();

  int fd_;
  std::string rest_;  // what came and was not asked for yet
  bool finished_ = false;
};

/// Connects to the socket, sends the line and returns the reply without its end.
[[nodiscard]] Result<std::string, AskError> ask(const std::string& socket, const std::string& line,
                                                std::chrono::milliseconds timeout);

}  // namespace weir::ctl
