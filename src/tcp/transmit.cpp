// Choosing the next segment (RFC 9293 §3.8.6, §3.7.4; RFC 5681, 6675, 8985).
#include "tcp/transmit.hpp"

#include <algorithm>
#include <utility>

#include "tcp/handshake.hpp"
#include "tcp/isn.hpp"

namespace weir::tcp {
namespace {

constexpr std::uint32_t kWorthAttaching = 512;  // bytes: less is copied sooner than described

// Text of the queue that never left, in bytes; the FIN does not count.
std::uint64_t unsent_text(const Flow& flow, const Cold& cold) noexcept {
  const auto sent = static_cast<std::uint64_t>(flow.snd_nxt - flow.snd_una);
  return sent < cold.send.size() ? cold.send.size() - sent : 0;
}

std::uint32_t peers_room(const Flow& flow) noexcept {
  const auto used = static_cast<std::uint32_t>(flow.snd_nxt - flow.snd_una);
  return flow.snd_wnd > used ? flow.snd_wnd - used : 0;
}
std::uint32_t networks_room(const Flow& flow, const Cold& cold) noexcept {
  const std::uint32_t used = pipe(flow, cold.recovery);
  return cold.congestion.cwnd > used ? cold.congestion.cwnd - used : 0;
}

// RFC 9293 §3.8.6.2.1, sender's SWS avoidance with Nagle's algorithm: a segment leaves when it is
// full, when it empties the queue and nothing is unacknowledged (or Nagle is off, or a FIN
// follows), or when it is at least half of the largest window that the peer ever offered.
std::uint32_t worth_sending(const Flow& flow, const Cold& cold, const ServiceSettings& service,
                            std::uint64_t unsent, std::uint32_t usable) noexcept {
  const std::uint32_t mss = effective_mss(flow);
  const auto length = static_cast<std::uint32_t>(
      std::min<std::uint64_t>({unsent, std::uint64_t{usable}, std::uint64_t{mss}}));
  if (length == mss) return length;
  if (length == 0) return 0;
  if (length == unsent) {
    const bool idle = flow.snd_nxt == flow.snd_una;
    if (idle || !service.nagle || cold.fin_queued) return length;
  }
  if (length >= cold.max_snd_wnd / 2 && length == usable) return length;
  return 0;
}

void start_timers(Flow& flow, Cold& cold, Context& ctx) noexcept {
  if (cold.rto.set && flow.snd_una != flow.snd_nxt) return;
  if (flow.snd_una == flow.snd_nxt) cold.unanswered_since = ctx.tick();
  cold.rto.arm(ctx.tick() + cold.rto_ms);
}

// The header and text of [seq, seq + length), of which the last number may be the FIN's.
void fill(Flow& flow, Cold& cold, Seq seq, std::uint32_t length, Context& ctx,
          Outgoing& out) noexcept {
  const auto offset = static_cast<std::uint64_t>(seq - flow.snd_una);
  const bool fin = offset + length > cold.send.size();
  out.offset = offset;
  out.length = length - fin;
  std::uint8_t flags = fin ? kFin : 0;
  if (out.length != 0 && offset + out.length == cold.send.size()) flags |= kPsh;
  out.header = make_header(flow, seq, flags, ctx);
}

// A service may close before the handshake of a fast open is complete: the FIN waits for that
// (RFC 9293 §3.10.4, CLOSE in SYN-RECEIVED).
bool fin_may_leave(const Flow& flow, const Cold& cold) noexcept {
  return cold.fin_queued && !cold.fin_sent && flow.state != State::syn_received;
}

// New text, and the FIN when the text is the last. False when it cannot be remembered.
bool take_new(Flow& flow, Cold& cold, std::uint32_t text, Context& ctx, Outgoing& out) noexcept {
  const Seq seq = flow.snd_nxt;
  const bool fin = fin_may_leave(flow, cold) && text == unsent_text(flow, cold);
  const std::uint32_t length = text + fin;
  if (!sent_first(flow, cold, seq, length, ctx)) return false;
  cold.fin_sent = cold.fin_sent || fin;
  fill(flow, cold, seq, length, ctx, out);
  start_timers(flow, cold, ctx);
  flow.snd_nxt = seq + length;
  if (flow.ecn && text != 0) {
    out.ecn_capable = true;  // RFC 3168 §6.1.2, §6.1.5: new text alone
    if (cold.recovery.cwr_due) out.header.flags |= kCwr;
    cold.recovery.cwr_due = false;
  }
  arm_probe(flow, cold, ctx);
  return true;
}

// A run of what is in flight, once more.
void take_again(Flow& flow, Cold& cold, Scoreboard::Run run, Context& ctx, Outgoing& out) noexcept {
  sent_again(flow, cold, run, ctx);
  ctx.mib.add(Mib::TcpRetransSegs);
  fill(flow, cold, run.seq, run.length, ctx, out);
  start_timers(flow, cold, ctx);
}

// A short run at the end of what is in flight takes new text with it: the byte that probed a closed
// window, for one.
Scoreboard::Run lengthened(Flow& flow, Cold& cold, Scoreboard::Run run, std::uint32_t most,
                           Context& ctx) noexcept {
  if (run.seq + run.length != flow.snd_nxt || cold.fin_sent || run.length >= most) return run;
  const auto more = static_cast<std::uint32_t>(
      std::min<std::uint64_t>({unsent_text(flow, cold), most - run.length, peers_room(flow)}));
  if (more == 0 || !sent_first(flow, cold, flow.snd_nxt, more, ctx)) return run;
  flow.snd_nxt += more;
  run.length += more;
  return run;
}

// What is lost leaves before what is new, within the congestion window, and within the peer's
// window but for one probe of it (RFC 9293 SHLD-16, MUST-34).
bool next_lost(Flow& flow, Cold& cold, bool probe, Context& ctx, Outgoing& out) noexcept {
  Recovery& r = cold.recovery;
  if (r.board.lost() == 0) return false;
  const std::uint32_t mss = effective_mss(flow);
  Scoreboard::Run run = r.board.first_lost(ctx.ranges, mss);
  const std::int32_t room = flow.snd_una + flow.snd_wnd - run.seq;
  const std::uint32_t least = probe ? 1 : 0;
  const std::uint32_t fits = std::max(room > 0 ? static_cast<std::uint32_t>(room) : 0, least);
  if (fits == 0) return false;
  run.length = std::min(run.length, fits);
  if (pipe(flow, r) != 0 && networks_room(flow, cold) < run.length) return false;
  if (flow.snd_wnd == 0) ctx.mib.add(Mib::TcpZeroWindowProbes);
  run = lengthened(flow, cold, run, std::min(mss, fits), ctx);
  take_again(flow, cold, run, ctx, out);
  return true;
}

// RFC 8985 §7.3: new text if the peer's window takes it, else the last segment once more.
bool tail_loss_probe(Flow& flow, Cold& cold, Context& ctx, Outgoing& out) noexcept {
  Recovery& r = cold.recovery;
  r.probe_due = false;
  if (r.phase != Phase::open || flow.snd_una == flow.snd_nxt) return false;
  const std::uint32_t mss = effective_mss(flow);
  const auto fresh = static_cast<std::uint32_t>(
      std::min<std::uint64_t>({unsent_text(flow, cold), mss, peers_room(flow)}));
  if (fresh == 0 || !take_new(flow, cold, fresh, ctx, out)) {
    take_again(flow, cold, r.board.tail(ctx.ranges, mss), ctx, out);
    r.tlp.sent(flow.snd_nxt, true);
  } else {
    r.tlp.sent(flow.snd_nxt, false);
  }
  r.pto.cancel();
  cold.rto.arm(ctx.tick() + cold.rto_ms);
  ctx.mib.add(Mib::TcpTailLossProbes);
  return true;
}

// RFC 9293 §3.8.6.1: one byte beyond a closed window asks whether it has opened; a window too small
// to be worth a segment is used for once (§3.8.6.2.1, the override timeout).
bool window_probe(Flow& flow, Cold& cold, Context& ctx, Outgoing& out) noexcept {
  const std::uint64_t unsent = unsent_text(flow, cold);
  if (unsent == 0 || flow.snd_una != flow.snd_nxt) return false;
  const std::uint32_t usable = std::min(peers_room(flow), effective_mss(flow));
  const auto length =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(std::max(usable, 1U), unsent));
  if (!take_new(flow, cold, length, ctx, out)) return false;
  ctx.mib.add(Mib::TcpZeroWindowProbes);
  return true;
}

// Whether so much more of the first flight may leave now; else the alarm says when to ask again.
bool in_pace(const Flow& flow, Cold& cold, std::uint32_t length, Context& ctx) noexcept {
  if (cold.pacing.over || !ctx.settings.pacing) return true;
  const std::uint32_t used = static_cast<std::uint32_t>(flow.snd_nxt - flow.snd_una) + length;
  const std::uint32_t mss = effective_mss(flow);
  if (used <= InitialPacing::kAtOnce * mss) return true;
  if (used <= cold.pacing.allowed(cold.congestion.cwnd, mss, cold.rtt.srtt_us, ctx.now)) {
    return true;
  }
  cold.pace.arm(ctx.tick() + 1);
  return false;
}

// Full segments that leave behind one header, in bytes; 0 when one by one is as good. The first
// flight is paced segment by segment, and CWR belongs to one segment alone (RFC 3168 §6.1.2).
std::uint32_t several(const Flow& flow, const Cold& cold, const PortReach& reach,
                      std::uint64_t unsent, std::uint32_t usable, const Context& ctx) noexcept {
  const std::uint32_t mss = effective_mss(flow);
  if (mss < kWorthAttaching) return 0;  // and some NICs cut nothing that small
  if (std::min<std::uint64_t>(unsent, usable) < 2 * std::uint64_t{mss}) return 0;
  if ((ctx.settings.pacing && !cold.pacing.over) || cold.recovery.cwr_due) return 0;
  const auto sent = static_cast<std::uint64_t>(flow.snd_nxt - flow.snd_una);
  const std::uint64_t most = std::min<std::uint64_t>(
      {unsent, usable, reach.text, cold.send.reach(ctx.pieces, sent, reach.extents)});
  const auto text = static_cast<std::uint32_t>(most - most % mss);
  return text > mss ? text : 0;
}

bool next_new(Flow& flow, Cold& cold, const ServiceSettings& service, const PortReach& reach,
              Context& ctx, Outgoing& out) noexcept {
  const std::uint64_t unsent = unsent_text(flow, cold);
  const std::uint32_t usable = std::min(peers_room(flow), networks_room(flow, cold));
  if (reach.text != 0) {
    if (const std::uint32_t text = several(flow, cold, reach, unsent, usable, ctx); text != 0) {
      if (!take_new(flow, cold, text, ctx, out)) return false;
      out.segment_size = static_cast<std::uint16_t>(effective_mss(flow));
      return true;
    }
  }
  const std::uint32_t length = worth_sending(flow, cold, service, unsent, usable);
  if (length != 0 && !in_pace(flow, cold, length, ctx)) return false;
  if (length != 0) return take_new(flow, cold, length, ctx, out);
  // A FIN by itself: all text was sent.
  return fin_may_leave(flow, cold) && unsent == 0 && take_new(flow, cold, 0, ctx, out);
}

bool next_text(Flow& flow, Cold& cold, const ServiceSettings& service, const PortReach& reach,
               Context& ctx, Outgoing& out) noexcept {
  Recovery& r = cold.recovery;
  const bool probe = std::exchange(cold.probe, false);
  if (probe && window_probe(flow, cold, ctx, out)) return true;
  if (r.probe_due && tail_loss_probe(flow, cold, ctx, out)) return true;
  // F-RTO asks new text first; without any the timeout is taken for what it seems to be.
  if (r.spurious.frto == Frto::new_text) {
    if (next_new(flow, cold, service, {}, ctx, out)) return true;
    if (flow.snd_nxt == r.point) r.spurious.frto = Frto::none;
  }
  if (r.spurious.frto != Frto::new_text && next_lost(flow, cold, probe, ctx, out)) return true;
  if (next_new(flow, cold, service, reach, ctx, out)) return true;
  // Text waits for a window and no alarm is set that could end the wait: the persist timer.
  if (flow.snd_una == flow.snd_nxt && !cold.rto.set &&
      (unsent_text(flow, cold) != 0 || fin_may_leave(flow, cold))) {
    cold.rto.arm(ctx.tick() + cold.rto_ms);
    cold.unanswered_since = ctx.tick();
  }
  return false;
}

}  // namespace

