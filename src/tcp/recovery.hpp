// Loss recovery: what an ACK, a timer or a transmission means for what is in flight. The algorithms
// are in files of their own (scoreboard, rack, tail_loss_probe, prr, congestion, spurious); here
// they meet.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "flow/flow.hpp"
#include "tcp/alarm.hpp"
#include "tcp/congestion.hpp"
#include "tcp/prr.hpp"
#include "tcp/rack.hpp"
#include "tcp/rto.hpp"
#include "tcp/scoreboard.hpp"
#include "tcp/spurious.hpp"
#include "tcp/tail_loss_probe.hpp"
#include "tcp/window_validation.hpp"

namespace weir::tcp {

struct Context;
struct Cold;

enum class Phase : std::uint8_t {
  open,      ///< nothing is known to be lost
  recovery,  ///< a loss was found by ACKs; until `point` is acknowledged
  loss,      ///< the retransmission timer expired; until `point` is acknowledged
};

/// One sender's recovery. Bytes and microseconds.
struct Recovery {
  Scoreboard board;
  Rack rack;
  MinRtt min_rtt;
  TailLossProbe tlp;
  Prr prr;
  Spurious spurious;
  WindowUse use;
  Phase phase = Phase::open;
  Seq point;                     ///< snd.nxt when the episode began (RecoveryPoint)
  std::uint16_t duplicates = 0;  ///< duplicate ACKs in a row
  std::uint32_t guessed = 0;     ///< without SACK: bytes that duplicates say were delivered
  Seq ecn_point;                 ///< an ECE counts again when this is acknowledged
  bool ecn_reduced = false;      ///< ecn_point is set
  bool cwr_due = false;          ///< the next new text says CWR (RFC 3168 §6.1.2)
  std::uint16_t wide_mss = 0;    ///< flow.mss before a black hole was suspected; 0: it was not
  std::uint16_t narrow_mss = 0;  ///< what passed then; 0: never suspected before
  bool probe_due = false;        ///< the PTO fired: a tail loss probe leaves next
  Alarm reordering;              ///< RACK's timer
  Alarm pto;                     ///< TLP's timer
};

[[nodiscard]] inline std::uint32_t us_of(Instant now) noexcept {
  return static_cast<std::uint32_t>(now.microseconds());
}

/// RFC 6675's pipe: bytes that are thought to be in the network.
[[nodiscard]] std::uint32_t pipe(const Flow& flow, const Recovery& recovery) noexcept;

/// A connection is established, or an idle one wakes up: nothing is in flight.
void begin_recovery(Flow& flow, Cold& cold, Context& ctx) noexcept;
/// An ACK that is acceptable, before snd.una moves; `duplicate` as RFC 5681 §2 has it. Returns the
/// sample of the round trip that it gave, in microseconds; 0: none.
[[nodiscard]] std::uint32_t ack_arrived(Flow& flow, Cold& cold, const Segment& seg, bool duplicate,
                                        Context& ctx) noexcept;
/// [seq, seq + length) is about to leave for the first time. False when there is no memory to
/// remember it: then it must not.
[[nodiscard]] bool sent_first(Flow& flow, Cold& cold, Seq seq, std::uint32_t length,
                              Context& ctx) noexcept;
/// A run of what is in flight is about to leave again.
void sent_again(Flow& flow, Cold& cold, Scoreboard::Run run, Context& ctx) noexcept;
/// The retransmission timer expired with something in flight and a window that is not closed.
void retransmission_timed_out(Flow& flow, Cold& cold, Context& ctx) noexcept;
/// RACK's timer expired: what waited for late deliveries is lost now.
void reordering_timed_out(Flow& flow, Cold& cold, Context& ctx) noexcept;
/// The peer says ECE (RFC 3168 §6.1.2).
void congestion_echoed(Flow& flow, Cold& cold, Context& ctx) noexcept;
/// The path takes smaller packets than thought: all leaves again, and congestion is not to blame.
void path_narrowed(Flow& flow, Cold& cold, Context& ctx) noexcept;
/// Sets or cancels the PTO for what is in flight now.
void arm_probe(Flow& flow, Cold& cold, Context& ctx) noexcept;

}  // namespace weir::tcp
