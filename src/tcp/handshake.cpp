// Sizes that are agreed on, and the step to ESTABLISHED.
#include "tcp/handshake.hpp"

namespace weir::tcp {
namespace {

constexpr std::uint16_t kMinMss = 88;
constexpr std::uint16_t kMaxMss = 0x3fff;  // what a flow can keep

}  // namespace

std::uint16_t send_mss(std::uint16_t offered, const FlowKey& tuple, std::uint16_t local) noexcept {
  const std::uint16_t absent = tuple.remote.is_v4() ? 536 : 1220;
  const std::uint16_t peer = offered != 0 ? std::max(offered, kMinMss) : absent;
  return std::min({peer, local, kMaxMss});
}

void establish(Flow& flow, Cold* cold, const Segment& seg, Context& ctx) noexcept {
  const bool fast = cold != nullptr && cold->fast_open;
  flow.state = State::established;
  if (!fast) flow.snd_una = seg.ack;
  // RFC 7323 §2.2: the window of a SYN-ACK is not scaled.
  flow.snd_wnd = std::uint32_t{seg.window}
                 << (flow.scaling && !seg.has(kSyn) && !seg.of_syn ? flow.snd_scale : 0);
  if (cold == nullptr) return;
  // RFC 6298 (5.7): after a lost SYN the first RTO for text is 3 s; no sample (Karn).
  if (cold->syn_timed_out) {
    cold->rto_ms = kRtoAfterSynTimeoutMs;
  } else {
    const auto rtt = us_of(ctx.now) - cold->syn_ack_us;
    cold->rtt.sample(rtt);
    cold->recovery.min_rtt.sample(rtt, us_of(ctx.now));
    cold->rto_ms = cold->rtt.rto_ms(cold->rto_floor_ms);
  }
  cold->retries = 0;
  cold->rto.cancel();
  cold->snd_wl1 = seg.seq;
  cold->snd_wl2 = seg.ack;
  cold->max_snd_wnd = flow.snd_wnd;
  if (!fast) begin_recovery(flow, *cold, ctx);
  // RFC 5681 §3.1: after a lost SYN the initial window is one segment.
  if (cold->syn_timed_out) cold->congestion.cwnd = effective_mss(flow);
  cold->heard = ctx.tick();
}

}  // namespace weir::tcp
