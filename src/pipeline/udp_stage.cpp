// UDP: a datagram to its service, and the service's answer in the frame that asked (RFC 768); what
// it sends at other times.
#include <algorithm>
#include <cstring>

#include "pipeline/pipeline.hpp"
#include "pipeline/service_outlet.hpp"

namespace weir {
namespace {

// Services that answer whatever they are sent: two of them would talk for ever (CVE-2024-2169).
constexpr bool answers_anything(std::uint16_t port) noexcept {
  return port == 7 || port == 13 || port == 17 || port == 19;
}

}  // namespace

void Pipeline::receive_udp(const Packet& packet) noexcept {
  UdpHeader udp;
  if (const Refusal r = parse_udp(packet, udp)) return drop(*r);
  const std::uint16_t local =
      listener_for(Transport::udp, packet.destination, udp.destination_port);
  if (local == kNoListener) {
    counters_.mib.add(Mib::UdpNoPorts);
    const IcmpError unreachable = packet.v6 ? IcmpError{kIcmpv6Unreachable, 4}  // RFC 4443 §3.1
                                            : IcmpError{kIcmpUnreachable, 3};  // RFC 1122 §4.1.3.1
    return refuse_with_icmp(packet, unreachable, Drop::udp_no_listener, Drop::udp_no_listener);
  }
  const std::uint16_t number = snapshot_->listeners[local].service;
  UdpService* const service = services_[number].udp.get();
  if (service == nullptr) return drop(Drop::udp_no_listener);  // a replay does not have modules
  if (service->answers_anything() && answers_anything(udp.source_port)) {
    return drop(Drop::udp_echo_loop);
  }
  counters_.mib.add(Mib::UdpInDatagrams);
  counters_.services[number].datagrams.add();
  Frame& frame = *packet.frame;
  const auto text_at = static_cast<std::uint16_t>(udp.text.data() - frame.bytes().data());
  const auto text_length = static_cast<std::uint16_t>(udp.text.size());
  frame.trim_front(text_at);
  frame.trim_to(text_length);
  const std::size_t longest = service->longest_reply();
  if (longest > text_length) {
    frame.append(
        static_cast<std::uint32_t>(std::min<std::size_t>(longest - text_length, frame.tailroom())));
  }
  ServiceOutlet outlet(*this, number);
  const Datagram datagram{udp.text,        packet.source,        packet.destination,
                          udp.source_port, udp.destination_port, ctx_.now,
                          &outlet};
  const std::int32_t length = service->on_datagram(datagram, frame.bytes());
  if (length < 0) return count(Outcome::of(Verdict::delivered));

  frame.trim_to(std::min(static_cast<std::uint32_t>(length), frame.size()));
  IpHeader ip;
  ip.source = packet.destination;  // RFC 1122 §4.1.3.5: from the address that was asked
  ip.destination = packet.source;
  ip.protocol = kProtoUdp;
  ip.ttl = snapshot_->ttl;
  if (packet.v6) ip.flow_label = flow_label({packet.source, udp.source_port, local});
  const std::uint8_t port = frame.port();
  const ChecksumOffload offload = sender_.offload(port, frame);
  prepend_udp(frame, udp.destination_port, udp.source_port, ip, offload);
  counters_.mib.add(Mib::UdpOutDatagrams);
  Drop reason{};
  const auto fate = sender_.send_transport(std::move(frame), port, ip, offload, true, reason);
  count_reply(fate, Outcome::of(Verdict::answered), reason);
}

// Text that a service has at another time than its peer's, from one of its own places.
bool Pipeline::ServiceOutlet::send(const UdpPath& path,
                                   std::span<const std::uint8_t> text) noexcept {
  const Snapshot& snapshot = *pipeline_.snapshot_;
  const std::uint16_t local = snapshot.listeners.find(Transport::udp, path.local, path.local_port);
  if (local == kNoListener || snapshot.listeners[local].service != service_) return false;
  if (pipeline_.sender_.room() <= Sender::kRoomForReplies) return false;
  return pipeline_.send_datagram(local, path.remote, path.remote_port, text, now());
}

void Pipeline::ServiceOutlet::set_timeout(Duration delay) noexcept {
  std::optional<Tick>& due = pipeline_.services_[service_].udp_due;
  due.reset();
  if (delay <= Duration::zero()) return;
  due = pipeline_.ctx_.tick() + to_ms(delay);
  std::optional<Tick>& next = pipeline_.udp_due_;
  if (!next || *due < *next) next = due;
}

// A service may put its timer off: then the round for which it was meant finds nobody.
void Pipeline::wake_udp_services() noexcept {
  if (!udp_due_ || *udp_due_ > ctx_.tick()) return;
  udp_due_.reset();
  for (std::uint16_t i = 0; i < services_.size(); ++i) {
    std::optional<Tick>& due = services_[i].udp_due;
    if (due && *due <= ctx_.tick()) {
      due.reset();
      ServiceOutlet outlet(*this, i);
      services_[i].udp->on_timeout(outlet);
    }
    if (due && (!udp_due_ || *due < *udp_due_)) udp_due_ = due;
  }
}

bool Pipeline::send_datagram(std::uint16_t local, const Address& remote, std::uint16_t remote_port,
                             std::span<const std::uint8_t> text, Instant now) noexcept {
  const Listener& place = snapshot_->listeners[local];
  if (remote.is_v4() != place.address.is_v4()) return false;
  ctx_.now = now;
  sender_.set_now(now);
  Frame frame = pool_.allocate();
  if (!frame) return counters_.mib.add(Mib::TxNoFrames), false;
  frame.place(kHeaderRoom, 0);
  if (text.size() > frame.tailroom()) return false;
  const auto length = static_cast<std::uint32_t>(text.size());
  if (length != 0) std::memcpy(frame.append(length), text.data(), length);
  IpHeader ip;
  ip.source = place.address;
  ip.destination = remote;
  ip.protocol = kProtoUdp;
  ip.ttl = snapshot_->ttl;
  if (!remote.is_v4()) ip.flow_label = flow_label({remote, remote_port, local});
  const std::uint8_t port = listener_ports_[local];
  const ChecksumOffload offload = sender_.offload(port, frame);
  prepend_udp(frame, place.port, remote_port, ip, offload);
  counters_.mib.add(Mib::UdpOutDatagrams);
  Drop reason{};
  return sender_.send_transport(std::move(frame), port, ip, offload, false, reason) !=
         Sender::Fate::dropped;
}

}  // namespace weir
