// Resolving, asking, waiting and leaving.
#include "pipeline/sender.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "wire/arp.hpp"
#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"
#include "wire/nd.hpp"
#include "wire/plain_ipv4.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

struct Addresses {
  Address source, destination;
};
Addresses addresses_of(std::span<const std::uint8_t> packet) noexcept {
  if (packet[0] >> 4 == 6) {
    const auto& ip = *view<layout::Ipv6>(packet);
    return {Address::v6(ip.source), Address::v6(ip.destination)};
  }
  const auto& ip = *view<layout::Ipv4>(packet);
  return {Address::v4(ip.source), Address::v4(ip.destination)};
}

}  // namespace

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

std::uint32_t Sender::frames_to_send() const noexcept {
  std::uint32_t sum = 0;
  for (const TxBuffer& buffer : buffers_) sum += buffer.size();
  return sum;
}

void Sender::send_frame(Frame&& frame, std::uint8_t port) noexcept {
  if (buffers_[port].room() == 0) {
    frame.reset();
    return counters_.mib.add(Mib::TxNoRoom);
  }
  frame.set_port(port);
  buffers_[port].push(std::move(frame));
}

void Sender::leave_as_is(Frame&& frame, std::uint8_t port, const Mac& to) noexcept {
  const LocalPort& local = snapshot_->ports[port];
  const bool v6 = (frame.bytes()[0] >> 4) == 6;
  prepend_ethernet(frame, local.info.mac, to, v6 ? kEtherIpv6 : kEtherIpv4, local.vlan);
  send_frame(std::move(frame), port);
}

Refusal Sender::leave(Frame&& frame, std::uint8_t port, const Mac& to) noexcept {
  const bool fits = frame.size() <= snapshot_->ports[port].info.mtu;
  if (!fits || !frame.pool()->can_leave()) return leave_in_copies(frame, port, to);
  leave_as_is(std::move(frame), port, to);
  return std::nullopt;
}

// All fragments or none: a part of them would only cost the other side.
Refusal Sender::leave_in_copies(const Frame& packet, std::uint8_t port, const Mac& to) noexcept {
  const std::uint16_t mtu = snapshot_->ports[port].info.mtu;
  const bool whole = packet.size() <= mtu;
  const std::uint32_t n = whole ? 1 : fragments_needed(packet.bytes(), mtu);
  assert(n <= kMostOutFragments);
  // The round's other frames have one reply each, and a question to its next hop.
  if (buffers_[port].room() < n + 2 * kMaxBurst) return Drop::frames_no_room;
  std::array<Frame, kMostOutFragments> copies;
  if (pool_.allocate(copies.data(), n) != n) return Drop::frames_exhausted;
  const auto addresses = addresses_of(packet.bytes());
  const std::uint32_t id =
      whole ? 0 : identifications_.next(addresses.source, addresses.destination);
  for (std::uint32_t i = 0; i < n; ++i) {
    if (whole) {
      copies[i].place(kHeaderRoom, packet.size());
      std::memcpy(copies[i].bytes().data(), packet.bytes().data(), packet.size());
    } else {
      write_fragment(packet.bytes(), mtu, id, i, kHeaderRoom, copies[i]);
    }
    leave_as_is(std::move(copies[i]), port, to);
  }
  if (!whole) counters_.mib.add(Mib::IpFragCreates, n);
  return std::nullopt;
}

Sender::Fate Sender::send_packet(Frame&& frame, std::uint8_t port, const Address& destination,
                                 bool owes, Drop& reason) noexcept {
  const auto fate_of = [&](const Refusal& refusal) {
    if (refusal) reason = *refusal;
    return refusal ? Fate::dropped : Fate::sent;
  };
  if (destination.is_multicast()) {
    return fate_of(leave(std::move(frame), port, multicast_mac(destination)));
  }
  const auto hop = snapshot_->ports[port].next_hop(destination);
  if (!hop) {
    reason = Drop::neighbour_no_route;
    return Fate::dropped;
  }
  const auto entry = neighbour(*hop);
  if (!entry) return wait(std::move(frame), *hop, port, owes, reason);
  if (entry->state == Reachability::stale) refresh(*entry, port);
  return fate_of(leave(std::move(frame), port, entry->mac));
}

