// Opening a connection, with state or with a cookie, and refusing one.
#include "tcp/listen.hpp"

#include <algorithm>

#include "tcp/fast_open.hpp"
#include "tcp/handshake.hpp"
#include "tcp/isn.hpp"
#include "tcp/syn_cookie.hpp"
#include "tcp/tcb.hpp"

namespace weir::tcp {
namespace {

void fill_flow(Flow& flow, const Segment& seg, const TcpOptions& options, Seq iss,
               std::uint16_t mss, Context& ctx) noexcept {
  flow.state = State::syn_received;
  flow.snd_una = iss;
  flow.snd_nxt = iss + 1;
  flow.mss = mss & 0x3fff;
  flow.scaling = options.has_window_scale;
  flow.snd_scale = options.window_scale & 0xf;
  flow.sack = options.sack_permitted;
  flow.timestamps = options.has_timestamps;
  // RFC 3168 §6.1.1: an ECN-setup SYN has both; a cookie's ACK, neither of them being on it, has no
  // ECN. AccECN's SYN (RFC 9768 §3.1.2) has them too and is answered as this one.
  flow.ecn = ctx.settings.ecn && seg.has(kSyn) && seg.has(kEce) && seg.has(kCwr);
  flow.ecn_echo = 0;
  flow.quiet = 0;
  flow.ts_recent = options.ts_value;
  flow.snd_wnd = seg.window;
  const std::uint8_t scale = rcv_scale(flow);
  flow.rcv_wnd = static_cast<std::uint16_t>((syn_window(ctx) + (1U << scale) - 1) >> scale);
  ctx.throttle.forget(flow);
}

TcpHeader syn_ack(const Segment& seg, const FlowKey& tuple, Seq iss, std::uint16_t local_mss,
                  Context& ctx) noexcept {
  TcpHeader header;
  header.seq = iss;
  header.ack = seg.seq + 1;
  header.flags = kSyn | kAck;
  header.window = syn_window(ctx);
  header.options.mss = local_mss;
  // RFC 7323 §2.2, §3.2; RFC 2018 §2: offered only to those who offered.
  header.options.has_window_scale = seg.options.has_window_scale;
  header.options.window_scale = kRcvScale;
  header.options.sack_permitted = seg.options.sack_permitted;
  if (seg.options.has_timestamps) {
    header.options.has_timestamps = true;
    header.options.ts_value = timestamp_value(ctx.tuples.of(tuple), ctx.tick());
    header.options.ts_echo = seg.options.ts_value;
  }
  return header;
}

void answer_with_cookie(const Segment& seg, const FlowKey& tuple, const ListenState& state,
                        Context& ctx, Outbox& out) noexcept {
  const std::uint16_t mss = send_mss(seg.options.mss, tuple, state.local_mss);
  const Seq cookie = make_cookie(ctx.secrets, ctx.tuples.of(tuple), seg.seq, mss, ctx.now);
  TcpHeader header = syn_ack(seg, tuple, cookie, state.local_mss, ctx);
  if (header.options.has_timestamps) {
    header.options.ts_value =
        cookie_timestamp(header.options.ts_value, seg.options.has_window_scale,
                         seg.options.window_scale, seg.options.sack_permitted);
  } else {
    // Nowhere to keep them.
    header.options.has_window_scale = false;
    header.options.sack_permitted = false;
  }
  ctx.mib.add(Mib::TcpSynCookiesSent);
  out.answer(header);
}

// Whatever a cookie could do, the service or the source has its fill.
bool is_refused(const ListenState& state, Outbox& out) noexcept {
  if (state.service_full) out.refuse(Drop::tcp_service_full);
  if (state.source_full) out.refuse(Drop::tcp_source_full);
  return state.service_full || state.source_full;
}

ListenAction syn_arrives(const Segment& seg, const FlowKey& tuple, const ListenState& state,
                         Context& ctx, Outbox& out) noexcept {
  if (is_refused(state, out)) return ListenAction::done;
  const Cookies mode = ctx.settings.cookies;
  const bool crowded = state.backlog_full || state.table_full;
  if (mode == Cookies::always || (mode == Cookies::automatic && crowded)) {
    answer_with_cookie(seg, tuple, state, ctx, out);
    return ListenAction::done;
  }
  if (state.table_full) return out.refuse(Drop::tcp_table_full), ListenAction::done;
  if (state.backlog_full) return out.refuse(Drop::tcp_backlog_full), ListenAction::done;
  return ListenAction::half_open;
}

ListenAction ack_arrives(const Segment& seg, const FlowKey& tuple, const ListenState& state,
                         Context& ctx, Outbox& out) noexcept {
  if (ctx.settings.cookies != Cookies::off && !seg.has(kSyn)) {
    if (check_cookie(ctx.secrets, ctx.tuples.of(tuple), seg.seq - 1, seg.ack - 1, ctx.now)) {
      if (is_refused(state, out)) return ListenAction::done;
      if (state.table_full) return out.refuse(Drop::tcp_table_full), ListenAction::done;
      ctx.mib.add(Mib::TcpSynCookiesRecv);
      return ListenAction::from_cookie;
    }
    ctx.mib.add(Mib::TcpSynCookiesFailed);
  }
  closed_arrives(seg, Drop::tcp_no_connection, ctx, out);
  return ListenAction::done;
}

// RFC 7413 §4.2.2: the text of a SYN whose cookie is right is for the service at once.
bool takes_fast_open(const Segment& seg, const FlowKey& tuple, const ListenState& state,
                     Context& ctx) noexcept {
  using FastOpens = ListenState::FastOpens;
  if (seg.options.fast_open != FastOpen::cookie || seg.text.empty()) return false;
  if (state.fast_opens == FastOpens::refused) return false;
  if (state.fast_opens == FastOpens::full || ctx.frames_scarce) {
    ctx.mib.add(Mib::TcpFastOpenListenOverflow);
    return false;
  }
  if (check_fast_open(ctx.secrets, tuple.remote, seg.options, ctx.now)) return true;
  ctx.mib.add(Mib::TcpFastOpenPassiveFail);
  return false;
}

void open_fast(Flow& flow, Cold& cold, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  cold.fast_open = true;
  cold.syn_text = static_cast<std::uint16_t>(seg.text.size());
  flow.snd_una = flow.snd_nxt;  // what the queue counts from
  out.text = seg.text;
  out.text_seq = seg.seq + 1;
  out.raise(kOpened);
  out.raise(kTextReady);
  ctx.mib.add(Mib::TcpFastOpenPassive);
}

// Who asks is given a cookie, and so is whoever brings an old one (§4.1.2).
void give_cookie(TcpHeader& header, const Segment& seg, const FlowKey& tuple,
                 const ListenState& state, Context& ctx) noexcept {
  if (state.fast_opens == ListenState::FastOpens::refused) return;
  if (seg.options.fast_open == FastOpen::absent) return;
  const std::uint64_t current =
      fast_open_cookie(ctx.secrets, tuple.remote, fast_open_period(ctx.now));
  const bool has_it =
      seg.options.fast_open == FastOpen::cookie && seg.options.fast_open_cookie == current;
  if (has_it) return;
  header.options.fast_open = FastOpen::cookie;
  header.options.fast_open_cookie = current;
  ctx.mib.add(Mib::TcpFastOpenCookieReqd);
}

}  // namespace

ListenAction listen_arrives(const Segment& seg, const FlowKey& tuple, const ListenState& state,
                            Context& ctx, Outbox& out) noexcept {
  // RFC 9293 §3.10.7.2. First: an RST is ignored.
  if (seg.has(kRst)) return out.refuse(Drop::tcp_stray_reset), ListenAction::done;
  // Second: an ACK is bad here, unless it brings a cookie back. SYN+ACK too (split handshake).
  if (seg.has(kAck)) return ack_arrives(seg, tuple, state, ctx, out);
  // Third: a SYN. With a FIN it is no client's.
  if (seg.has(kSyn) && !seg.has(kFin)) return syn_arrives(seg, tuple, state, ctx, out);
  out.refuse(Drop::tcp_bad_flags);
  return ListenAction::done;
}

bool open_half(Flow& flow, const Segment& seg, const ListenState& state, const Seq* floor,
               Context& ctx, Outbox& out) noexcept {
  const FlowKey tuple = key_of(flow);
  Seq iss = initial_sequence(ctx.tuples.of(tuple), ctx.now);
  // RFC 9293 §3.10.7.4: a reopened connection's ISN is larger than the last one used.
  if (floor != nullptr && iss <= *floor) iss = *floor + 64'000;
  fill_flow(flow, seg, seg.options, iss, send_mss(seg.options.mss, tuple, state.local_mss), ctx);
  // Other text on a SYN is not acknowledged, so it comes again once the connection stands.
  const bool fast = takes_fast_open(seg, tuple, state, ctx);
  flow.rcv_nxt = seg.seq + (fast ? seg.length() : 1);
  Cold* const cold = ensure_cold(flow, ctx);
  if (cold == nullptr) {
    flow.state = State::free;
    out.refuse(Drop::tcp_table_full);
    return false;
  }
  cold->local_mss = state.local_mss;
  cold->rto_ms = kInitialRtoMs;
  cold->rto.arm(ctx.tick() + cold->rto_ms);
  cold->unanswered_since = ctx.tick();
  cold->syn_ack_us = us_of(ctx.now);
  TcpHeader header = syn_ack(seg, tuple, iss, state.local_mss, ctx);
  header.ack = flow.rcv_nxt;
  if (flow.ecn) header.flags |= kEce;
  give_cookie(header, seg, tuple, state, ctx);
  out.answer(header);
  if (fast) open_fast(flow, *cold, seg, ctx, out);
  return true;
}

void open_from_cookie(Flow& flow, const Segment& seg, const ListenState& state,
                      Context& ctx) noexcept {
  const FlowKey tuple = key_of(flow);
  CookieFacts facts;
  facts.mss = check_cookie(ctx.secrets, ctx.tuples.of(tuple), seg.seq - 1, seg.ack - 1, ctx.now)
                  .value_or(536);
  TcpOptions options;
  if (seg.options.has_timestamps) {
    read_cookie_timestamp(seg.options.ts_echo, facts);
    options.has_timestamps = true;
    options.ts_value = seg.options.ts_value;
  }
  options.has_window_scale = facts.has_window_scale;
  options.window_scale = facts.window_scale;
  options.sack_permitted = facts.sack;
  fill_flow(flow, seg, options, seg.ack - 1, std::min(facts.mss, state.local_mss), ctx);
  flow.rcv_nxt = seg.seq;
  flow.cold_or_rtt = 0;
}

void closed_arrives(const Segment& seg, Drop refusal, Context& ctx, Outbox& out) noexcept {
  (void)ctx;
  // RFC 9293 §3.10.7.1: an RST is discarded; anything else is answered with one.
  if (seg.has(kRst)) return out.refuse(Drop::tcp_stray_reset);
  TcpHeader header;
  if (seg.has(kAck)) {
    header.seq = seg.ack;
    header.flags = kRst;
  } else {
    header.ack = seg.seq + seg.length();
    header.flags = kRst | kAck;
  }
  out.answer(header, refusal);
}

}  // namespace weir::tcp
