// Echo requests of our own, for an operator who asks whether somebody is there.
#include <numeric>

#include "pipeline/pipeline.hpp"
#include "wire/icmp.hpp"
#include "wire/view.hpp"

namespace weir {

bool Pipeline::send_echo_request(const EchoRequest& request, Instant now) noexcept {
  constexpr std::uint32_t kText = 56;  // as ping(8) has it
  ctx_.now = now;
  sender_.set_now(now);
  Frame frame = pool_.allocate();
  if (!frame) return counters_.mib.add(Mib::TxNoFrames), false;
  frame.place(kHeaderRoom, 0);
  const bool v4 = request.destination.is_v4();
  auto& icmp = layout_at<layout::Icmp>(frame.append(sizeof(layout::Icmp)));
  icmp.type = v4 ? std::uint8_t{kIcmpEchoRequest} : std::uint8_t{kIcmpv6EchoRequest};
  icmp.code = 0;
  icmp.checksum = 0;
  icmp.rest = std::uint32_t{request.identifier} << 16 | request.sequence;
  std::uint8_t* const text = frame.append(kText);
  std::iota(text, text + kText, std::uint8_t{0});
  IpHeader ip;
  ip.source = request.source;
  ip.destination = request.destination;
  ip.protocol = v4 ? std::uint8_t{kProtoIcmp} : std::uint8_t{kProtoIcmpv6};
  ip.ttl = snapshot_->ttl;
  fill_icmp_checksum(frame, ip);
  prepend_ip(frame, ip, sender_.link_length(request.port), sender_.offload(request.port, frame));
  Drop reason{};
  return sender_.send_packet(std::move(frame), request.port, request.destination, false, reason) !=
         Sender::Fate::dropped;
}

void Pipeline::receive_echo_reply(const IcmpHeader& icmp) noexcept {
  const unsigned identifier = icmp.rest[0] << 8U | icmp.rest[1];
  if (expected_echo_ == 0 || identifier != expected_echo_) return drop(Drop::icmp_unknown_type);
  count(Outcome::of(Verdict::consumed));
}

}  // namespace weir
