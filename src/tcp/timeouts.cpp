// The timers, in the order of their names.
#include "tcp/timeouts.hpp"

#include <algorithm>

#include "tcp/open.hpp"
#include "tcp/path_mtu.hpp"
#include "tcp/transmit.hpp"

namespace weir::tcp {
namespace {

constexpr std::uint32_t kSynPatienceMs = 180'000;  // R2 for a SYN (RFC 9293 MUST-23)

void acknowledge_now(Flow& flow, Context& ctx, Outbox& out) noexcept {
  if (flow.ack_due == kAckNone) return;
  flow.ack_due = kAckNow;
  ctx.mib.add(Mib::TcpDelayedAcks);
  out.transmit = true;
}

// RFC 6298 (5.5): back off.
void back_off(Cold& cold, Context& ctx) noexcept {
  cold.rto_ms = std::min(cold.rto_ms * 2, kMaxRtoMs);
  cold.rto.arm(ctx.tick() + cold.rto_ms);
  draw_rto_floor(cold, ctx);
  if (cold.retries != 0xff) ++cold.retries;
}

// RFC 9293 §3.8.1 and MUST-22: the SYN or SYN-ACK again, until the retries are used up; of a SYN of
// our own for three minutes at least (MUST-23).
void half_open_timeout(Flow& flow, Cold& cold, Context& ctx, Outbox& out) noexcept {
  const auto unanswered = static_cast<std::uint32_t>(ctx.tick() - cold.unanswered_since);
  const bool patient = flow.state == State::syn_sent && unanswered < kSynPatienceMs;
  if (cold.retries >= ctx.settings.syn_retries && !patient) {
    return end(flow, EndReason::timed_out, ctx, out);
  }
  ctx.mib.add(Mib::TcpRtoTimeouts);
  cold.syn_timed_out = true;
  back_off(cold, ctx);
  out.answer(flow.state == State::syn_sent ? syn_again(flow, ctx) : syn_ack_again(flow, ctx));
}

// RFC 9293 §3.8.6.1 and MUST-36: the window is closed and nothing is in flight: probe it.
void probe_timeout(Cold& cold, Context& ctx, Outbox& out) noexcept {
  cold.probe = true;
  back_off(cold, ctx);
  out.transmit = true;
}

void retransmission_timeout(Flow& flow, Cold& cold, Context& ctx, Outbox& out) noexcept {
  const auto unanswered = static_cast<std::uint32_t>(ctx.tick() - cold.unanswered_since);
  if (cold.retries != 0 && unanswered >= ctx.settings.r2_ms) {
    return reset_and_end(flow, EndReason::timed_out, ctx, out);  // R2 (RFC 9293 §3.8.3)
  }
  ctx.mib.add(Mib::TcpRtoTimeouts);
  if (flow.snd_wnd != 0) {
    suspect_black_hole(flow, cold, ctx);
    retransmission_timed_out(flow, cold, ctx);
  } else {
    // A closed window is no loss, but what lies beyond it has to be sent again.
    cold.recovery.board.lose_all(ctx.ranges, true);
  }
  // A window too small to be worth a segment is used as it is: the peer may have shrunk it below
  // what is in flight (RFC 9293 SHLD-16, MUST-34).
  if (flow.snd_wnd < effective_mss(flow)) cold.probe = true;
  back_off(cold, ctx);
  out.transmit = true;
}

void rto_due(Flow& flow, Cold& cold, Context& ctx, Outbox& out) noexcept {
  cold.rto.cancel();
  if (flow.state < State::established) return half_open_timeout(flow, cold, ctx, out);
  if (flow.snd_una != flow.snd_nxt) return retransmission_timeout(flow, cold, ctx, out);
  if (!cold.send.empty()) return probe_timeout(cold, ctx, out);
  cold.congestion.restart_after_idle(effective_mss(flow));
}

// RFC 9293 §3.8.4: an ACK just below what the peer expects, which it must answer. Without text, for
// those who would take it for text (SHLD-12).
void keep_alive_due(Flow& flow, Cold& cold, Context& ctx, Outbox& out) noexcept {
  if (cold.keep_alive.sent == kKeepAliveProbes) {
    return reset_and_end(flow, EndReason::timed_out, ctx, out);
  }
  ++cold.keep_alive.sent;
  cold.keep_alive.next.arm(ctx.tick() + kKeepAliveStepMs);
  ctx.mib.add(Mib::TcpKeepAlives);
  out.answer(make_header(flow, flow.snd_nxt - 1, kAck, ctx));
}

// Whether the peer was silent for so long that it is to be probed.
bool wants_keep_alive(const Flow& flow, const Cold* cold, const ServiceSettings& service,
                      Context& ctx) noexcept {
  if (!keep_alive_comes_first(flow, service) || flow.snd_una != flow.snd_nxt) return false;
  if (cold == nullptr) return true;  // the deadline is the end of the silence
  return !cold->keep_alive.next.set &&
         ctx.tick() - cold->heard >= static_cast<std::int32_t>(service.keep_alive_ms);
}

bool is_idle(const Flow& flow, const Cold* cold, const ServiceSettings& service,
             Context& ctx) noexcept {
  const std::uint32_t limit =
      flow.state == State::fin_wait_2 ? ctx.settings.fin_wait_2_ms : service.idle_ms;
  if (limit == 0 || flow.state < State::established) return false;
  // While something is unacknowledged R2 decides (RFC 9293 SHLD-11: at least 100 s).
  if (flow.snd_una != flow.snd_nxt) return false;
  // Without a cold object the deadline is the idle time's own end.
  return cold == nullptr || ctx.tick() - cold->heard >= static_cast<std::int32_t>(limit);
}

// The peer has closed and will say no more; how long the service may take is the idle time.
void lingering_due(Flow& flow, Cold& cold, const ServiceSettings& service, Context& ctx,
                   Outbox& out) noexcept {
  if (cold.service.due(ctx.tick())) {
    cold.service.cancel();
    out.raise(kTimeout);
  }
  const std::int32_t silence = ctx.tick() - cold.heard;
  if (service.idle_ms != 0 && silence >= static_cast<std::int32_t>(service.idle_ms)) {
    end(flow, EndReason::timed_out, ctx, out);
  }
}

}  // namespace

void deadline_reached(Flow& flow, const ServiceSettings& service, Context& ctx,
                      Outbox& out) noexcept {
  if (lingers(flow)) return lingering_due(flow, *cold_of(flow, ctx), service, ctx, out);
  if (flow.state == State::time_wait) return end(flow, EndReason::closed, ctx, out);
  const Tick now = ctx.tick();
  Cold* const cold = cold_of(flow, ctx);
  if (cold == nullptr && flow.ack_due != kAckNone) return acknowledge_now(flow, ctx, out);
  if (wants_keep_alive(flow, cold, service, ctx)) {
    Cold* const probing = ensure_cold(flow, ctx);
    if (probing == nullptr) return;  // no memory for it: again after the same silence
    if (cold == nullptr) probing->heard = Tick(now.value() - service.keep_alive_ms);
    return keep_alive_due(flow, *probing, ctx, out);
  }
  if (is_idle(flow, cold, service, ctx)) {
    return reset_and_end(flow, EndReason::timed_out, ctx, out);
  }
  if (cold == nullptr) {
    if (flow.quiet < kQuietTooLong) ++flow.quiet;
    return;
  }
  if (cold->ack.due(now)) {
    cold->ack.cancel();
    acknowledge_now(flow, ctx, out);
  }
  if (cold->service.due(now)) {
    cold->service.cancel();
    out.raise(kTimeout);
  }
  if (cold->pace.due(now)) {
    cold->pace.cancel();
    out.transmit = true;
  }
  if (cold->keep_alive.next.due(now)) {
    // Text that left meanwhile, or a close, asks as well, and R2 decides (MUST-26: only when idle).
    if (keep_alive_comes_first(flow, service) && flow.snd_una == flow.snd_nxt) {
      keep_alive_due(flow, *cold, ctx, out);
    } else {
      cold->keep_alive.heard();
    }
    if (flow.state == State::free) return;
  }
  if (cold->recovery.reordering.due(now)) {
    reordering_timed_out(flow, *cold, ctx);
    out.transmit = true;
  }
  if (cold->recovery.pto.due(now)) {
    cold->recovery.pto.cancel();
    cold->recovery.probe_due = true;
    out.transmit = true;
  }
  if (cold->rto.due(now)) rto_due(flow, *cold, ctx, out);
}

}  // namespace weir::tcp
