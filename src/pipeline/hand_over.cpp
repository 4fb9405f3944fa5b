// Which worker a frame belongs to, where the port does not know.
#include "pipeline/pipeline.hpp"

namespace weir {

// Ownership costs a hash only where a port does not spread flows by itself.
bool Pipeline::hand_over(const Packet& packet) noexcept {
  Frame& frame = *packet.frame;
  if (ownership_.workers == 1 || packet.l4_length < 4) return false;
  if (port_of(frame).info.rss && frame.has(kRxRssHash)) {
    return hand_to(frame, ownership_.owners->worker_of(frame.rss_hash()));
  }
  const auto l4 = packet.l4();
  const auto port_at = [&](std::size_t i) {
    return static_cast<std::uint16_t>(l4[i] << 8 | l4[i + 1]);
  };
  return hand_over(frame, {packet.source, packet.destination, port_at(0), port_at(2)});
}

bool Pipeline::hand_over(Frame& frame, const ReceivedTuple& tuple) noexcept {
  if (ownership_.workers == 1) return false;
  const std::uint32_t hash = (*ownership_.hash)(tuple.source, tuple.destination, tuple.source_port,
                                                tuple.destination_port);
  return hand_to(frame, ownership_.owners->worker_of(hash));
}

bool Pipeline::owns(std::uint16_t local, const Address& remote,
                    std::uint16_t remote_port) const noexcept {
  if (ownership_.workers == 1) return true;
  const Listener& place = snapshot_->listeners[local];
  const std::uint32_t hash = (*ownership_.hash)(remote, place.address, remote_port, place.port);
  return ownership_.owners->worker_of(hash) == ownership_.self;
}

bool Pipeline::hand_to(Frame& frame, std::uint16_t owner) noexcept {
  if (frame.has(kHandedOver)) return false;
  if (owner == ownership_.self) return false;
  // It counts as received at its owner.
  counters_.received.subtract();
  counters_.handoff_out.add();
  frame.set(kHandedOver);
  strays_[owner].push(std::move(frame));
  return true;
}

}  // namespace weir
