// Fragments: kept until their packet is whole, which then is received like any other.
#include <cstring>
#include <utility>

#include "ip/fragment.hpp"
#include "pipeline/pipeline.hpp"

namespace weir {
namespace {

constexpr unsigned kDatagramsARound = 16;  // whose time is over

}  // namespace

void Pipeline::receive_fragment(Packet& packet) noexcept {
  if (packet.destination.is_multicast() || !port_of(*packet.frame).owns(packet.destination)) {
    return drop(Drop::eth_group_not_ours);
  }
  if (const Refusal r = check_fragment(packet)) return refuse(packet, *r);
  Reassembler::Added added = reassembler_.add(packet, ctx_.now);
  drop_held(added.evicted, Drop::ip_fragment_no_room);
  switch (added.kind) {
    case Reassembler::Added::Kind::held:
      return count(Outcome::of(Verdict::held));
    case Reassembler::Added::Kind::refused:
      drop_held(added.ended, added.reason);
      return drop(added.reason);
    case Reassembler::Added::Kind::complete:
      // The packet's verdict is that of the fragment that made it whole; the others did their part.
      counters_.held.subtract(added.ended);
      counters_.consumed.add(added.ended);
      counters_.mib.add(Mib::IpReasmOKs);
      return receive_whole(std::move(added.whole), *packet.frame);
  }
}

// What fits into the last fragment's buffer goes on in there, so that a connection may keep it and
// another worker may have it.
void Pipeline::receive_whole(Frame&& whole, Frame& last) noexcept {
  Frame* frame = &whole;
  if (whole.size() + kHeaderRoom <= last.data_room()) {
    const std::uint8_t port = last.port();
    last.place(kHeaderRoom, whole.size());
    std::memcpy(last.bytes().data(), whole.bytes().data(), whole.size());
    last.set_flags(kReassembled);
    last.set_port(port);
    whole.reset();
    frame = &last;
  }
  Link link;
  if (const Refusal r = parse_link(*frame, link)) return drop(*r);
  // What came before it goes before it.
  take_gathered();
  if (flight_) watch_for_recorder(last);
  // The buffer may be this function's own: what is in it is done with before it ends.
  const bool gathered = std::exchange(gathers_, false);
  current_ = frame;
  receive_ip(*frame, link);
  current_ = &last;
  gathers_ = gathered;
}

void Pipeline::expire_fragments() noexcept {
  for (unsigned n = 0; n < kDatagramsARound; ++n) {
    auto expired = reassembler_.expire(ctx_.now);
    if (!expired) return;
    report_timeout(*expired);
  }
}

// RFC 792, RFC 4443 §3.3: time exceeded, if the first fragment came. It stands for that fragment.
void Pipeline::report_timeout(Reassembler::Expired& expired) noexcept {
  std::uint32_t silent = expired.fragments;
  if (expired.frame) {
    expired.first.frame = &expired.frame;
    --silent;
    counters_.held.subtract();
    const IcmpError late =
        expired.first.v6 ? IcmpError{kIcmpv6TimeExceeded, 1} : IcmpError{kIcmpTimeExceeded, 1};
    refuse_with_icmp(expired.first, late, Drop::ip_fragment_timeout, Drop::ip_fragment_timeout);
  }
  counters_.mib.add(Mib::IpReasmFails);
  drop_held(silent, Drop::ip_fragment_timeout);
}

void Pipeline::drop_held(std::uint32_t fragments, Drop reason) noexcept {
  counters_.held.subtract(fragments);
  counters_.dropped[index(reason)].add(fragments);
}

}  // namespace weir
