// The straight line: untagged Ethernet with IPv4, which nearly all traffic is, read and written at
// once.
#pragma once

#include "wire/emit.hpp"
#include "wire/packet.hpp"

namespace weir {

/// Reads untagged Ethernet to the station `ours` and IPv4 without options and fragments, exactly as
/// parse_link and parse_ipv4 would. False for every other frame, and for each that one of them
/// would refuse: then `packet` is void and they are to be asked.
[[nodiscard]] bool parse_plain_ipv4(Frame& frame, const Mac& ours, Packet& packet) noexcept;

/// The stations of an untagged frame, as Mac::packed().
struct PlainWay {
  std::uint64_t source = 0, destination = 0;
};

/// The frame's bytes are what follows the IP header; puts IPv4 and Ethernet headers before it,
/// exactly as prepend_ip and prepend_ethernet would.
void prepend_plain_ipv4(Frame& frame, const IpHeader& ip, const PlainWay& way,
                        ChecksumOffload offload) noexcept;

}  // namespace weir
