// The other end of one TCP connection, played by hand.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "support/stack.hpp"

namespace weir::test {

/// The numbers in which a test speaks: the peer's first sequence number and ours. What stands on
/// the wire is another matter: ours is what Weir chose, and the peer's lies before the wrap of the
/// sequence space in every IPv6 test, so that each of them is a test of row 86 too.
inline constexpr std::uint32_t kIrs = 1000, kIss = 5000;

/// How a conversation begins.
struct PeerSetup {
  Stack::Config stack;
  std::function<void(Snapshot&)> tune;
  std::function<void(ScriptedService&)> script;
  Seg syn = test::syn().mss(1400);  ///< what the SYN offers
  std::uint16_t port = kScriptPort;
  std::uint16_t source_port = 40000;
  std::shared_ptr<Stack> shared;  ///< another connection of the same stack
};

class Peer {
 public:
  using Setup = PeerSetup;

  explicit Peer(Family f) : Peer(f, Setup{}) {}
  Peer(Family f, Setup setup);

  // Conversations that have come so far.
  static Peer after_syn(Family f, Setup setup = {});
  static Peer established(Family f, Setup setup = {});
  static Peer fin_wait_1(Family f, Setup setup = {});
  static Peer fin_wait_2(Family f, Setup setup = {});
  static Peer close_wait(Family f, Setup setup = {});
  static Peer closing(Family f, Setup setup = {});
  static Peer last_ack(Family f, Setup setup = {});
  static Peer time_wait(Family f, Setup setup = {});

  /// Sends a segment; what it leaves open follows from the conversation: seq is the next one, ack
  /// what was received so far, timestamps tick.
  void sends(Seg seg);
  /// The same, for a test that puts it into a burst of its own.
  [[nodiscard]] Octets frame_of(Seg seg) { return encode(seg); }
  /// All of them in one burst.
  void sends_burst(std::vector<Seg> segs);
  /// The next frame that left is a segment like this. Returns it as it stood on the wire, numbers
  /// translated to those of the test.
  Sent expects(const Seg& like);
  void expects_nothing();
  /// Takes all segments that left and counts them as received.
  std::vector<Sent> takes_all();
  /// The service does that now (needs ScriptedService::polls).
  void calls(ScriptedService::Call call);
  void advance(Duration d) { stack_->advance(d); }

  [[nodiscard]] State state() const;
  [[nodiscard]] FlowEntry flow() const;
  [[nodiscard]] bool gone() const { return state() == State::free; }
  [[nodiscard]] Stack& stack() { return *stack_; }
  [[nodiscard]] std::shared_ptr<Stack> shared() { return stack_; }
  [[nodiscard]] ScriptedService& service() { return stack_->script(); }
  [[nodiscard]] Family family() const { return family_; }
  /// The next sequence number of the peer, and what it has received up to, in the test's numbers.
  [[nodiscard]] std::uint32_t next() const { return next_; }
  [[nodiscard]] std::uint32_t received() const { return received_; }
  [[nodiscard]] bool timestamps() const { return timestamps_; }
  [[nodiscard]] std::uint32_t ts_recent() const { return ts_recent_; }
  [[nodiscard]] std::uint32_t ts_now() const;
  [[nodiscard]] std::uint32_t iss_on_wire() const { return iss_; }
  [[nodiscard]] std::uint32_t irs_on_wire() const { return irs_; }
  /// The last window that Weir offered, in bytes.
  [[nodiscard]] std::uint32_t window() const { return window_; }
  /// SYN, SYN-ACK, ACK.
  void connects();

 private:
  [[nodiscard]] Octets encode(Seg& seg);
  void note(Sent& s);

  Family family_;
  Setup setup_;
  std::shared_ptr<Stack> stack_;
  std::uint32_t irs_, iss_ = kIss;  // on the wire
  std::uint32_t next_ = kIrs, received_ = kIss;
  bool timestamps_ = false;
  std::uint32_t ts_recent_ = 0;
  std::uint8_t scale_ = 0;
  std::uint32_t window_ = 0;
};

}  // namespace weir::test
