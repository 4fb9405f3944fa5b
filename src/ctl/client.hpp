// Questions to the daemon, one line each, and what comes back.
#pragma once

#include <chrono>
#include <cstdint>
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

/// What a signal means to what the daemon says: enough of it, or that nobody wants it any more.
enum class OnInterrupt : std::uint8_t { finish, break_off };

/// One connection to the control socket. Where an `interrupt` is asked for it is a signalfd; -1:
/// nobody interrupts.
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
  /// The next line without its end. A signal that is handled ends the wait, and so does one of
  /// `interrupt`.
  [[nodiscard]] Result<std::string, AskError> read_line(Deadline deadline, int interrupt = -1);
  /// What comes after the lines that were read, as it comes; empty at the end. At the first signal
  /// the daemon is told that it is enough, and what it still says is read to the end; the second
  /// is an error. Or the first is.
  [[nodiscard]] Result<std::string, AskError> read_more(int interrupt,
                                                        OnInterrupt how = OnInterrupt::finish);
  /// Tells the daemon that it is enough.
  void finish();
  /// Whether the daemon has, whatever there may be to read.
  [[nodiscard]] bool has_ended() const noexcept;

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
