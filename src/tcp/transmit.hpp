// What a flow has to send now, one segment at a time: windows, Nagle, probes, FIN, ACK.
#pragma once

#include "tcp/tcb.hpp"

namespace weir::tcp {

/// A segment to be built: `length` bytes of the send queue from `offset` follow the header.
struct Outgoing {
  TcpHeader header;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  bool ecn_capable = false;  ///< to be sent as ECT(0) (RFC 3168 §6.1.2)
};

/// The next segment that the flow may send, its state already advanced; false when there is none.
/// Call it only with a frame in hand, and again until it says no or the budget is spent.
[[nodiscard]] bool next_segment(Flow& flow, const ServiceSettings& service, Context& ctx,
                                Outgoing& out) noexcept;

/// Copies the text of `segment` from the send queue.
void copy_text(const Flow& flow, const Outgoing& segment, Context& ctx,
               std::span<std::uint8_t> text) noexcept;

/// The SYN-ACK of a flow in SYN-RECEIVED, once more.
[[nodiscard]] TcpHeader syn_ack_again(Flow& flow, Context& ctx) noexcept;

}  // namespace weir::tcp
