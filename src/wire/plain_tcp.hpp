// The straight line: the frames that nearly all traffic consists of, read and written at once.
#pragma once

#include "wire/emit.hpp"
#include "wire/tcp_header.hpp"

namespace weir {

/// Reads untagged Ethernet to the station `ours`, IPv4 without options and fragments, and TCP, into
/// a packet and a segment, exactly as parse_link, parse_ipv4 and parse_tcp would. False for every
/// other frame, and for each that one of them would refuse: then `packet` and `seg` are void and
/// the three are to be asked.
[[nodiscard]] bool parse_plain_tcp(Frame& frame, const Mac& ours, Packet& packet,
                                   Segment& seg) noexcept;

/// The stations of an untagged frame, as Mac::packed().
struct PlainWay {
  std::uint64_t source = 0, destination = 0;
};

/// The frame's bytes are the text; puts TCP, IPv4 and Ethernet headers before it, exactly as
/// prepend_tcp, prepend_ip and prepend_ethernet would.
void prepend_plain_tcp(Frame& frame, const TcpHeader& header, const IpHeader& ip,
                       const PlainWay& way, ChecksumOffload offload) noexcept;

}  // namespace weir
