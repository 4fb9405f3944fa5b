// Resolving, asking, waiting and leaving.
#include "pipeline/sender.hpp"

#include <algorithm>

#include "wire/arp.hpp"
#include "wire/icmp.hpp"
#include "wire/nd.hpp"

namespace weir {

void Sender::use(const Snapshot& snapshot) {
  snapshot_ = &snapshot;
  if (buffers_.size() < snapshot.ports.size()) buffers_.resize(snapshot.ports.size());
  news_.reserve(256);
}

std::uint32_t Sender::room() const noexcept {
  std::uint32_t least = TxBuffer::kCapacity;
  for (const TxBuffer& buffer : buffers_) least = std::min(least, buffer.room());
  return least;
}

void Sender::send_frame(Frame&& frame, std::uint8_t port) noexcept {
  frame.set_port(port);
  buffers_[port].push(std::move(frame));
}

void Sender::leave(Frame&& frame, std::uint8_t port, const Mac& to) noexcept {
  const LocalPort& local = snapshot_->ports[port];
  const bool v6 = (frame.bytes()[0] >> 4) == 6;
  prepend_ethernet(frame, local.info.mac, to, v6 ? kEtherIpv6 : kEtherIpv4, local.vlan);
  send_frame(std::move(frame), port);
}

Sender::Fate Sender::send_packet(Frame&& frame, std::uint8_t port, const Address& destination,
                                 bool owes, Drop& reason) noexcept {
  if (destination.is_multicast()) {
    leave(std::move(frame), port, multicast_mac(destination));
    return Fate::sent;
  }
  const auto hop = snapshot_->ports[port].next_hop(destination);
  if (!hop) {
    reason = Drop::neighbour_no_route;
    return Fate::dropped;
  }
  const auto entry = neighbours_.find(*hop);
  if (!entry) return wait(std::move(frame), *hop, port, owes, reason);
  if (entry->state == Reachability::stale) refresh(*entry, port);
  leave(std::move(frame), port, entry->mac);
  return Fate::sent;
}

void Sender::refresh(const NeighbourTable::Entry& entry, std::uint8_t port) noexcept {
  Refreshed& last = refreshed_[entry.address.bytes[15]];
  if (last.hop == entry.address && now_ - last.at < kRetry) return;
  if (last.hop != entry.address && now_ - last.at < kRetry / 10) return;
  last = {entry.address, now_};
  ask(entry.address, port, &entry.mac);
}

Sender::Fate Sender::wait(Frame&& frame, const Address& hop, std::uint8_t port, bool owes,
                          Drop& reason) noexcept {
  Waiting* free = nullptr;
  Waiting* mine = nullptr;
  for (Waiting& w : waiting_) {
    if (!w.used) {
      if (free == nullptr) free = &w;
    } else if (w.hop == hop && w.port == port) {
      mine = &w;
      break;
    }
  }
  if (mine == nullptr && free != nullptr) {
    mine = free;
    mine->used = true;
    mine->hop = hop;
    mine->port = port;
    mine->tries = 1;
    mine->asked = now_;
    ++waiting_count_;
    ask(hop, port, nullptr);
  }
  if (mine == nullptr || mine->count == kMaxWaitingFrames) {
    reason = Drop::neighbour_queue_full;
    if (!owes) counters_.mib.add(Mib::TxUnresolved);
    return Fate::dropped;
  }
  if (owes) frame.set(kOwesVerdict);
  mine->frames[mine->count++] = std::move(frame);
  return Fate::waits;
}

void Sender::finish_waiting(Waiting& waiting, const Mac* mac) noexcept {
  for (std::uint32_t i = 0; i < waiting.count; ++i) {
    Frame frame = std::move(waiting.frames[i]);
    const bool owes = frame.has(kOwesVerdict);
    frame.clear(kOwesVerdict);
    if (owes) counters_.held.subtract();
    if (mac != nullptr && buffers_[waiting.port].room() != 0) {
      if (owes) counters_.answered.add();
      leave(std::move(frame), waiting.port, *mac);
    } else if (owes) {
      counters_.dropped[index(Drop::neighbour_unresolved)].add();
    } else {
      counters_.mib.add(Mib::TxUnresolved);
    }
  }
  waiting.count = 0;
  waiting.used = false;
  --waiting_count_;
}

void Sender::serve_waiting() noexcept {
  if (waiting_count_ == 0 || now_ - served_ < 1ms) return;
  served_ = now_;
  for (Waiting& w : waiting_) {
    if (!w.used) continue;
    if (const auto entry = neighbours_.find(w.hop); entry) {
      finish_waiting(w, &entry->mac);
    } else if (now_ - w.asked >= kRetry) {
      if (w.tries == kTries) {
        finish_waiting(w, nullptr);
      } else {
        ++w.tries;
        w.asked = now_;
        ask(w.hop, w.port, nullptr);
      }
    }
  }
}

void Sender::abandon_waiting() noexcept {
  for (Waiting& w : waiting_) {
    if (w.used) finish_waiting(w, nullptr);
  }
}

const Address* Sender::source_for(std::uint8_t port, const Address& hop) const noexcept {
  const Address* any = nullptr;
  for (const Prefix& prefix : snapshot_->ports[port].addresses) {
    if (prefix.address.is_v4() != hop.is_v4()) continue;
    if (prefix.contains(hop)) return &prefix.address;
    if (any == nullptr) any = &prefix.address;
  }
  return any;
}

void Sender::ask(const Address& hop, std::uint8_t port, const Mac* known) noexcept {
  if (buffers_[port].room() == 0) return;
  if (hop.is_v4()) {
    ask_v4(hop, port, known != nullptr ? *known : Mac::broadcast());
  } else {
    ask_v6(hop, port, known);
  }
  tell({hop, {}, port, NeighbourNews::Kind::asked, true});
}

void Sender::ask_v4(const Address& hop, std::uint8_t port, const Mac& to) noexcept {
  const Address* source = source_for(port, hop);
  Frame frame = pool_.allocate();
  if (source == nullptr || !frame) return;
  const LocalPort& local = snapshot_->ports[port];
  build_arp(frame, {ArpOperation::request, local.info.mac, *source, hop}, Mac{});
  prepend_ethernet(frame, local.info.mac, to, kEtherArp, local.vlan);
  counters_.mib.add(Mib::ArpRequestsSent);
  send_frame(std::move(frame), port);
}

void Sender::ask_v6(const Address& hop, std::uint8_t port, const Mac* known) noexcept {
  const Address* source = source_for(port, hop);
  Frame frame = pool_.allocate();
  if (source == nullptr || !frame) return;
  const LocalPort& local = snapshot_->ports[port];
  NeighbourMessage message;
  message.solicitation = true;
  message.target = hop;
  message.link_layer_option = local.info.mac;
  build_neighbour_solicitation(frame, message);
  IpHeader ip;
  ip.source = *source;
  ip.destination = known != nullptr ? hop : solicited_node(hop);
  ip.protocol = kProtoIcmpv6;
  ip.ttl = 255;
  fill_icmp_checksum(frame, ip);
  prepend_ip(frame, ip, link_length(port), {});
  prepend_ethernet(frame, local.info.mac, known != nullptr ? *known : multicast_mac(ip.destination),
                   kEtherIpv6, local.vlan);
  counters_.mib.add(Mib::NdSolicitationsSent);
  send_frame(std::move(frame), port);
}

}  // namespace weir