bool next_segment(Flow& flow, const ServiceSettings& service, const PortReach& reach, Context& ctx,
                  Outgoing& out) noexcept {
  Cold* const cold = cold_of(flow, ctx);
  if (flow.state == State::free) return false;
  if (flow.state < State::established && (cold == nullptr || !cold->fast_open)) return false;
  if (cold != nullptr && next_text(flow, *cold, service, reach, ctx, out)) return true;
  if (flow.ack_due != kAckNow) return false;
  out.header = make_ack(flow, ctx);
  out.offset = 0;
  out.length = 0;
  out.ecn_capable = false;
  return true;
}

bool in_reach(const Flow& flow, const Outgoing& segment, const PortReach& reach,
              Context& ctx) noexcept {
  if (segment.segment_size != 0) return true;
  if (segment.length < kWorthAttaching) return false;
  const SendQueue& send = cold_of(flow, ctx)->send;
  return send.reach(ctx.pieces, segment.offset, reach.extents) >= segment.length;
}

bool attach_text(const Flow& flow, const Outgoing& segment, Context& ctx, Frame& frame) noexcept {
  return cold_of(flow, ctx)->send.attach(ctx.pieces, segment.offset, segment.length, frame);
}

void copy_text(const Flow& flow, const Outgoing& segment, Context& ctx,
               std::span<std::uint8_t> text) noexcept {
  if (segment.length == 0) return;
  cold_of(flow, ctx)->send.copy(ctx.pieces, segment.offset, text.first(segment.length));
}

TcpHeader syn_ack_again(Flow& flow, Context& ctx) noexcept {
  const Cold& cold = ctx.cold[flow.cold_or_rtt];
  TcpHeader header;
  header.seq = cold.fast_open ? flow.snd_una - 1 : flow.snd_una;
  header.ack = flow.rcv_nxt;
  header.flags = flow.ecn ? kSyn | kAck | kEce : kSyn | kAck;
  header.window = syn_window(ctx);
  header.options.mss = cold.local_mss;
  header.options.has_window_scale = flow.scaling;
  header.options.window_scale = kRcvScale;
  header.options.sack_permitted = flow.sack;
  if (flow.timestamps) {
    header.options.has_timestamps = true;
    header.options.ts_value = timestamp_value(ctx.tuples.of(key_of(flow)), ctx.tick());
    header.options.ts_echo = flow.ts_recent;
  }
  ctx.mib.add(Mib::TcpRetransSegs);
  return header;
}

}  // namespace weir::tcp
