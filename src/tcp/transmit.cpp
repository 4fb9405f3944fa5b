// Choosing the next segment (RFC 9293 §3.8.6, §3.7.4; RFC 5681).
#include "tcp/transmit.hpp"

#include <algorithm>

#include "tcp/isn.hpp"

namespace weir::tcp {
namespace {

// How many bytes of text from send_next on the windows allow, before SWS avoidance and Nagle.
std::uint32_t usable_window(const Flow& flow, const Cold& cold) noexcept {
  const std::uint32_t mss = effective_mss(flow);
  const std::uint32_t cwnd = cold.congestion.cwnd + cold.congestion.limited_transmit(mss);
  const std::uint32_t window = std::min(flow.snd_wnd, cwnd);
  const auto used = static_cast<std::uint32_t>(cold.send_next - flow.snd_una);
  return window > used ? window - used : 0;
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
    const bool idle = cold.send_next == flow.snd_una;
    const bool again = cold.send_next < flow.snd_nxt;
    if (idle || again || !service.nagle || cold.fin_queued) return length;
  }
  if (length >= cold.max_snd_wnd / 2 && length == usable) return length;
  return 0;
}

void start_timers(Flow& flow, Cold& cold, Seq end, Context& ctx) noexcept {
  const bool fresh = end > flow.snd_nxt;
  if (!cold.rto.set || flow.snd_una == flow.snd_nxt) {
    if (flow.snd_una == flow.snd_nxt) cold.unanswered_since = ctx.tick();
    cold.rto.arm(ctx.tick() + cold.rto_ms);
  }
  if (fresh && !cold.timing && !flow.timestamps) {
    cold.timing = true;
    cold.timed_seq = end;
    cold.timed_at = ctx.now;
  }
}

// Sends `length` bytes at send_next, and the FIN when they are the last.
void take_text(Flow& flow, Cold& cold, std::uint32_t length, Context& ctx, Outgoing& out) noexcept {
  const auto offset = static_cast<std::uint64_t>(cold.send_next - flow.snd_una);
  const bool last = offset + length == cold.send.size();
  std::uint8_t flags = 0;
  if (last && length != 0) flags |= kPsh;
  Seq end = cold.send_next + length;
  if (last && cold.fin_queued) {
    flags |= kFin;
    end += 1;
    cold.fin_sent = true;
  }
  if (cold.send_next < flow.snd_nxt) {
    ctx.mib.add(Mib::TcpRetransSegs);
    cold.timing = false;  // Karn
  }
  out.header = make_header(flow, cold.send_next, flags, ctx);
  out.offset = offset;
  out.length = length;
  start_timers(flow, cold, end, ctx);
  cold.send_next = end;
  flow.snd_nxt = later(flow.snd_nxt, end);
}

// Fast retransmit and the next hole of a partial ACK: one segment at snd.una, whatever the windows.
void take_head(Flow& flow, Cold& cold, Context& ctx, Outgoing& out) noexcept {
  const Seq resume = cold.send_next;
  cold.resend_head = false;
  cold.send_next = flow.snd_una;
  const std::uint64_t in_flight_text = std::min<std::uint64_t>(
      cold.send.size(), static_cast<std::uint64_t>(flow.snd_nxt - flow.snd_una));
  const auto length =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(in_flight_text, effective_mss(flow)));
  take_text(flow, cold, length, ctx, out);
  cold.send_next = later(cold.send_next, resume);
  cold.rto.arm(ctx.tick() + cold.rto_ms);
}

bool next_text(Flow& flow, Cold& cold, const ServiceSettings& service, Context& ctx,
               Outgoing& out) noexcept {
  const auto sent = static_cast<std::uint64_t>(cold.send_next - flow.snd_una);
  const std::uint64_t size = cold.send.size();
  const std::uint64_t unsent = sent < size ? size - sent : 0;
  if (cold.resend_head && flow.snd_una != flow.snd_nxt) {
    take_head(flow, cold, ctx, out);
    return true;
  }
  cold.resend_head = false;
  if (cold.probe) {
    // RFC 9293 §3.8.6.1: one byte beyond a closed window asks whether it has opened; a window too
    // small to be worth a segment is used for once (§3.8.6.2.1, the override timeout).
    cold.probe = false;
    if (unsent != 0) {
      ctx.mib.add(Mib::TcpZeroWindowProbes);
      const std::uint32_t usable = std::min(usable_window(flow, cold), effective_mss(flow));
      take_text(flow, cold,
                static_cast<std::uint32_t>(std::min<std::uint64_t>(std::max(usable, 1U), unsent)),
                ctx, out);
      return true;
    }
  }
  const std::uint32_t length =
      worth_sending(flow, cold, service, unsent, usable_window(flow, cold));
  if (length != 0) {
    take_text(flow, cold, length, ctx, out);
    return true;
  }
  // A FIN by itself: all text was sent, and the FIN was not, or not again since the timeout.
  if (cold.fin_queued && unsent == 0 && sent == size &&
      (!cold.fin_sent || cold.send_next < flow.snd_nxt)) {
    take_text(flow, cold, 0, ctx, out);
    return true;
  }
  // Text waits for a window and no alarm is set that could end the wait: the persist timer.
  if (unsent != 0 && flow.snd_una == flow.snd_nxt && !cold.rto.set) {
    cold.rto.arm(ctx.tick() + cold.rto_ms);
    cold.unanswered_since = ctx.tick();
  }
  return false;
}

}  // namespace

bool next_segment(Flow& flow, const ServiceSettings& service, Context& ctx,
                  Outgoing& out) noexcept {
  if (flow.state == State::free || flow.state == State::syn_received) return false;
  if (Cold* cold = cold_of(flow, ctx); cold != nullptr) {
    if (next_text(flow, *cold, service, ctx, out)) return true;
  }
  if (flow.ack_due != kAckNow) return false;
  out.header = make_ack(flow, ctx);
  out.offset = 0;
  out.length = 0;
  return true;
}

void copy_text(const Flow& flow, const Outgoing& segment, Context& ctx,
               std::span<std::uint8_t> text) noexcept {
  if (segment.length == 0) return;
  cold_of(flow, ctx)->send.copy(ctx.pieces, segment.offset, text.first(segment.length));
}

TcpHeader syn_ack_again(Flow& flow, Context& ctx) noexcept {
  const Cold& cold = ctx.cold[flow.cold_or_rtt];
  TcpHeader header;
  header.seq = flow.snd_una;
  header.ack = flow.rcv_nxt;
  header.flags = kSyn | kAck;
  header.window =
      static_cast<std::uint16_t>(std::min<std::uint32_t>(ctx.settings.receive_buffer, 0xffff));
  header.options.mss = cold.local_mss;
  header.options.has_window_scale = flow.scaling;
  header.options.window_scale = kRcvScale;
  header.options.sack_permitted = flow.sack;
  if (flow.timestamps) {
    header.options.has_timestamps = true;
    header.options.ts_value = timestamp_value(ctx.secrets, key_of(flow), ctx.tick());
    header.options.ts_echo = flow.ts_recent;
  }
  ctx.mib.add(Mib::TcpRetransSegs);
  return header;
}

}  // namespace weir::tcp
