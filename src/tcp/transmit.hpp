// What a flow has to send now, one segment at a time: windows, Nagle, probes, FIN, ACK.
#pragma once

#include "tcp/tcb.hpp"

namespace weir::tcp {

/// A segment to be built: `length` bytes of the send queue from `offset` follow the header. Text of
/// more than `segment_size` is cut by the port.
struct Outgoing {
  TcpHeader header;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  std::uint16_t segment_size = 0;  ///< of a full segment; 0: the text is one segment
  /// How many of them the peer will see.
  [[nodiscard]] std::uint32_t segments() const noexcept {
    return segment_size == 0 ? 1 : length / segment_size;
  }
  bool ecn_capable = false;  ///< to be sent as ECT(0) (RFC 3168 §6.1.2)
};

/// What the port takes at once beyond one segment.
struct PortReach {
  std::uint32_t text = 0;     ///< bytes behind one header, cut by the port; 0: it cuts nothing
  std::uint32_t extents = 0;  ///< parts that it reads the text from where it lies; 0: none
};

/// The next segment that the flow may send, its state already advanced; false when there is none.
/// Call it only with a frame in hand, and again until it says no or the budget is spent.
[[nodiscard]] bool next_segment(Flow& flow, const ServiceSettings& service, const PortReach& reach,
                                Context& ctx, Outgoing& out) noexcept;

/// Whether the port can read the text of `segment` where it lies, and is better off with that.
[[nodiscard]] bool in_reach(const Flow& flow, const Outgoing& segment, const PortReach& reach,
                            Context& ctx) noexcept;
/// Then this hangs it on the frame; false when buffers ran out: the segment is lost on its way.
[[nodiscard]] bool attach_text(const Flow& flow, const Outgoing& segment, Context& ctx,
                               Frame& frame) noexcept;
/// Copies the text of `segment` from the send queue.
void copy_text(const Flow& flow, const Outgoing& segment, Context& ctx,
               std::span<std::uint8_t> text) noexcept;

/// The SYN-ACK of a flow in SYN-RECEIVED, once more.
[[nodiscard]] TcpHeader syn_ack_again(Flow& flow, Context& ctx) noexcept;

}  // namespace weir::tcp
