// The acknowledgement: what it covers, what it says of loss, and the window beside it.
#include "tcp/check_ack.hpp"

#include <algorithm>

#include "tcp/handshake.hpp"

namespace weir::tcp {
namespace {

std::uint32_t scaled_window(const Flow& flow, const Segment& seg) noexcept {
  return std::uint32_t{seg.window} << (flow.scaling ? flow.snd_scale : 0);
}

// SND.UNA - MAX.SND.WND <= SEG.ACK <= SND.NXT (RFC 5961 §5.2).
bool is_plausible(const Flow& flow, const Cold* cold, Seq ack) noexcept {
  const std::uint32_t most =
      cold == nullptr ? std::max(flow.snd_wnd, 0xffffU) : std::max(cold->max_snd_wnd, 0xffffU);
  return flow.snd_una - most <= ack && ack <= flow.snd_nxt;
}

void update_window(Flow& flow, Cold* cold, const Segment& seg) noexcept {
  const std::uint32_t window = scaled_window(flow, seg);
  if (cold == nullptr) {
    flow.snd_wnd = window;  // nothing is in flight: no older window can overtake
    return;
  }
  // RFC 9293 §3.10.7.4; and what acknowledges more is newer, though it repeat old text: otherwise
  // snd.una moves on under the old window and carries its edge beyond what the peer offered.
  const bool newer = cold->snd_wl1 < seg.seq || seg.ack > flow.snd_una ||
                     (cold->snd_wl1 == seg.seq && cold->snd_wl2 <= seg.ack);
  if (!newer) return;
  flow.snd_wnd = window;
  cold->snd_wl1 = seg.seq;
  cold->snd_wl2 = seg.ack;
  cold->max_snd_wnd = std::max(cold->max_snd_wnd, window);
}

void new_ack(Flow& flow, Cold& cold, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  const auto acked = static_cast<std::uint32_t>(seg.ack - flow.snd_una);
  const bool fin_acked = cold.fin_sent && seg.ack == flow.snd_nxt;
  const std::uint32_t text = acked - (fin_acked ? 1 : 0);
  cold.send.remove_front(ctx.pieces, text);
  out.rtt_us = ack_arrived(flow, cold, seg, false, ctx);
  cold.retries = 0;
  cold.unanswered_since = ctx.tick();
  cold.pacing.over = true;
  cold.pace.cancel();
  // RFC 6298 (5.2), (5.3). With nothing in flight the alarm marks the end of an idle RTO (settle).
  cold.rto.arm(ctx.tick() + cold.rto_ms);
  const bool nothing_to_forget = cold.congestion.ssthresh == Congestion::kNoThreshold &&
                                 cold.congestion.cwnd <= initial_window(effective_mss(flow));
  if (flow.snd_una == flow.snd_nxt && nothing_to_forget) cold.rto.cancel();
  arm_probe(flow, cold, ctx);  // which must not come after the timer just set
  if (text != 0) out.raise(kSent);
  out.transmit = true;
  if (!fin_acked) return;
  cold.fin_queued = cold.fin_sent = false;
  switch (flow.state) {
    case State::fin_wait_1:
      flow.state = State::fin_wait_2;
      cold.rto.cancel();
      break;
    case State::closing:
      enter_time_wait(flow, ctx, out);
      break;
    case State::last_ack:
      if (has_unread(flow, ctx)) {
        enter_time_wait(flow, ctx, out);
      } else {
        end(flow, EndReason::closed, ctx, out);
      }
      break;
    default:
      break;
  }
}

// RFC 7413 §4.2.2: the service knows of the connection since the SYN; text may be in flight, and
// the service may have closed.
bool complete_fast_open(Flow& flow, Cold& cold, const Segment& seg, Context& ctx,
                        Outbox& out) noexcept {
  cold.fast_open = false;
  out.was_fast_open = true;
  out.completed = true;
  out.transmit = true;
  if (seg.ack > flow.snd_una) {
    new_ack(flow, cold, seg, ctx, out);
  } else if (flow.snd_una != flow.snd_nxt) {
    cold.rto.arm(ctx.tick() + cold.rto_ms);
    arm_probe(flow, cold, ctx);
  }
  return true;
}

// SYN-RECEIVED: the ACK of our SYN opens the connection, any other is refused with an RST.
bool complete_handshake(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  Cold* const cold = cold_of(flow, ctx);
  const bool fast = cold != nullptr && cold->fast_open;
  const bool acceptable =
      fast ? flow.snd_una <= seg.ack && seg.ack <= flow.snd_nxt : seg.ack == flow.snd_nxt;
  if (!acceptable) {
    TcpHeader rst;
    rst.seq = seg.ack;
    rst.flags = kRst;
    out.answer(rst, Drop::tcp_bad_ack);
    return false;
  }
  establish(flow, cold, seg, ctx);
  if (cold == nullptr || !cold->active) ctx.mib.add(Mib::TcpPassiveOpens);
  if (cold != nullptr && (cold->fin_queued || !cold->send.empty())) {
    // What was asked for before (RFC 9293 §3.10.4).
    if (cold->fin_queued) flow.state = State::fin_wait_1;
    out.transmit = true;
  }
  if (fast) return complete_fast_open(flow, *cold, seg, ctx, out);
  out.raise(kOpened);
  return true;
}

// RFC 5681 §2: a duplicate acknowledges nothing, carries nothing, and leaves the window as it was.
// The answers to probes of a closed window look the same, and tell of no loss.
bool is_duplicate(const Flow& flow, const Segment& seg) noexcept {
  return seg.ack == flow.snd_una && seg.length() == 0 && flow.snd_una != flow.snd_nxt &&
         flow.snd_wnd != 0 && scaled_window(flow, seg) == flow.snd_wnd;
}

}  // namespace

bool check_ack(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  if (!seg.has(kAck)) {
    out.refuse(Drop::tcp_no_ack);
    return false;
  }
  if (flow.state == State::syn_received) return complete_handshake(flow, seg, ctx, out);
  Cold* const cold = cold_of(flow, ctx);
  if (!is_plausible(flow, cold, seg.ack)) {
    challenge(flow, Drop::tcp_bad_ack, ctx, out);
    return false;
  }
  if (cold != nullptr) {
    cold->heard = ctx.tick();
    cold->keep_alive.heard();
    // A peer that answers probes of its closed window is alive for as long as it likes (MUST-37).
    if (flow.snd_wnd == 0) {
      cold->retries = 0;
      cold->unanswered_since = ctx.tick();
    }
  }
  const bool duplicate = cold != nullptr && is_duplicate(flow, seg);
  const std::uint32_t window_before = flow.snd_wnd;
  if (seg.ack >= flow.snd_una) update_window(flow, cold, seg);
  if (cold == nullptr) return true;
  if (flow.ecn && seg.has(kEce) && seg.ack >= flow.snd_una) congestion_echoed(flow, *cold, ctx);
  if (seg.ack > flow.snd_una) {
    new_ack(flow, *cold, seg, ctx, out);
    return flow.state != State::free && flow.state != State::time_wait;
  }
  if (flow.snd_una != flow.snd_nxt && (duplicate || seg.options.sack_count != 0)) {
    out.rtt_us = ack_arrived(flow, *cold, seg, duplicate, ctx);
    out.transmit = true;
  }
  if (flow.snd_wnd > window_before) {
    if (window_before == 0) {
      // The byte that probed a closed window was most likely thrown away, and the patience of the
      // probes says nothing about the path.
      cold->recovery.board.lose_all(ctx.ranges, false);
      cold->rto_ms = cold->rtt.rto_ms(cold->rto_floor_ms);
      cold->rto.arm(ctx.tick() + cold->rto_ms);
    }
    out.transmit = true;
  }
  return true;
}

}  // namespace weir::tcp
