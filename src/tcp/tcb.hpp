// The transmission control block as the steps see it: windows, headers, timers, the cold object.
#pragma once

#include <cstdint>

#include "flow/flow.hpp"
#include "tcp/context.hpp"
#include "tcp/outbox.hpp"
#include "tcp/receive_tuning.hpp"

namespace weir::tcp {

/// Timestamps take 12 bytes of each segment (RFC 7323 §3.2, Appendix A).
[[nodiscard]] inline std::uint32_t effective_mss(const Flow& flow) noexcept {
  return flow.mss - (flow.timestamps ? 12U : 0U);
}
[[nodiscard]] inline std::uint8_t rcv_scale(const Flow& flow) noexcept {
  return flow.scaling ? kRcvScale : std::uint8_t{0};
}
[[nodiscard]] inline Cold* cold_of(const Flow& flow, Context& ctx) noexcept {
  return flow.has_cold ? &ctx.cold[flow.cold_or_rtt] : nullptr;
}
[[nodiscard]] inline bool is_synchronized(State state) noexcept {
  return state >= State::established;
}
/// States in which the peer's FIN has been received.
[[nodiscard]] inline bool peer_has_closed(State state) noexcept {
  return state == State::close_wait || state == State::closing || state == State::last_ack ||
         state == State::time_wait;
}
/// In TIME-WAIT, or beyond LAST-ACK, with text that its service has still to read: then it hears of
/// the end behind that.
[[nodiscard]] inline bool lingers(const Flow& flow) noexcept {
  return flow.state == State::time_wait && flow.has_cold;
}
/// States in which our side may still queue text.
[[nodiscard]] inline bool may_send(State state) noexcept {
  return state == State::syn_received || state == State::established || state == State::close_wait;
}

/// The flow's cold object, made if need be; nullptr when the slab is full.
[[nodiscard]] Cold* ensure_cold(Flow& flow, Context& ctx) noexcept;
/// A new floor for the RTOs that are worked out from here on.
void draw_rto_floor(Cold& cold, Context& ctx) noexcept;
/// Gives the cold object back when nothing needs it; folds what survives into the flow.
void settle(Flow& flow, Context& ctx) noexcept;
/// Drops the cold object and all that it holds; returns the held frames that never got a verdict.
std::uint32_t discard_cold(Flow& flow, Context& ctx) noexcept;

/// What the receive buffer has grown to, in bytes; no more than can be offered.
[[nodiscard]] inline std::uint32_t receive_buffer(const Flow& flow, const Context& ctx) noexcept {
  const Settings& s = ctx.settings;
  return std::min(tuned_buffer(flow, s.receive_buffer, s.receive_buffer_max),
                  0xffffU << rcv_scale(flow));
}
/// RCV.WND: what may be accepted from rcv.nxt on, in bytes.
[[nodiscard]] std::uint32_t receive_window(const Flow& flow, Context& ctx) noexcept;
/// Whether text in order waits for the service.
[[nodiscard]] bool has_unread(const Flow& flow, Context& ctx) noexcept;
/// Text up to `rcv_nxt` was accepted: the window's right edge stays where it is.
void advance_receive(Flow& flow, Seq rcv_nxt, Context& ctx) noexcept;
/// Whether the service has read so much that the peer should hear of it (RFC 9293 §3.8.6.2.2).
[[nodiscard]] bool window_update_due(const Flow& flow, Context& ctx) noexcept;

/// Text in order was accepted: acknowledges it now or soon (RFC 9293 MUST-40, SHLD-19).
void acknowledge_later(Flow& flow, Context& ctx, Outbox& out) noexcept;

/// The header of a segment of this flow: ACK, window and timestamps as they are now. Offering the
/// window moves its right edge; whatever acknowledgement was due is done by sending it.
[[nodiscard]] TcpHeader make_header(Flow& flow, Seq seq, std::uint8_t flags, Context& ctx) noexcept;
/// An ACK at snd.nxt, with SACK blocks where there are gaps.
[[nodiscard]] TcpHeader make_ack(Flow& flow, Context& ctx) noexcept;
/// The same, reporting first that [left, right) came a second time (RFC 2883 §4).
[[nodiscard]] TcpHeader make_ack(Flow& flow, SackBlock duplicate, Context& ctx) noexcept;

/// Answers with an ACK (RFC 5961 calls it a challenge), or counts why not: one in 500 ms a flow.
void challenge(Flow& flow, Drop reason, Context& ctx, Outbox& out) noexcept;
/// The flow is CLOSED from here on; the pipeline tells the service and frees it.
void end(Flow& flow, EndReason reason, Context& ctx, Outbox& out) noexcept;
/// Sends an RST that the peer accepts and ends the flow.
void reset_and_end(Flow& flow, EndReason reason, Context& ctx, Outbox& out) noexcept;
/// ESTABLISHED or whatever → TIME-WAIT; starts 2 MSL. Text that the service has not read stays.
void enter_time_wait(Flow& flow, Context& ctx, Outbox& out) noexcept;

/// Of a flow that lingers(): its text has been read, or never will be; plain TIME-WAIT follows.
void end_lingering(Flow& flow, EndReason reason, Context& ctx, Outbox& out) noexcept;

/// Where nothing ends an idle connection it is looked at so often, which keeps Tick's comparisons
/// in range; three looks are the 24 days after which PAWS must not be trusted (RFC 7323 §5.5).
inline constexpr std::uint32_t kQuietStepMs = 8 * 86'400'000U;
inline constexpr unsigned kQuietTooLong = 3;

/// Whether a silent peer is probed before it is given up: of an open connection, if the service
/// wants it.
[[nodiscard]] inline bool keep_alive_comes_first(const Flow& flow,
                                                 const ServiceSettings& service) noexcept {
  const std::uint32_t keep = service.keep_alive_ms;
  const bool open = flow.state == State::established || flow.state == State::close_wait;
  return open && keep != 0 && (service.idle_ms == 0 || keep < service.idle_ms);
}

/// To be called once after each segment, timer and service call: settles the flow and works out
/// when it wants to be looked at next (Flow::deadline).
void finish(Flow& flow, const ServiceSettings& service, Context& ctx) noexcept;

}  // namespace weir::tcp
