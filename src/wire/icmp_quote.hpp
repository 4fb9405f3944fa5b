// What an ICMP error quotes of a segment that we sent.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.hpp"
#include "base/seq.hpp"
#include "wire/icmp.hpp"

namespace weir {

/// The start of a TCP segment as it left: source is ours. Eight bytes behind the IP header are
/// enough, and all that a router need quote (RFC 792).
struct QuotedSegment {
  Address source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
  Seq seq;
};

/// The quoted segment of an error, or nothing when it quotes anything else: not TCP, a later
/// fragment, extension headers (we send none), too little, or the other family.
[[nodiscard]] std::optional<QuotedSegment> read_quote(const IcmpHeader& error, bool v6) noexcept;

}  // namespace weir
