// The limit: loops that do the work of a packet and nothing else. No layers, no services, no
// counters, no timers, no port; but the same checks, the same keyed hash, the same table.
#pragma once

#include <cstdint>
#include <span>

#include "flow/flow_table.hpp"
#include "frame/frame.hpp"
#include "rig.hpp"

namespace weir::bench {

/// Untagged IPv4 alone, no options but timestamps behind the handshake.
class Limit {
 public:
  Limit(std::uint32_t max_flows, bool offload);

  /// A connection in ESTABLISHED, as the rig's peers see it.
  void open(const FlowKey& key, const Peer& peer);
  /// Each SYN becomes its SYN-ACK with a cookie, in place. Returns how many were answered.
  std::uint32_t answer_syns(std::span<Frame> burst) noexcept;
  /// Each segment of an open connection becomes its ACK, in place.
  std::uint32_t answer_text(std::span<Frame> burst) noexcept;
  /// Each datagram becomes its echo, in place.
  std::uint32_t answer_datagrams(std::span<Frame> burst) noexcept;

 private:
  struct Read;
  [[nodiscard]] bool read(Frame& frame, Read& out) const noexcept;
  void reply(Frame& frame, const Read& in, std::uint32_t seq, std::uint32_t ack, std::uint8_t flags,
             std::uint32_t ts_value, bool syn) const noexcept;

  SipKey key_;
  FlowTable flows_;
  SipBurst tuples_, cookies_;
  bool offload_;
  std::uint32_t clock_ = 0;
};

}  // namespace weir::bench
