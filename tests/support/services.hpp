// Services that do what a test tells them, and write down what they heard.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "service/service.hpp"
#include "support/nic.hpp"

namespace weir::test {

/// What both ends of a stream agree on: byte `i` of stream `seed`. Its period is not a multiple of
/// any segment's size.
[[nodiscard]] constexpr std::uint8_t pattern_byte(std::uint64_t i,
                                                  std::uint32_t seed = 0) noexcept {
  return static_cast<std::uint8_t>((i * 2654435761ULL >> 11) ^ i ^ (i >> 8) * 7 ^ seed * 101U);
}
[[nodiscard]] std::string pattern(std::uint64_t from, std::size_t size, std::uint32_t seed = 0);

/// Consumes everything, answers nothing and closes nothing, unless told otherwise. With `polls` it
/// can be made to act at any time: its timer looks for calls every 5 ms.
class ScriptedService final : public TcpService {
 public:
  using Call = std::function<void(Connection&)>;
  Call at_open, at_peer_close, at_sent, at_timeout;
  std::function<std::size_t(Connection&, Text&)> at_text;
  bool polls = false;
  std::deque<Call> calls;

  int opened = 0, peer_closes = 0, sent = 0, timeouts = 0;
  std::string text;
  std::vector<bool> waited;  // each text that was offered
  std::vector<EndReason> ends;

  void on_open(Connection& c) noexcept override;
  [[nodiscard]] std::size_t on_text(Connection& c, Text& text) noexcept override;
  void on_sent(Connection& c) noexcept override;
  void on_peer_close(Connection& c) noexcept override;
  void on_timeout(Connection& c) noexcept override;
  void on_end(Connection&, EndReason reason) noexcept override { ends.push_back(reason); }
};

/// Sends `total` bytes of the pattern on open, then closes. Discards what arrives.
class SourceService final : public TcpService {
 public:
  /// Copies into the send buffer, or names memory that stays.
  enum class By { copy, reference };
  SourceService(std::size_t total, By by) : text_(pattern(0, total)), memory_(total), by_(by) {
    std::copy(text_.begin(), text_.end(), memory_.bytes().begin());
  }
  void on_open(Connection& c) noexcept override;
  [[nodiscard]] std::size_t on_text(Connection&, Text& t) noexcept override {
    return t.bytes.size();
  }
  void on_sent(Connection& c) noexcept override { refill(c); }
  void on_peer_close(Connection&) noexcept override {}

 private:
  void refill(Connection& c) noexcept;
  std::string text_;
  ReadableMemory memory_;
  By by_;
};

}  // namespace weir::test
