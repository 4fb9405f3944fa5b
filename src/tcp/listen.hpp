// LISTEN and CLOSED: what a segment without a connection leads to (RFC 9293 §3.10.7.1 and .2).
#pragma once

#include <cstdint>

#include "flow/flow.hpp"
#include "tcp/context.hpp"
#include "tcp/outbox.hpp"

namespace weir::tcp {

/// What the listener's worker knows when a segment arrives.
struct ListenState {
  bool backlog_full = false;       ///< as many half-open connections as the service may have
  bool service_full = false;       ///< as many connections as the service may have
  bool source_full = false;        ///< as many connections as one source may have
  bool table_full = false;         ///< no room for another flow
  std::uint16_t local_mss = 1460;  ///< from our own MTU (RFC 9293 MUST-67)
  /// Whether the service takes text on a SYN (RFC 7413), and has room for another such handshake.
  enum class FastOpens : std::uint8_t { refused, full, taken } fast_opens = FastOpens::refused;
};

enum class ListenAction : std::uint8_t {
  done,         ///< the outbox says all
  half_open,    ///< make a flow and call open_half
  from_cookie,  ///< the ACK carried a valid cookie: make a flow and call open_from_cookie
};

/// A segment for a listening port. `floor` is where the ISN must lie above when the SYN reopens a
/// connection from TIME-WAIT (RFC 9293 MAY-2), else nullptr.
[[nodiscard]] ListenAction listen_arrives(const Segment& seg, const FlowKey& tuple,
                                          const ListenState& state, Context& ctx,
                                          Outbox& out) noexcept;

/// Makes `flow`, fresh from the table, SYN-RECEIVED and answers with the SYN-ACK. A fast open with
/// text raises kOpened and kTextReady at once. False (and an outbox with a reason) when there is no
/// memory for it.
[[nodiscard]] bool open_half(Flow& flow, const Segment& seg, const ListenState& state,
                             const Seq* floor, Context& ctx, Outbox& out) noexcept;

/// Makes `flow` from a cookie: the caller then hands the segment to segment_arrives, in
/// SYN-RECEIVED.
void open_from_cookie(Flow& flow, const Segment& seg, const ListenState& state,
                      Context& ctx) noexcept;

/// A segment for a port without a service, or an ACK for a connection that is not there: RST, whose
/// sequence number the segment itself would accept. `refusal` names the reason.
void closed_arrives(const Segment& seg, Drop refusal, Context& ctx, Outbox& out) noexcept;

}  // namespace weir::tcp