// The straight line: the packed MAC for an IPv4 destination whose next hop was looked up before and
// is not in doubt; else 0.
inline std::uint64_t Sender::plain_way(const LocalPort& local,
                                       const Address& destination) const noexcept {
  if (local.vlan != 0 || !destination.is_v4()) return 0;
  const auto hop = local.next_hop(destination);
  return hop ? neighbours_.reachable_at(places_[hop->bytes[15]], *hop) : 0;
}

Sender::Fate Sender::send_transport(Frame&& frame, std::uint8_t port, const IpHeader& ip,
                                    ChecksumOffload offload, bool owes, Drop& reason) noexcept {
  constexpr std::uint32_t kIpHeader = 20;
  const LocalPort& local = snapshot_->ports[port];
  const bool fits = frame.size() + kIpHeader <= local.info.mtu && frame.pool()->can_leave();
  const std::uint64_t to = fits ? plain_way(local, ip.destination) : 0;
  if (to != 0) {
    prepend_plain_ipv4(frame, ip, {local.info.mac.packed(), to}, offload);
    send_frame(std::move(frame), port);
    return Fate::sent;
  }
  prepend_ip(frame, ip, link_length(port), offload);
  return send_packet(std::move(frame), port, ip.destination, owes, reason);
}

std::optional<NeighbourTable::Entry> Sender::neighbour(const Address& hop) noexcept {
  std::uint16_t& place = places_[hop.bytes[15]];
  auto entry = neighbours_.at(place);
  if (entry && entry->address == hop) return entry;
  const std::uint32_t slot = neighbours_.slot_of(hop);
  if (slot == NeighbourTable::kSlots) return std::nullopt;
  place = static_cast<std::uint16_t>(slot);
  entry = neighbours_.at(slot);
  return entry && entry->address == hop ? entry : std::nullopt;  // it may have moved meanwhile
}

void Sender::refresh(const NeighbourTable::Entry& entry, std::uint8_t port) noexcept {
  Refreshed& last = refreshed_[entry.address.bytes[15]];
  if (last.hop == entry.address && now_ - last.at < kRetry) return;
  if (last.hop != entry.address && now_ - last.at < kRetry / 10) return;
  last = {entry.address, now_};
  doubts_until_ = now_ + kRetry;
  ask(entry.address, port, &entry.mac);
}

