// A small TCP client of the tests' own: the oracle at the other end of the cable.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "support/sent.hpp"
#include "support/services.hpp"

namespace weir::test {

/// Connects, sends pattern(0, send_total), checks every byte that arrives against the same pattern,
/// acknowledges, retransmits and closes. Its numbers are positions in the two streams; it knows
/// nothing of src/tcp. Driven by arrives() and tick(); frames to send are taken with take_out().
class ModelClient {
 public:
  struct Config {
    Family family = Family::v4;
    std::uint16_t source_port = 40000, port = kEchoPort;
    std::uint32_t isn = 0xffffff00;
    std::uint16_t mss = 1460;
    bool timestamps = false, sack = false;
    std::optional<std::uint8_t> scale;
    std::uint32_t receive_buffer = 65535;
    std::uint32_t read_per_ms = 1U << 20;  ///< bytes; 0: never reads
    std::uint64_t send_total = 0;
    std::optional<std::uint64_t> expects_total;  ///< bytes that must have come before we close
    std::uint32_t flight = 16 * 1460;
    Duration delayed_ack = 10ms;
  };

  explicit ModelClient(const Config& config) : config_(config), isn_(config.isn) {}

  void start(Instant now);
  void arrives(const Sent& s, Instant now);
  void tick(Instant now);
  [[nodiscard]] std::optional<Instant> next_timer() const;
  [[nodiscard]] std::vector<Octets> take_out() { return std::exchange(out_, {}); }

  /// All sent and acknowledged, our FIN too, and the other one has come.
  [[nodiscard]] bool done() const { return fin_acked_ && peer_fin_; }
  /// The RST that ended it, or nothing.
  [[nodiscard]] const std::string& reset() const { return reset_; }
  [[nodiscard]] bool established() const { return state_ == State::open; }
  [[nodiscard]] std::uint64_t received() const { return rcv_; }
  [[nodiscard]] std::uint64_t acknowledged() const { return una_; }
  [[nodiscard]] std::uint64_t damaged_bytes() const { return damaged_; }
  [[nodiscard]] std::uint64_t retransmissions() const { return retransmissions_; }
  /// The furthest right edge that was ever offered, as Weir's sequence number; 0 offset before any.
  [[nodiscard]] std::uint32_t offered_edge() const {
    return irs_ + 1 + static_cast<std::uint32_t>(offered_);
  }
  void read_again() { config_.read_per_ms = 1U << 20; }
  [[nodiscard]] const Config& config() const { return config_; }

 private:
  enum class State { idle, syn_sent, open };
  void send(std::uint8_t flags, std::uint64_t pos, std::size_t length, Instant now);
  void send_ack(Instant now) { send(kAck, nxt_, 0, now); }
  void take_ack(const Sent& s, Instant now);
  void take_text(const Sent& s, Instant now);
  void fill_window(Instant now, bool probe);
  void read(Instant now);
  [[nodiscard]] bool may_close() const {
    return !config_.expects_total || rcv_ >= *config_.expects_total;
  }
  [[nodiscard]] std::uint64_t end() const { return config_.send_total + (may_close() ? 1 : 0); }
  [[nodiscard]] std::uint32_t eff_mss() const {
    return std::min<std::uint32_t>(config_.mss, peer_mss_) - (timestamps_ ? 12 : 0);
  }
  [[nodiscard]] std::uint32_t window();

  Config config_;
  State state_ = State::idle;
  std::vector<Octets> out_;
  // Sending: positions; position send_total is the FIN.
  std::uint32_t isn_;
  std::uint64_t una_ = 0, nxt_ = 0, max_ = 0;
  std::uint32_t peer_window_ = 0, peer_mss_ = 536;
  std::uint32_t wl1_ = 0, wl2_ = 0;
  std::uint8_t peer_scale_ = 0;
  int dups_ = 0;
  bool fin_acked_ = false;
  Duration rto_ = 300ms;
  std::optional<Instant> rto_at_;
  std::uint64_t retransmissions_ = 0;
  // Receiving.
  std::uint32_t irs_ = 0;
  std::uint64_t rcv_ = 0, read_ = 0, offered_ = 0;
  std::map<std::uint64_t, std::uint64_t> gaps_;  // begin → end of what came out of order
  std::optional<std::uint64_t> fin_at_;
  bool peer_fin_ = false;
  std::string reset_;
  bool timestamps_ = false, scaling_ = false, sack_ = false;
  std::uint32_t ts_recent_ = 0;
  int unacked_ = 0;
  std::optional<Instant> ack_at_, read_at_;
  std::uint64_t damaged_ = 0;
};

/// Whether every checksum of a TCP frame of ours is right: what a host's driver would pass on.
[[nodiscard]] bool is_intact(const Octets& frame);

}  // namespace weir::test
