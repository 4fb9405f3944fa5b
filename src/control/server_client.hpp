// One client of the control socket: a bounded line in, one reply at a time out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "control/server_socket.hpp"

namespace weir {

/// A reply that takes too long to make at once: the control thread takes a step between its other
/// duties until there is a text.
class ReplyTask {
 public:
  virtual ~ReplyTask() = default;
  [[nodiscard]] virtual std::optional<std::string> step() = 0;
};

/// Whether the client has yet to read something that was written.
enum class Unread : std::uint8_t { none, some };

/// What follows a reply's line, of any form, until it ends: a capture. It begins when it is made
/// and is over when it is destroyed.
class ReplyStream {
 public:
  virtual ~ReplyStream() = default;
  /// The next piece, a few hundred kilobytes at most; an empty one when there is nothing yet;
  /// nothing after the last. `finish`: the client wants no more than what is there already.
  [[nodiscard]] virtual std::optional<std::string> more(bool finish) = 0;
  /// About once a second, also while the client does not read.
  virtual void tick(Unread) {}
};

/// A line without its end, or the task that makes it; perhaps a stream behind it.
struct Reply {
  std::string text;
  std::unique_ptr<ReplyTask> task;
  std::unique_ptr<ReplyStream> stream;

  Reply(std::string line, std::unique_ptr<ReplyTask> later = nullptr,
        std::unique_ptr<ReplyStream> rest = nullptr)
      : text(std::move(line)), task(std::move(later)), stream(std::move(rest)) {}
};

/// A reply's text: {"schema":"weir.error.v1","error":{"code":…,"message":…}}.
[[nodiscard]] std::string error_reply(std::string_view code, std::string_view message);

/// Reads no further line before the reply to the last one has left, so that a client who asks
/// without reading holds one reply of memory and no more.
class ControlClient {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMaxLine = 64 * 1024;  ///< bytes of a request, its end included

  ControlClient(Descriptor fd, Time now) : fd_(std::move(fd)), last_active_(now) {}

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Takes what has arrived, as much as one line may have.
  void receive(Time now);
  /// The next request, when there is one and its turn has come.
  [[nodiscard]] std::optional<std::string> next_line();
  /// What arrived is longer than a line may be; there is no telling where the next one begins.
  [[nodiscard]] bool line_too_long() const noexcept;

  void reply(std::string text);
  void reply_later(std::unique_ptr<ReplyTask> task) { task_ = std::move(task); }
  /// Whether the task has taken its first step, and therefore memory.
  [[nodiscard]] bool task_started() const noexcept { return task_ != nullptr && task_started_; }
  /// Works on the reply; true when it is made.
  void step();
  /// What comes after the reply; then the connection is closed. A client that ends its side, or
  /// sends anything, wants no more of it.
  void stream(std::unique_ptr<ReplyStream> rest) { stream_ = std::move(rest); }
  [[nodiscard]] bool streams() const noexcept { return stream_ != nullptr; }
  void tick_stream();
  /// Takes the stream's next piece if the one before has left; whether there was any.
  bool step_stream();
  void send(Time now);
  /// Closes once everything has been sent.
  void finish() noexcept { ended_ = true, in_.clear(); }
  void abandon() noexcept { broken_ = true; }

  [[nodiscard]] bool wants_input() const noexcept {
    return !ended_ && (idle() || streams()) && in_.size() < kMaxLine;
  }
  [[nodiscard]] bool wants_output() const noexcept { return sent_ < out_.size(); }
  [[nodiscard]] bool has_task() const noexcept { return task_ != nullptr; }
  [[nodiscard]] bool has_line() const noexcept;
  [[nodiscard]] bool idle() const noexcept {
    return task_ == nullptr && stream_ == nullptr && !wants_output();
  }
  [[nodiscard]] bool done() const noexcept { return broken_ || (ended_ && idle() && !has_line()); }
  [[nodiscard]] std::size_t buffered() const noexcept { return out_.size(); }
  [[nodiscard]] Time last_active() const noexcept { return last_active_; }

 private:
  Descriptor fd_;
  std::string in_, out_;
  std::size_t sent_ = 0;  // of out_
  std::unique_ptr<ReplyTask> task_;
  std::unique_ptr<ReplyStream> stream_;
  bool task_started_ = false;
  bool ended_ = false;   // nothing more will be read
  bool broken_ = false;  // the other side is gone
  Time last_active_;     // the last byte read or sent
};

}  // namespace weir
