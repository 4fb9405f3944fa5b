// SYN-SENT, in the order of RFC 9293 §3.10.7.3: ACK, RST, (security,) SYN.
#include "tcp/open.hpp"

#include "tcp/handshake.hpp"
#include "tcp/isn.hpp"
#include "tcp/transmit.hpp"

namespace weir::tcp {
namespace {

// First: an ACK of anything but our SYN is refused.
bool check_ack(const Flow& flow, const Segment& seg, Outbox& out) noexcept {
  if (!seg.has(kAck) || seg.ack == flow.snd_nxt) return true;
  if (seg.has(kRst)) return out.refuse(Drop::tcp_stray_reset), false;
  TcpHeader rst;
  rst.seq = seg.ack;
  rst.flags = kRst;
  out.answer(rst, Drop::tcp_bad_ack);
  return false;
}

// Second: an RST counts if it acknowledges our SYN (RFC 5961 §3.2 leaves this as it is).
bool check_rst(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  if (!seg.has(kRst)) return true;
  if (!seg.has(kAck)) return out.refuse(Drop::tcp_stray_reset), false;
  end(flow, EndReason::reset, ctx, out);
  out.outcome = Outcome::of(Verdict::consumed);
  return false;
}

// What the peer offered, of what we offered.
void take_offer(Flow& flow, Cold& cold, const Segment& seg, Context& ctx) noexcept {
  const TcpOptions& options = seg.options;
  flow.mss = send_mss(options.mss, key_of(flow), cold.local_mss) & 0x3fff;
  flow.scaling = options.has_window_scale;
  flow.snd_scale = options.window_scale & 0xf;
  flow.sack = options.sack_permitted;
  flow.timestamps = options.has_timestamps;
  flow.ts_recent = options.ts_value;
  flow.snd_wnd = seg.window;
  flow.rcv_nxt = seg.seq + 1;
  // RFC 3168 §6.1.1: an ECN-setup SYN-ACK has ECE without CWR, and an ECN-setup SYN both.
  const bool cwr = seg.has(kCwr);
  flow.ecn = ctx.settings.ecn && seg.has(kEce) && (seg.has(kAck) ? !cwr : cwr);
  const std::uint8_t scale = rcv_scale(flow);
  flow.rcv_wnd = static_cast<std::uint16_t>((syn_window(ctx) + (1U << scale) - 1) >> scale);
  cold.rcv_edge = flow.rcv_nxt + (std::uint32_t{flow.rcv_wnd} << scale);
  cold.snd_wl1 = seg.seq;
  cold.max_snd_wnd = flow.snd_wnd;
}

}  // namespace

bool open_active(Flow& flow, std::uint16_t local_mss, Context& ctx, Outbox& out) noexcept {
  flow.state = State::syn_sent;
  flow.snd_una = initial_sequence(ctx.tuples.of(key_of(flow)), ctx.now);
  flow.snd_nxt = flow.snd_una + 1;
  flow.mss = local_mss & 0x3fff;
  ctx.throttle.forget(flow);
  Cold* const cold = ensure_cold(flow, ctx);
  if (cold == nullptr) {
    flow.state = State::free;
    return false;
  }
  cold->active = true;
  cold->local_mss = local_mss;
  cold->rto_ms = kInitialRtoMs;
  cold->rto.arm(ctx.tick() + cold->rto_ms);
  cold->unanswered_since = ctx.tick();
  cold->syn_ack_us = us_of(ctx.now);
  ctx.mib.add(Mib::TcpActiveOpens);
  out.answer(syn_again(flow, ctx));
  return true;
}

TcpHeader syn_again(Flow& flow, Context& ctx) noexcept {
  const Cold& cold = *cold_of(flow, ctx);
  TcpHeader header;
  header.seq = flow.snd_una;
  // RFC 3168 §6.1.1.1: a SYN that got lost is repeated without ECN, which may have been the reason.
  const bool ecn = ctx.settings.ecn && cold.retries == 0;
  header.flags = ecn ? kSyn | kEce | kCwr : kSyn;
  header.window = syn_window(ctx);
  header.options.mss = cold.local_mss;
  header.options.has_window_scale = true;
  header.options.window_scale = kRcvScale;
  header.options.sack_permitted = true;
  header.options.has_timestamps = true;
  header.options.ts_value = timestamp_value(ctx.tuples.of(key_of(flow)), ctx.tick());
  return header;
}

void syn_sent_arrives(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  if (!check_ack(flow, seg, out)) return;
  if (!check_rst(flow, seg, ctx, out)) return;
  // Fourth: check the SYN bit. Fifth: neither SYN nor RST is dropped. With a FIN it is no peer's.
  if (!seg.has(kSyn) || seg.has(kFin)) return out.refuse(Drop::tcp_bad_flags);
  Cold& cold = *cold_of(flow, ctx);
  take_offer(flow, cold, seg, ctx);
  if (!seg.has(kAck)) {
    // Simultaneous open (§3.5, figure 8): our SYN-ACK acknowledges theirs.
    flow.state = State::syn_received;
    out.answer(syn_ack_again(flow, ctx));
    return;
  }
  // Text on a SYN-ACK is not acknowledged, so it comes again.
  establish(flow, &cold, seg, ctx);
  flow.ack_due = kAckNow;
  out.transmit = true;
  out.raise(kOpened);
  out.outcome = Outcome::of(Verdict::consumed);
}

}  // namespace weir::tcp