void Sender::note_progress(const Address& peer, std::uint8_t port) noexcept {
  const auto hop = snapshot_->ports[port].next_hop(peer);
  if (!hop) return;
  Refreshed& last = refreshed_[hop->bytes[15]];
  if (last.hop != *hop || last.confirmed) return;
  last.confirmed = true;
  tell({*hop, {}, port, NeighbourNews::Kind::progress, true});
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
  if (mine == nullptr && free == nullptr) free = make_room();
  if (mine == nullptr && free != nullptr) {
    mine = free;
    mine->used = true;
    mine->hop = hop;
    mine->port = port;
    mine->since = now_;
    mine->tries = 0;
    ++waiting_count_;
    try_again(*mine);
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

// Who floods us from addresses that do not exist must not keep those out who do: of a full room,
// whoever came first goes, as soon as an answer could have been there.
Sender::Waiting* Sender::make_room() noexcept {
  if (now_ < full_until_) return nullptr;
  Waiting* const oldest =
      std::min_element(waiting_.begin(), waiting_.end(),
                       [](const Waiting& a, const Waiting& b) { return a.since < b.since; });
  full_until_ = oldest->since + kMinWait;
  if (now_ < full_until_) return nullptr;
  finish_waiting(*oldest, nullptr);
  return oldest;
}

// One who was shown out may be back within the second.
void Sender::try_again(Waiting& waiting) noexcept {
  if (!asked_.may_ask(waiting.hop, now_)) {
    waiting.next_try = now_ + kRetry / 10;
    return;
  }
  ++waiting.tries;
  waiting.next_try = now_ + kRetry;
  ask(waiting.hop, waiting.port, nullptr);
}

void Sender::finish_waiting(Waiting& waiting, const Mac* mac) noexcept {
  for (std::uint32_t i = 0; i < waiting.count; ++i) {
    Frame frame = std::move(waiting.frames[i]);
    const bool owes = frame.has(kOwesVerdict);
    frame.clear(kOwesVerdict);
    if (owes) counters_.held.subtract();
    Refusal refusal = Drop::neighbour_unresolved;
    if (mac != nullptr && buffers_[waiting.port].room() != 0) {
      refusal = leave(std::move(frame), waiting.port, *mac);
    }
    if (owes && !refusal) {
      counters_.answered.add();
    } else if (owes) {
      counters_.dropped[index(*refusal)].add();
    } else if (refusal) {
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
    } else if (now_ >= w.next_try) {
      if (w.tries == kTries || now_ - w.since >= kTries * kRetry) {
        finish_waiting(w, nullptr);
      } else {
        try_again(w);
      }
    }
  }
}

void Sender::abandon_waiting() noexcept {
  for (Waiting& w : waiting_) {
    if (w.used) finish_waiting(w, nullptr);
  }
}

void Sender::inquire(const Address& destination, std::uint8_t port) noexcept {
  if (const auto hop = snapshot_->ports[port].next_hop(destination)) ask(*hop, port, nullptr);
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

// RFC 5227 §2.1.1, RFC 4862 §5.4.2: does anybody have it? From nobody, for it is not ours yet.
void Sender::probe_address(const Address& address, std::uint8_t port) noexcept {
  Frame frame = pool_.allocate();
  if (!frame || buffers_[port].room() == 0) return;
  const LocalPort& local = snapshot_->ports[port];
  if (address.is_v4()) {
    build_arp(frame, {ArpOperation::request, local.info.mac, Address::v4(0), address}, Mac{});
    prepend_ethernet(frame, local.info.mac, Mac::broadcast(), kEtherArp, local.vlan);
    return send_frame(std::move(frame), port);
  }
  NeighbourMessage message;
  message.solicitation = true;
  message.target = address;
  build_neighbour_solicitation(frame, message);
  send_neighbour_message(std::move(frame), Address{}, solicited_node(address), port);
}

// RFC 5227 §2.3, RFC 4861 §7.2.6: where it is now, for those who knew it elsewhere.
void Sender::announce_address(const Address& address, std::uint8_t port) noexcept {
  Frame frame = pool_.allocate();
  if (!frame || buffers_[port].room() == 0) return;
  const LocalPort& local = snapshot_->ports[port];
  if (address.is_v4()) {
    build_arp(frame, {ArpOperation::request, local.info.mac, address, address}, Mac{});
    prepend_ethernet(frame, local.info.mac, Mac::broadcast(), kEtherArp, local.vlan);
    return send_frame(std::move(frame), port);
  }
  static constexpr Address kAllNodes{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  NeighbourMessage message;
  message.override_flag = true;
  message.target = address;
  message.link_layer_option = local.info.mac;
  build_neighbour_advertisement(frame, message);
  send_neighbour_message(std::move(frame), address, kAllNodes, port);
}

void Sender::send_neighbour_message(Frame&& frame, const Address& source, const Address& group,
                                    std::uint8_t port) noexcept {
  const LocalPort& local = snapshot_->ports[port];
  IpHeader ip;
  ip.source = source;
  ip.destination = group;
  ip.protocol = kProtoIcmpv6;
  ip.ttl = 255;
  fill_icmp_checksum(frame, ip);
  prepend_ip(frame, ip, link_length(port), {});
  prepend_ethernet(frame, local.info.mac, multicast_mac(group), kEtherIpv6, local.vlan);
  send_frame(std::move(frame), port);
}

void Sender::ask_v4(const Address& hop, std::uint8_t port, const Mac& to) noexcept {
  const Address* source = snapshot_->ports[port].source_for(hop);
  Frame frame = pool_.allocate();
  if (source == nullptr || !frame) return;
  const LocalPort& local = snapshot_->ports[port];
  build_arp(frame, {ArpOperation::request, local.info.mac, *source, hop}, Mac{});
  prepend_ethernet(frame, local.info.mac, to, kEtherArp, local.vlan);
  counters_.mib.add(Mib::ArpRequestsSent);
  send_frame(std::move(frame), port);
}

void Sender::ask_v6(const Address& hop, std::uint8_t port, const Mac* known) noexcept {
  const Address* source = snapshot_->ports[port].source_for(hop);
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
