// The comparisons, and the few fields that such a segment changes.
#include "tcp/predicted.hpp"

#include "tcp/receive_tuning.hpp"

namespace weir::tcp {
namespace {

bool has_expected_timestamp(const Flow& flow, const Segment& seg) noexcept {
  if (!flow.timestamps) return true;
  return seg.options.has_timestamps &&
         static_cast<std::int32_t>(seg.options.ts_value - flow.ts_recent) >= 0;
}

bool is_predicted(const Flow& flow, const Segment& seg) noexcept {
  constexpr unsigned kCongestionExperienced = 3;
  return flow.state == State::established && !flow.has_cold && (seg.flags & ~kPsh) == kAck &&
         seg.seq == flow.rcv_nxt && seg.ack == flow.snd_nxt && !seg.text.empty() &&
         (seg.traffic_class & 3U) != kCongestionExperienced && has_expected_timestamp(flow, seg);
}

}  // namespace

bool take_predicted(Flow& flow, const Segment& seg, Context& ctx, Outbox& out) noexcept {
  if (!is_predicted(flow, seg)) return false;
  const auto length = static_cast<std::uint32_t>(seg.text.size());
  const std::uint8_t scale = rcv_scale(flow);
  const std::uint32_t window = std::uint32_t{flow.rcv_wnd} << scale;
  const Seq next = flow.rcv_nxt + length;
  if (length > window || passes_half(flow, next, receive_buffer(flow, ctx))) return false;

  flow.snd_wnd = std::uint32_t{seg.window} << (flow.scaling ? flow.snd_scale : 0);
  if (flow.timestamps && flow.ack_due == kAckNone) flow.ts_recent = seg.options.ts_value;
  flow.quiet = 0;
  flow.rcv_wnd = static_cast<std::uint16_t>((window - length + (1U << scale) - 1) >> scale);
  flow.rcv_nxt = next;
  out.text = seg.text;
  out.text_seq = seg.seq;
  out.raise(kTextReady);
  out.outcome = Outcome::of(Verdict::delivered);
  acknowledge_later(flow, ctx, out);
  return true;
}

}  // namespace weir::tcp
