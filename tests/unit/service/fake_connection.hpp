// A connection in memory, whose peer the test plays: it sends text, reads, acknowledges and closes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "frame/transmit_memory.hpp"
#include "service/service.hpp"

namespace weir::test {

/// Static pieces are read only when the peer acknowledges them, from a copy that is not taken
/// before: a service that lets go of them too early is caught by the address sanitizer.
class FakeConnection final : public Connection {
 public:
  explicit FakeConnection(TcpService& service, std::uint32_t number = 0)
      : service_(service), number_(number) {}
  ~FakeConnection() { end(EndReason::shut_down); }

  // --- what the service sees ---
  std::size_t room() const noexcept override {
    return ended_ || closed || copied_ >= send_buffer ? 0 : send_buffer - copied_;
  }
  using Connection::send;
  std::size_t send(std::span<const std::uint8_t> bytes) noexcept override {
    const std::size_t n = std::min(bytes.size(), room());
    if (n == 0) return 0;
    pieces_.push_back({std::string(reinterpret_cast<const char*>(bytes.data()), n), {}, 0});
    copied_ += n;
    return n;
  }
  using Connection::send_static;
  bool send_static(std::span<const std::uint8_t> bytes,
                   const TransmitMemory* memory) noexcept override {
    if (ended_ || closed || pieces_.size() >= max_pieces) return false;
    if (memory != nullptr && !lies_in(bytes, *memory)) std::abort();
    pieces_.push_back({{}, bytes, 0});
    memories.push_back(memory);
    return true;
  }
  std::size_t send_text(Text& text) noexcept override { return send(text.bytes); }
  std::uint64_t queued() const noexcept override {
    std::uint64_t sum = 0;
    for (const Piece& piece : pieces_) sum += piece.left();
    return sum;
  }
  void close() noexcept override { end_sending(); }
  void end_sending() noexcept override {
    closed = true;
    timeout = Duration{0};
  }
  void abort() noexcept override {
    aborted = true;
    end(EndReason::aborted);
  }
  void resume() noexcept override { resumed = true; }
  void set_timeout(Duration delay) noexcept override { timeout = delay; }
  bool peer_closed() const noexcept override { return peer_closed_; }
  std::uint32_t& word() noexcept override { return word_; }
  Instant now() const noexcept override { return time; }
  void answered(Instant since) noexcept override { answers.push_back({since, queued()}); }
  Address remote_address() const noexcept override { return Address::v4(0xc0000201); }
  std::uint16_t remote_port() const noexcept override { return 40000; }
  Address local_address() const noexcept override { return Address::v4(0xc6120002); }
  std::uint16_t local_port() const noexcept override { return 80; }
  ConnectionId id() const noexcept override { return ConnectionId{number_}; }
  TcpInfo info() const noexcept override { return {}; }

  // --- what the peer does ---
  void opens() { service_.on_open(*this); }
  /// Text arrives in one segment; what is left unconsumed waits in the receive buffer.
  void sends(std::string_view text) {
    const bool waits = !receive_buffer_.empty();
    receive_buffer_ += text;
    hand_over(waits);
  }
  /// As one segment a byte.
  void sends_bytewise(std::string_view text) {
    for (const char c : text) sends(std::string_view(&c, 1));
  }
  /// Acknowledges up to `n` bytes, which it has read.
  void acknowledges(std::uint64_t n) {
    while (n > 0 && !pieces_.empty()) n -= take(n);
    while (!pieces_.empty() && pieces_.front().left() == 0) pieces_.pop_front();
    if (!ended_) service_.on_sent(*this);
    take_resume();
  }
  /// Reads until nothing comes any more, and returns all that it has read since the last time.
  std::string reads() {
    while (queued() > 0) acknowledges(queued());
    return std::exchange(received_, {});
  }
  void closes() {
    peer_closed_ = true;
    service_.on_peer_close(*this);
  }
  void lets_time_pass() { service_.on_timeout(*this); }
  /// What the service waited for elsewhere has come.
  void is_ready() {
    service_.on_wake(*this);
    take_resume();
  }
  void end(EndReason reason) {
    if (std::exchange(ended_, true)) return;
    service_.on_end(*this, reason);
    pieces_.clear();
  }
  [[nodiscard]] std::size_t unconsumed() const { return receive_buffer_.size(); }
  [[nodiscard]] std::size_t pieces() const { return pieces_.size(); }

  std::size_t send_buffer = 65536;  // bytes that are copied
  std::size_t max_pieces = 16;
  bool closed = false, aborted = false, resumed = false;
  Duration timeout{0};
  Instant time;
  /// Of each answer: when its request began, and how much was queued with it.
  struct Answered {
    Instant since;
    std::uint64_t queued = 0;
  };
  std::vector<Answered> answers;
  /// What each static piece was said to lie in.
  std::vector<const TransmitMemory*> memories;

 private:
  struct Piece {
    std::string copy;
    std::span<const std::uint8_t> view;
    std::size_t sent;
    [[nodiscard]] std::size_t left() const {
      return (copy.empty() ? view.size() : copy.size()) - sent;
    }
  };
  void take_resume() {
    if (std::exchange(resumed, false) && !ended_ && !receive_buffer_.empty()) hand_over(true);
  }
  static bool lies_in(std::span<const std::uint8_t> bytes, const TransmitMemory& memory) {
    const auto all = const_cast<TransmitMemory&>(memory).bytes();
    const std::less_equal<const std::uint8_t*> not_after;
    return not_after(all.data(), bytes.data()) &&
           not_after(bytes.data() + bytes.size(), all.data() + all.size());
  }
  void hand_over(bool waited) {
    // A heap copy that is freed at once, so that a view kept too long is caught.
    const std::vector<std::uint8_t> bytes(receive_buffer_.begin(), receive_buffer_.end());
    Text text{bytes, nullptr, waited};
    const std::size_t used = service_.on_text(*this, text);
    if (used > bytes.size()) std::abort();
    receive_buffer_.erase(0, used);
  }
  /// Of the first piece; returns how many bytes.
  std::size_t take(std::uint64_t most) {
    Piece& piece = pieces_.front();
    const std::size_t n = std::min<std::uint64_t>(most, piece.left());
    const std::string_view all =
        piece.copy.empty()
            ? std::string_view(reinterpret_cast<const char*>(piece.view.data()), piece.view.size())
            : piece.copy;
    if (!piece.copy.empty()) copied_ -= n;
    received_ += all.substr(piece.sent, n);
    piece.sent += n;
    if (piece.left() == 0) pieces_.pop_front();
    return n;
  }

  TcpService& service_;
  std::uint32_t number_;
  std::deque<Piece> pieces_;
  std::string receive_buffer_, received_;
  std::size_t copied_ = 0;
  std::uint32_t word_ = 0;
  bool ended_ = false, peer_closed_ = false;
};

}  // namespace weir::test
