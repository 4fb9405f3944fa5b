// The IPv4 header in words, for both ways of writing it.
#pragma once

#include "frame/frame.hpp"
#include "wire/emit.hpp"
#include "wire/header_writer.hpp"
#include "wire/ipv4.hpp"

namespace weir {

/// Writes the header of a packet of `total` bytes at `at`, which is in the frame.
inline void write_ipv4(Frame& frame, std::uint8_t* at, std::uint32_t total, const IpHeader& ip,
                       ChecksumOffload offload) noexcept {
  constexpr std::uint8_t kVersionAndLength = 4 << 4 | sizeof(layout::Ipv4) / 4;
  HeaderWriter out(at);
  out.word(
      word_of(half_of(kVersionAndLength, ip.traffic_class), static_cast<std::uint16_t>(total)));
  out.word(word_of(ip.identification, layout::kDontFragment));
  out.word(word_of(half_of(ip.ttl, ip.protocol), std::uint16_t{0}));
  out.word(ip.source.v4_host_order());
  out.word(ip.destination.v4_host_order());
  if (offload.ipv4) {
    frame.set(kTxIpChecksum);
  } else {
    reinterpret_cast<layout::Ipv4*>(at)->header_checksum = out.sum().checksum();
  }
}

}  // namespace weir
