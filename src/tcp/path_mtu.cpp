#include "tcp/path_mtu.hpp"

#include <algorithm>

namespace weir::tcp {
namespace {

std::uint32_t headers_of(const Flow& flow) noexcept { return flow.remote.is_v4() ? 40 : 60; }

// RFC 1191 §7.1: the next lower of the sizes that are common.
std::uint32_t plateau_below(std::uint32_t mtu) noexcept {
  for (const std::uint32_t plateau : {8166U, 4352U, 2002U, 1492U, 1280U, 1006U}) {
    if (plateau < mtu) return plateau;
  }
  return kMinPathMtuV4;
}

bool narrow(Flow& flow, std::uint32_t mtu, Context& ctx) noexcept {
  const std::uint32_t least = flow.remote.is_v4() ? kMinPathMtuV4 : kMinPathMtuV6;
  const std::uint32_t mss = std::max(mtu, least) - headers_of(flow);
  if (mss >= flow.mss) return false;
  flow.mss = mss & 0x3fff;
  ctx.mib.add(Mib::TcpPathMtuReductions);
  if (Cold* cold = cold_of(flow, ctx); cold != nullptr) path_narrowed(flow, *cold, ctx);
  return true;
}

}  // namespace

bool packet_too_big(Flow& flow, Seq quoted, std::uint32_t mtu, Context& ctx) noexcept {
  // RFC 5927 §4.1: what is quoted must be on its way.
  if (quoted < flow.snd_una || quoted >= flow.snd_nxt) return false;
  // A SYN is too big for no path; text behind one may be (fast open).
  const Cold* const cold = cold_of(flow, ctx);
  if (flow.state < State::established && (cold == nullptr || !cold->fast_open)) return false;
  if (mtu == 0) mtu = plateau_below(flow.mss + headers_of(flow));
  (void)narrow(flow, mtu, ctx);
  return true;
}

// A timeout after a timeout after a timeout is more often an outage than a black hole: when the
// text has arrived the full size is tried again (end_black_hole). Should that fail too, what passed
// the first time is taken at once and kept; nothing searches upwards.
void suspect_black_hole(Flow& flow, Cold& cold, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  const auto in_flight = static_cast<std::uint32_t>(flow.snd_nxt - flow.snd_una);
  if (flow.snd_wnd < flow.mss || in_flight < effective_mss(flow)) return;
  if (r.narrow_mss != 0) {
    (void)narrow(flow, r.narrow_mss + headers_of(flow), ctx);
    return;
  }
  if (cold.retries < 2) return;
  constexpr std::uint32_t kFirstStep = 1024;
  const std::uint16_t before = flow.mss;
  if (!narrow(flow, cold.retries == 2 ? kFirstStep : kMinPathMtuV4, ctx)) return;
  if (r.wide_mss == 0) r.wide_mss = before;
}

void end_black_hole(Flow& flow, Cold& cold) noexcept {
  Recovery& r = cold.recovery;
  if (r.wide_mss == 0) return;
  r.narrow_mss = flow.mss;
  flow.mss = r.wide_mss & 0x3fff;
  r.wide_mss = 0;
}

}  // namespace weir::tcp
