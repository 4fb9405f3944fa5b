// A TCP relay: each connection is joined to one that it opens to a host further on.
//   relay FILE BACKEND PORT    FILE: a configuration as for weir, without services
#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <utility>
#include <vector>
#include <weir/weir.hpp>

namespace {

/// Bytes on their way from one end to the other.
class Pipe {
 public:
  [[nodiscard]] bool empty() const noexcept { return used_ == 0; }
  /// Takes what there is room for; returns how much.
  std::size_t put(std::span<const std::uint8_t> bytes) noexcept {
    const std::size_t n = std::min(bytes.size(), bytes_.size() - used_);
    for (std::size_t i = 0; i < n; ++i) bytes_[(first_ + used_ + i) % bytes_.size()] = bytes[i];
    used_ += n;
    return n;
  }
  /// The oldest bytes that lie in one piece.
  [[nodiscard]] std::span<const std::uint8_t> front() const noexcept {
    return {bytes_.data() + first_, std::min(used_, bytes_.size() - first_)};
  }
  void pop(std::size_t n) noexcept {
    first_ = (first_ + n) % bytes_.size();
    used_ -= n;
  }
  void clear() noexcept { first_ = used_ = 0; }

 private:
  std::array<std::uint8_t, 16384> bytes_;
  std::size_t first_ = 0, used_ = 0;
};

/// One end: its connection while there is one, and what has still to be sent on it.
struct End {
  weir::ConnectionId connection = weir::kNoConnection;
  bool is_open = false;     // the handshake is over
  bool was_closed = false;  // the other end's peer has sent its FIN: so do we, behind the pipe
  bool waits = false;       // the other end has text that the pipe has no room for
  bool is_broken = false;   // the other end's connection was reset or failed: so will this one be
  Pipe out;
};

/// Ends stand in pairs: 2n has been opened by a client, 2n + 1 by us. word() is the end's number
/// + 1.
class Relay final : public weir::TcpService {
 public:
  static constexpr std::uint32_t kPairs = 1024;

  Relay(weir::ServiceHost& host, const weir::Address& backend, std::uint16_t port)
      : host_(host), backend_(backend), port_(port), ends_(2 * kPairs) {
    for (std::uint32_t pair = kPairs; pair > 0; --pair) free_.push_back(2 * (pair - 1));
  }

  void on_open(weir::Connection& connection) noexcept override {
    if (connection.word() != 0) {  // the onward one
      ends_[number_of(connection)].is_open = true;
      return on_wake(connection);
    }
    if (free_.empty()) return connection.abort();
    const std::uint32_t near = free_.back();
    const weir::ConnectionId onward = host_.connect(backend_, port_, near + 2);
    if (onward == weir::kNoConnection) return connection.abort();
    free_.pop_back();
    connection.word() = near + 1;
    ends_[near].connection = connection.id();
    ends_[near].is_open = true;
    ends_[near + 1].connection = onward;
  }

  std::size_t on_text(weir::Connection& connection, weir::Text& text) noexcept override {
    End& other = ends_[number_of(connection) ^ 1];
    const std::size_t taken = other.out.put(text.bytes);
    other.waits = taken != text.bytes.size();
    if (taken != 0) host_.wake(other.connection);
    return taken;
  }

  void on_sent(weir::Connection& connection) noexcept override { on_wake(connection); }

  void on_peer_close(weir::Connection& connection) noexcept override {
    End& other = ends_[number_of(connection) ^ 1];
    other.was_closed = true;
    host_.wake(other.connection);
  }

  // There is something to send, or to read: the other end has told.
  void on_wake(weir::Connection& connection) noexcept override {
    if (connection.word() == 0) return;
    const std::uint32_t number = number_of(connection);
    End& end = ends_[number];
    if (end.is_broken) return connection.abort();
    if (!end.is_open) return;
    bool moved = false;
    while (!end.out.empty()) {
      const std::size_t sent = connection.send(end.out.front());
      if (sent == 0) break;
      end.out.pop(sent);
      moved = true;
    }
    if (end.out.empty() && end.was_closed) connection.end_sending();
    if (moved && std::exchange(end.waits, false)) host_.wake(ends_[number ^ 1].connection);
    connection.resume();  // what this end had no room for
  }

  void on_end(weir::Connection& connection, weir::EndReason reason) noexcept override {
    if (connection.word() == 0) return;
    const std::uint32_t number = number_of(connection);
    End& other = ends_[number ^ 1];
    ends_[number].connection = weir::kNoConnection;
    ends_[number].is_open = false;
    if (other.connection != weir::kNoConnection) {
      other.was_closed = true;  // behind what is still on its way
      other.is_broken = reason != weir::EndReason::closed;
      return host_.wake(other.connection);
    }
    const std::uint32_t near = number & ~1U;
    for (End* end : {&ends_[near], &ends_[near + 1]}) {
      end->out.clear();
      end->was_closed = end->waits = end->is_broken = false;
    }
    free_.push_back(near);
  }

 private:
  static std::uint32_t number_of(weir::Connection& connection) noexcept {
    return connection.word() - 1;
  }

  weir::ServiceHost& host_;
  weir::Address backend_;
  std::uint16_t port_;
  std::vector<End> ends_;
  std::vector<std::uint32_t> free_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto backend = argc == 4 ? weir::Address::parse(argv[2]) : std::nullopt;
  const int port = argc == 4 ? std::atoi(argv[3]) : 0;
  if (!backend || port <= 0 || port > 65535) {
    std::cerr << "usage: relay FILE BACKEND PORT\n";
    return 2;
  }
  weir::Server server;
  server.read_file(argv[1]);
  server.add_module(
      "relay", {.make = [&](const weir::ServiceOrder& order) {
        return weir::Services{
            std::make_unique<Relay>(order.host, *backend, static_cast<std::uint16_t>(port)),
            nullptr};
      }});
  server.add_service("relay", "relay", {":8080/tcp"});
  server.set("service.relay.client-ports=49152-50175");
  return server.run();
}
