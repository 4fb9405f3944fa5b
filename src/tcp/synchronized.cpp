// RFC 9293 §3.10.7.4 for SYN-RECEIVED and the synchronized states, one function a step:
//   check_sequence → check_rst → check_syn → check_ack → process_text → check_fin
// Each returns whether the next step is to be taken.
#include <algorithm>

#include "tcp/acceptable.hpp"
#include "tcp/check_ack.hpp"
#include "tcp/open.hpp"
#include "tcp/segment_arrives.hpp"
#include "tcp/transmit.hpp"

namespace weir::tcp {
namespace {

// RFC 7323 §5.3: a timestamp older than TS.Recent marks an old duplicate; an RST is exempt.
bool check_paws(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  if (!flow.timestamps || seg.has(kRst)) return true;
  if (!seg.options.has_timestamps) {
    // RFC 7323 §3.2: a segment without them on a connection that has them SHOULD be dropped.
    out.refuse(Drop::tcp_no_timestamp);
    return false;
  }
  if (static_cast<std::int32_t>(seg.options.ts_value - flow.ts_recent) >= 0) return true;
  // §5.5: after 24 days TS.Recent says nothing; if the segment is acceptable otherwise, it is new.
  if (flow.quiet >= kQuietTooLong &&
      acceptable(seg.seq, seg.length(), flow.rcv_nxt, receive_window(flow, ctx))) {
    flow.ts_recent = seg.options.ts_value;
    return true;
  }
  challenge(flow, Drop::tcp_paws, ctx, out);
  return false;
}

// Simultaneous open (RFC 9293 §3.5, figure 8): the SYN-ACK repeats the SYN that made us
// SYN-RECEIVED; what is new in it is the ACK.
void skip_known_syn(const Flow& flow, Segment& seg, Context& ctx) noexcept {
  if (flow.state != State::syn_received || !seg.has(kSyn) || !seg.has(kAck)) return;
  const Cold* const cold = cold_of(flow, ctx);
  if (cold == nullptr || !cold->active || seg.seq + 1 != flow.rcv_nxt) return;
  seg.seq += 1;
  seg.of_syn = true;
  seg.flags = static_cast<std::uint8_t>(seg.flags & ~kSyn);
}

// First: check the sequence number. What lies outside the window is answered with an ACK; an RST is
// dropped (RFC 5961 §3.2). A probe of our zero window is not acceptable, but its ACK counts
// (RFC 9293 §3.10.7.4: "special allowance should be made to accept valid ACKs, URGs, and RSTs").
bool check_sequence(Flow& flow, Segment& seg, Context& ctx, Outbox& out) noexcept {
  const std::uint32_t window = receive_window(flow, ctx);
  if (acceptable(seg.seq, seg.length(), flow.rcv_nxt, window)) return true;
  if (window == 0 && seg.seq == flow.rcv_nxt) {
    if (!seg.text.empty()) out.answer(make_ack(flow, ctx), Drop::tcp_receive_full);
    seg.text = {};
    seg.flags = static_cast<std::uint8_t>(seg.flags & ~kFin);
    return true;
  }
  if (seg.has(kRst)) {
    out.refuse(Drop::tcp_reset_out_of_window);
    return false;
  }
  // The SYN that made this flow, again: our SYN-ACK was lost.
  if (const Cold* cold = cold_of(flow, ctx); flow.state == State::syn_received && seg.has(kSyn) &&
                                             cold != nullptr &&
                                             seg.seq + 1U + cold->syn_text == flow.rcv_nxt) {
    out.answer(syn_ack_again(flow, ctx));
    return false;
  }
  // Text may be a retransmission whose ACK was lost, so it is always answered; what carries none
  // could be half of an ACK storm.
  if (seg.text.empty() || seg.has(kSyn)) {
    challenge(flow, seg.has(kSyn) ? Drop::tcp_syn_challenged : Drop::tcp_out_of_window, ctx, out);
  } else {
    const Seq end = seg.seq + static_cast<std::uint32_t>(seg.text.size());
    out.answer(make_ack(flow, {seg.seq, earlier(end, flow.rcv_nxt)}, ctx), Drop::tcp_out_of_window);
  }
  return false;
}

// Second: check the RST bit. Only an exact match resets (RFC 5961 §3.2).
bool check_rst(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  if (!seg.has(kRst)) return true;
  if (seg.seq < flow.rcv_nxt) {
    // It got here by the text that it carries, but its own number lies outside the window.
    out.refuse(Drop::tcp_reset_out_of_window);
    return false;
  }
  if (seg.seq != flow.rcv_nxt) {
    challenge(flow, Drop::tcp_reset_challenged, ctx, out);
    return false;
  }
  // SYN-RECEIVED came from LISTEN: back there, and nobody need know (MUST-11).
  end(flow, EndReason::reset, ctx, out);
  out.outcome = Outcome::of(Verdict::consumed);
  return false;
}

// Third, check security: not implemented (docs/conformance.md).
// Fourth: check the SYN bit. RFC 5961 §4.2: answer with a challenge ACK, whatever its number.
bool check_syn(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  if (!seg.has(kSyn)) return true;
  challenge(flow, Drop::tcp_syn_challenged, ctx, out);
  return false;
}

// RFC 7323 §4.3: TS.Recent follows segments that cover Last.ACK.sent. While an ACK is pending,
// Last.ACK.sent lies before rcv.nxt, so a segment at rcv.nxt does not cover it.
void update_ts_recent(Flow& flow, const Segment& seg) noexcept {
  if (!flow.timestamps || !seg.options.has_timestamps) return;
  const bool covers = flow.ack_due == kAckNone ? seg.seq <= flow.rcv_nxt : seg.seq < flow.rcv_nxt;
  if (covers && static_cast<std::int32_t>(seg.options.ts_value - flow.ts_recent) >= 0) {
    flow.ts_recent = seg.options.ts_value;
  }
}

// RFC 3168 §6.1.3: a CE mark is echoed until the peer says that it has reduced. True for the first
// mark, which is worth an ACK at once.
bool read_congestion_mark(Flow& flow, const Segment& seg) noexcept {
  constexpr unsigned kCongestionExperienced = 3;
  if (!flow.ecn) return false;
  if (seg.has(kCwr)) flow.ecn_echo = 0;
  const bool marked = (seg.traffic_class & 3U) == kCongestionExperienced && !seg.text.empty();
  if (!marked || flow.ecn_echo) return false;
  flow.ecn_echo = 1;
  return true;
}

// Cuts off what was received before and what lies beyond the window (RFC 9293 §3.10.7.4:
// "tailored").
void trim(const Flow& flow, Segment& seg, std::uint32_t window) noexcept {
  const std::int32_t before = flow.rcv_nxt - seg.seq;
  if (before > 0) {
    seg.text =
        seg.text.subspan(std::min<std::size_t>(seg.text.size(), static_cast<std::size_t>(before)));
    seg.seq += static_cast<std::uint32_t>(before);
  }
  const std::int32_t room = flow.rcv_nxt + window - seg.seq;
  if (static_cast<std::int64_t>(seg.text.size()) > room) {
    seg.text = seg.text.first(static_cast<std::size_t>(std::max(room, 0)));
    seg.flags = static_cast<std::uint8_t>(seg.flags & ~kFin);
  }
}

// Text behind a gap: kept, and acknowledged at once with what is missing (RFC 5681 §4.2).
void keep_out_of_order(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  Cold* const cold = ctx.frames_scarce ? nullptr : ensure_cold(flow, ctx);
  auto kept = ReceiveQueue::Kept::full;
  if (cold != nullptr) {
    cold->note_out_of_order(seg.seq);
    kept = cold->receive.insert(ctx.pieces, *seg.frame, seg.text, seg.seq, true);
  }
  ctx.mib.add(Mib::TcpDupAcksSent);
  if (kept == ReceiveQueue::Kept::full) {
    out.answer(make_ack(flow, ctx), Drop::tcp_reorder_full);
    return;
  }
  if (kept == ReceiveQueue::Kept::nothing_new) {
    const Seq end = seg.seq + static_cast<std::uint32_t>(seg.text.size());
    out.answer(make_ack(flow, {seg.seq, end}, ctx));
    return;
  }
  out.answer(make_ack(flow, ctx));
  ctx.mib.add(Mib::TcpOutOfOrder);
  out.outcome = Outcome::of(Verdict::held);
}

// Text that fills a gap, or follows text that the service has not read: through the queue.
void queue_in_order(Flow& flow, Cold& cold, const Segment& seg, Context& ctx,
                    Outbox& out) noexcept {
  const bool had_gap = cold.receive.front(ctx.pieces, flow.rcv_nxt) == nullptr;
  const auto kept = cold.receive.insert(ctx.pieces, *seg.frame, seg.text, seg.seq, false);
  if (kept == ReceiveQueue::Kept::full) {
    out.answer(make_ack(flow, ctx), Drop::tcp_receive_full);
    return;
  }
  const auto advance = cold.receive.advance(ctx.pieces, flow.rcv_nxt);
  advance_receive(flow, advance.rcv_nxt, ctx);
  out.released += advance.released;
  out.raise(kTextReady);
  out.outcome = Outcome::of(Verdict::delivered);
  if (had_gap || advance.released != 0) {
    flow.ack_due = kAckNow;  // RFC 5681 §4.2: filling a gap is acknowledged at once
    out.transmit = true;
  } else {
    acknowledge_later(flow, ctx, out);
  }
}

// Sixth, check the URG bit: urgent text is ordinary text here, whatever the pointer says (RFC
// 6093). Seventh: process the segment text.
bool process_text(Flow& flow, Segment& seg, Context& ctx, Outbox& out) noexcept {
  const bool receiving = flow.state == State::established || flow.state == State::fin_wait_1 ||
                         flow.state == State::fin_wait_2;
  if (seg.text.empty()) return true;
  if (!receiving) {
    // The peer has sent its FIN: text beyond it cannot be (RFC 9293: "should not occur").
    if (!out.has_reply) out.answer(make_ack(flow, ctx), Drop::tcp_out_of_window);
    return false;
  }
  Cold* const cold = cold_of(flow, ctx);
  const bool queued = cold != nullptr && !cold->receive.empty();
  if (seg.seq != flow.rcv_nxt) {
    keep_out_of_order(flow, seg, ctx, out);
    return true;
  }
  // With buffers scarce no text is piled on text that the service leaves unread; what fills a gap
  // sets buffers free.
  if (ctx.frames_scarce && queued && cold->receive.front(ctx.pieces, flow.rcv_nxt) != nullptr) {
    out.answer(make_ack(flow, ctx), Drop::tcp_receive_full);
    return false;
  }
  if (queued) {
    queue_in_order(flow, *cold, seg, ctx, out);
    return true;
  }
  out.text = seg.text;
  out.text_seq = seg.seq;
  out.raise(kTextReady);
  advance_receive(flow, flow.rcv_nxt + static_cast<std::uint32_t>(seg.text.size()), ctx);
  out.outcome = Outcome::of(Verdict::delivered);
  acknowledge_later(flow, ctx, out);
  return true;
}

void take_fin(Flow& flow, Context& ctx, Outbox& out) noexcept {
  advance_receive(flow, flow.rcv_nxt + 1, ctx);
  flow.ack_due = kAckNow;
  out.transmit = true;
  if (Cold* cold = cold_of(flow, ctx); cold != nullptr) cold->peer_fin = false;
  switch (flow.state) {
    case State::established:
      flow.state = State::close_wait;
      break;
    case State::fin_wait_1:
      flow.state = State::closing;  // our FIN is not acknowledged, or it would be FIN-WAIT-2
      break;
    case State::fin_wait_2:
      enter_time_wait(flow, ctx, out);
      break;
    default:
      return;
  }
  out.raise(kPeerClosed);
}

// Eighth: check the FIN bit. A FIN beyond a gap waits for the text before it.
void check_fin(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  const bool receiving = flow.state == State::established || flow.state == State::fin_wait_1 ||
                         flow.state == State::fin_wait_2;
  if (!receiving) return;
  Cold* const cold = cold_of(flow, ctx);
  const Seq fin_seq = seg.seq + static_cast<std::uint32_t>(seg.text.size());
  if (seg.has(kFin)) {
    if (fin_seq == flow.rcv_nxt) return take_fin(flow, ctx, out);
    if (Cold* waiting = ensure_cold(flow, ctx); waiting != nullptr && fin_seq > flow.rcv_nxt) {
      waiting->peer_fin = true;
      waiting->peer_fin_seq = fin_seq;
      if (!out.has_reply) out.answer(make_ack(flow, ctx));
    }
    return;
  }
  if (cold == nullptr || !cold->peer_fin) return;
  if (cold->peer_fin_seq == flow.rcv_nxt) return take_fin(flow, ctx, out);
  // Text went on beyond it: that was no FIN, and waiting for it would hold the cold object for
  // ever.
  if (cold->peer_fin_seq < flow.rcv_nxt) cold->peer_fin = false;
}

// RFC 9293 §3.10.7.4 in TIME-WAIT, hardened by RFC 1337: only a FIN that comes again restarts 2
// MSL.
void time_wait_arrives(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  if (seg.has(kRst)) return out.refuse(Drop::tcp_time_wait);
  if (seg.has(kFin)) {
    const Seq fin_seq = seg.seq + static_cast<std::uint32_t>(seg.text.size());
    if (fin_seq + 1 == flow.rcv_nxt) {
      out.answer(make_ack(flow, ctx));
      enter_time_wait(flow, ctx, out);
      return;
    }
  }
  if (seg.length() != 0) return challenge(flow, Drop::tcp_time_wait, ctx, out);
  if (seg.seq != flow.rcv_nxt) return challenge(flow, Drop::tcp_out_of_window, ctx, out);
  out.outcome = Outcome::of(Verdict::consumed);
}

}  // namespace

bool may_reopen(const Flow& flow, const Segment& seg) noexcept {
  if (flow.state != State::time_wait || !seg.has(kSyn) || seg.has(kAck) || seg.has(kRst)) {
    return false;
  }
  // RFC 6191 §2: with timestamps on both sides they decide; else the sequence number.
  if (flow.timestamps && seg.options.has_timestamps && seg.options.ts_value != flow.ts_recent) {
    return static_cast<std::int32_t>(seg.options.ts_value - flow.ts_recent) > 0;
  }
  return seg.seq > flow.rcv_nxt;
}

bool keep_unread(Flow& flow, Frame& frame, Seq seq, std::span<const std::uint8_t> rest,
                 Context& ctx) noexcept {
  Cold* const cold = ensure_cold(flow, ctx);
  return cold != nullptr &&
         cold->receive.insert(ctx.pieces, frame, rest, seq, false) == ReceiveQueue::Kept::kept;
}

void segment_arrives(Flow& flow, Segment& seg, Context& ctx, Outbox& out) noexcept {
  if (flow.state == State::syn_sent) return syn_sent_arrives(flow, seg, ctx, out);
  if (flow.state == State::time_wait) return time_wait_arrives(flow, seg, ctx, out);
  skip_known_syn(flow, seg, ctx);
  if (!check_paws(flow, seg, ctx, out)) return;
  if (!check_sequence(flow, seg, ctx, out)) return;
  if (!check_rst(flow, seg, ctx, out)) return;
  if (!check_syn(flow, seg, ctx, out)) return;
  if (!check_ack(flow, seg, ctx, out)) return;
  update_ts_recent(flow, seg);
  flow.quiet = 0;
  const bool marked = read_congestion_mark(flow, seg);
  trim(flow, seg, receive_window(flow, ctx));
  if (!process_text(flow, seg, ctx, out)) return;
  if (marked && flow.ack_due == kAckDelayed) acknowledge_later(flow, ctx, out);
  check_fin(flow, seg, ctx, out);
}

}  // namespace weir::tcp
