// Windows, headers, timers and the life of the cold object.
#include "tcp/tcb.hpp"

#include <algorithm>

#include "tcp/isn.hpp"
#include "tcp/receive_tuning.hpp"

namespace weir::tcp {
namespace {

constexpr std::uint32_t ceil_units(std::uint32_t bytes, std::uint8_t scale) noexcept {
  return (bytes + (1U << scale) - 1) >> scale;
}

// Bytes that could be offered from rcv.nxt on if the right edge were free to move.
std::uint32_t free_of(std::uint32_t buffer, const Cold* cold) noexcept {
  return cold == nullptr ? buffer : buffer - std::min(buffer, cold->receive.size());
}

// RFC 9293 §3.8.6.2.2: the right edge moves by min(MSS, buffer / 2) or not at all, and never back.
std::uint16_t offer_window(Flow& flow, Context& ctx) noexcept {
  Cold* const cold = cold_of(flow, ctx);
  const std::uint8_t scale = rcv_scale(flow);
  const std::uint32_t buffer = receive_buffer(flow, ctx);
  const std::uint32_t offered = receive_window(flow, ctx);
  const std::uint32_t free = free_of(buffer, cold);
  const std::uint32_t step = std::min<std::uint32_t>(flow.mss, buffer / 2);
  const std::uint32_t window = free > offered && free - offered >= step ? free : offered;
  // Rounded up, so that the edge as the peer sees it does not go back by the rounding; but with no
  // room left a remainder below the unit is nothing.
  std::uint32_t units = free == 0 ? window >> scale : ceil_units(window, scale);
  units = std::min(units, 0xffffU);
  if (cold != nullptr) cold->rcv_edge = later(cold->rcv_edge, flow.rcv_nxt + (units << scale));
  flow.rcv_wnd = static_cast<std::uint16_t>(units);
  return flow.rcv_wnd;
}

void earliest(const Alarm& alarm, Tick& best, bool& any) noexcept {
  if (!alarm.set) return;
  if (!any || alarm.at < best) best = alarm.at;
  any = true;
}

std::uint32_t timestamp_of(const Flow& flow, Context& ctx) noexcept {
  if (const Cold* cold = cold_of(flow, ctx)) return cold->ts_offset + ctx.tick().value();
  return timestamp_value(ctx.tuples.of(key_of(flow)), ctx.tick());
}

// How long the peer may be silent before something is done about it, in milliseconds; 0: for ever.
std::uint32_t silence_limit(const Flow& flow, const Cold* cold,
                            const ServiceSettings& service) noexcept {
  // What is unacknowledged is R2's business, and a handshake has its retries.
  if (flow.snd_una != flow.snd_nxt || flow.state < State::established) return 0;
  if (cold != nullptr && cold->keep_alive.next.set) return service.idle_ms;
  return keep_alive_comes_first(flow, service) ? service.keep_alive_ms : service.idle_ms;
}

}  // namespace

// Whoever can lose packets on the way for a moment must not know when the next retransmission comes
// (Kuzmanovic and Knightly, "Low-Rate TCP-Targeted Denial of Service Attacks", SIGCOMM 2003, §5.2).
void draw_rto_floor(Cold& cold, Context& ctx) noexcept {
  const std::uint32_t more = ctx.lot.up_to(ctx.settings.rto_min_spread_ms);
  cold.rto_floor_ms = std::min(ctx.settings.rto_min_ms + more, kMaxRtoMs);
}

Cold* ensure_cold(Flow& flow, Context& ctx) noexcept {
  if (flow.has_cold) return &ctx.cold[flow.cold_or_rtt];
  const std::uint32_t id = ctx.cold.make();
  if (id == kNoId) return nullptr;
  Cold& cold = ctx.cold[id];
  cold.rtt = unfold(flow.cold_or_rtt);
  draw_rto_floor(cold, ctx);
  cold.rto_ms = cold.rtt.rto_ms(cold.rto_floor_ms);
  begin_recovery(flow, cold, ctx);
  cold.snd_wl1 = flow.rcv_nxt;
  cold.snd_wl2 = flow.snd_una;
  cold.max_snd_wnd = flow.snd_wnd;
  cold.rcv_edge = flow.rcv_nxt + receive_window(flow, ctx);
  cold.ts_offset = timestamp_offset(ctx.tuples.of(key_of(flow)));
  cold.heard = ctx.tick();
  if (flow.ack_due == kAckDelayed) cold.ack.arm(flow.deadline);
  flow.cold_or_rtt = id;
  flow.has_cold = 1;
  return &cold;
}

void settle(Flow& flow, Context& ctx) noexcept {
  if (!flow.has_cold) return;
  const Cold& cold = ctx.cold[flow.cold_or_rtt];
  if (flow.state < State::established) return;
  if (!cold.send.empty() || !cold.receive.empty() || flow.snd_una != flow.snd_nxt) return;
  if (cold.keep_alive.next.set) return;
  if (cold.service.set || cold.fin_queued || cold.peer_fin || !cold.end_told) return;
  // A window that loss has reduced, or that has grown well past the initial one, is worth keeping
  // until the path has been idle for an RTO (RFC 5681 §4.1 forgets it then anyway).
  const std::uint32_t initial = initial_window(effective_mss(flow));
  const bool plain =
      cold.congestion.ssthresh == Congestion::kNoThreshold && cold.congestion.cwnd <= 2 * initial;
  if (!plain && cold.rto.set) return;
  (void)discard_cold(flow, ctx);
}

std::uint32_t discard_cold(Flow& flow, Context& ctx) noexcept {
  if (!flow.has_cold) return 0;
  const std::uint32_t id = flow.cold_or_rtt;
  Cold& cold = ctx.cold[id];
  const std::uint32_t offered =
      static_cast<std::uint32_t>(std::max(cold.rcv_edge - flow.rcv_nxt, 0));
  flow.rcv_wnd =
      static_cast<std::uint16_t>(std::min(ceil_units(offered, rcv_scale(flow)), 0xffffU));
  if (flow.ack_due == kAckDelayed) flow.deadline = cold.ack.at;
  cold.send.clear(ctx.pieces);
  cold.recovery.board.clear(ctx.ranges);
  const std::uint32_t held = cold.receive.clear(ctx.pieces);
  flow.cold_or_rtt = fold(cold.rtt);
  flow.has_cold = 0;
  ctx.cold.destroy(id);
  return held;
}

std::uint32_t receive_window(const Flow& flow, Context& ctx) noexcept {
  if (const Cold* cold = cold_of(flow, ctx); cold != nullptr) {
    return static_cast<std::uint32_t>(std::max(cold->rcv_edge - flow.rcv_nxt, 0));
  }
  return std::uint32_t{flow.rcv_wnd} << rcv_scale(flow);
}

bool has_unread(const Flow& flow, Context& ctx) noexcept {
  Cold* const cold = cold_of(flow, ctx);
  return cold != nullptr && cold->receive.front(ctx.pieces, flow.rcv_nxt) != nullptr;
}

void advance_receive(Flow& flow, Seq rcv_nxt, Context& ctx) noexcept {
  const std::uint32_t buffer = receive_buffer(flow, ctx);
  // Text that the service leaves unread says that the service is the limit.
  if (passes_half(flow, rcv_nxt, buffer) && !has_unread(flow, ctx)) {
    const Cold* const cold = cold_of(flow, ctx);
    const RttEstimate rtt = cold != nullptr ? cold->rtt : unfold(flow.cold_or_rtt);
    tune_receive(flow, buffer, ctx.settings.receive_buffer_max, rtt.srtt_us,
                 ctx.now.milliseconds());
  }
  if (!flow.has_cold) {
    const std::uint32_t window = receive_window(flow, ctx);
    const auto taken = static_cast<std::uint32_t>(rcv_nxt - flow.rcv_nxt);
    flow.rcv_wnd =
        static_cast<std::uint16_t>(ceil_units(window - std::min(window, taken), rcv_scale(flow)));
  }
  flow.rcv_nxt = rcv_nxt;
}

bool window_update_due(const Flow& flow, Context& ctx) noexcept {
  const std::uint32_t offered = receive_window(flow, ctx);
  const std::uint32_t buffer = receive_buffer(flow, ctx);
  // The SYN-ACK's 64 KiB are plenty to begin with: the first ACK anyway offers the rest.
  if (offered > std::min<std::uint32_t>(buffer / 8, 32 * 1024)) return false;
  const std::uint32_t free = free_of(buffer, cold_of(flow, ctx));
  return free >= offered + std::min<std::uint32_t>(2U * flow.mss, buffer / 2);
}

void acknowledge_later(Flow& flow, Context& ctx, Outbox& out) noexcept {
  if (flow.ack_due != kAckNone || ctx.settings.delayed_ack_ms == 0) {
    flow.ack_due = kAckNow;  // at least every second segment (SHLD-19)
    out.transmit = true;
    return;
  }
  flow.ack_due = kAckDelayed;
  const Tick at = ctx.tick() + ctx.settings.delayed_ack_ms;
  if (Cold* cold = cold_of(flow, ctx); cold != nullptr) {
    cold->ack.arm(at);
  } else {
    flow.deadline = at;
  }
}

TcpHeader make_header(Flow& flow, Seq seq, std::uint8_t flags, Context& ctx) noexcept {
  TcpHeader header;
  header.seq = seq;
  header.ack = flow.rcv_nxt;
  header.flags = static_cast<std::uint8_t>(flags | kAck);
  if (flow.ecn_echo) header.flags |= kEce;  // RFC 3168 §6.1.3: until the peer says CWR
  header.window = offer_window(flow, ctx);
  if (flow.timestamps) {
    header.options.has_timestamps = true;
    header.options.ts_value = timestamp_of(flow, ctx);
    header.options.ts_echo = flow.ts_recent;
  }
  flow.ack_due = kAckNone;
  if (Cold* cold = cold_of(flow, ctx); cold != nullptr) cold->ack.cancel();
  return header;
}

TcpHeader make_ack(Flow& flow, Context& ctx) noexcept {
  TcpHeader header = make_header(flow, flow.snd_nxt, kAck, ctx);
  if (const Cold* cold = cold_of(flow, ctx); cold != nullptr && flow.sack) {
    header.options.sack_count = cold->receive.sack_blocks(
        ctx.pieces, flow.rcv_nxt, std::span(cold->recent).first(cold->recent_count),
        header.options.sack);
    // With timestamps three blocks fit (RFC 2018 §3).
    if (flow.timestamps) {
      header.options.sack_count = std::min<std::uint8_t>(header.options.sack_count, 3);
    }
  }
  return header;
}

TcpHeader make_ack(Flow& flow, SackBlock duplicate, Context& ctx) noexcept {
  TcpHeader header = make_ack(flow, ctx);
  if (!flow.sack || duplicate.left >= duplicate.right) return header;
  auto& options = header.options;
  const std::uint8_t most = flow.timestamps ? 3 : 4;
  if (options.sack_count == most) --options.sack_count;
  std::copy_backward(options.sack.begin(), options.sack.begin() + options.sack_count,
                     options.sack.begin() + options.sack_count + 1);
  options.sack[0] = duplicate;
  ++options.sack_count;
  return header;
}

void challenge(Flow& flow, Drop reason, Context& ctx, Outbox& out) noexcept {
  if (!ctx.throttle.allow(flow, ctx.tick())) {
    out.refuse(Drop::tcp_challenge_limited);
    return;
  }
  ctx.mib.add(Mib::TcpChallengeAcks);
  out.answer(make_ack(flow, ctx), reason);
}

void end(Flow& flow, EndReason reason, Context& ctx, Outbox& out) noexcept {
  const State was = flow.state;
  if (lingers(flow)) out.tell_end = true;
  flow.state = State::free;
  out.end = reason;
  out.raise(kEnded);
  if (const Cold* cold = cold_of(flow, ctx); was < State::established && cold != nullptr) {
    out.was_fast_open = cold->fast_open;
    out.tell_end = cold->fast_open || cold->active;
  }
  out.abandoned += discard_cold(flow, ctx);
  out.transmit = false;
  if (was < State::established) ctx.mib.add(Mib::TcpAttemptFails);
  if (reason == EndReason::timed_out) ctx.mib.add(Mib::TcpTimedOut);
  if (reason == EndReason::killed) ctx.mib.add(Mib::TcpKilled);
  const bool open = was == State::established || was == State::close_wait;
  if (open &&
      (reason == EndReason::reset || reason == EndReason::aborted || reason == EndReason::killed)) {
    ctx.mib.add(Mib::TcpEstabResets);
  }
}

void reset_and_end(Flow& flow, EndReason reason, Context& ctx, Outbox& out) noexcept {
  // RFC 9293 §3.10.5: of SYN-SENT the other side has heard nothing that it could believe.
  if (flow.state == State::syn_sent) return end(flow, reason, ctx, out);
  TcpHeader header;
  header.seq = flow.snd_nxt;
  header.ack = flow.rcv_nxt;
  header.flags = kRst | kAck;
  out.answer(header);
  end(flow, reason, ctx, out);
}

// All was acknowledged: what is left is to be read.
void stop_sending(Cold& cold, Context& ctx) noexcept {
  for (Alarm* alarm : {&cold.rto, &cold.ack, &cold.recovery.reordering, &cold.recovery.pto,
                       &cold.pace, &cold.keep_alive.next}) {
    alarm->cancel();
  }
  cold.send.clear(ctx.pieces);
  cold.recovery.board.clear(ctx.ranges);
  cold.fin_queued = cold.fin_sent = cold.peer_fin = false;
}

// The peer is through, the service is not when it has closed its own side and left text unread:
// that text waits for it.
void enter_time_wait(Flow& flow, Context& ctx, Outbox& out) noexcept {
  // What this segment brought has still to be shown to it.
  if (has_unread(flow, ctx) || (flow.has_cold && !out.text.empty())) {
    stop_sending(*cold_of(flow, ctx), ctx);
  } else {
    out.abandoned += discard_cold(flow, ctx);
  }
  if (flow.state != State::time_wait) ctx.mib.add(Mib::TcpTimeWaits);
  flow.state = State::time_wait;
  flow.deadline = ctx.tick() + 2 * ctx.settings.msl_ms;
}

void end_lingering(Flow& flow, EndReason reason, Context& ctx, Outbox& out) noexcept {
  out.abandoned += discard_cold(flow, ctx);
  out.tell_end = true;
  out.end = reason;
  flow.deadline = ctx.tick() + 2 * ctx.settings.msl_ms;
}

// TIME-WAIT goes on for as long as text is unread.
void finish_lingering(Flow& flow, const Cold& cold, Context& ctx) noexcept {
  flow.deadline = ctx.tick() + 2 * ctx.settings.msl_ms;
  if (cold.service.set && cold.service.at < flow.deadline) flow.deadline = cold.service.at;
}

void finish(Flow& flow, const ServiceSettings& service, Context& ctx) noexcept {
  if (lingers(flow)) return finish_lingering(flow, *cold_of(flow, ctx), ctx);
  if (flow.state == State::free || flow.state == State::time_wait) return;
  settle(flow, ctx);
  const Tick now = ctx.tick();
  const Cold* cold = cold_of(flow, ctx);
  Tick best = now;
  bool any = false;
  if (cold != nullptr) {
    for (const Alarm* alarm : {&cold->rto, &cold->ack, &cold->service, &cold->recovery.reordering,
                               &cold->recovery.pto, &cold->pace, &cold->keep_alive.next}) {
      earliest(*alarm, best, any);
    }
  } else if (flow.ack_due != kAckNone) {
    return;  // the deadline is the delayed ACK's, set when the text arrived
  }
  Alarm idle;
  const Tick heard = cold == nullptr ? now : cold->heard;
  if (flow.state == State::fin_wait_2) {
    idle.arm(heard + ctx.settings.fin_wait_2_ms);
  } else if (const std::uint32_t limit = silence_limit(flow, cold, service); limit != 0) {
    idle.arm(heard + limit);
  }
  earliest(idle, best, any);
  // What arrived without being accepted does not begin the wait anew.
  if (!any && flow.quiet != 0 && flow.deadline > now) return;
  flow.deadline = any ? best : now + kQuietStepMs;
}

}  // namespace weir::tcp
