// The IPv6 header and its extension headers as they stand on the wire (RFC 8200 §3, §4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/byte_order.hpp"

namespace weir::layout {

struct Ipv6 {
  Be32 version_class_flow;  ///< version 4 bits, traffic class 8, flow label 20
  Be16 payload_length;
  std::uint8_t next_header;
  std::uint8_t hop_limit;
  std::array<std::uint8_t, 16> source, destination;

  [[nodiscard]] unsigned version() const noexcept { return version_class_flow >> 28; }
  [[nodiscard]] std::uint8_t traffic_class() const noexcept {
    return static_cast<std::uint8_t>(version_class_flow >> 20);
  }
};
static_assert(sizeof(Ipv6) == 40 && alignof(Ipv6) == 1);

/// The first eight bytes of every extension header; most of them are no longer than that.
struct Ipv6Extension {
  std::uint8_t next_header;
  std::uint8_t length;  ///< in units of 8 bytes, the first 8 not counted; reserved in a Fragment
  /// Fragment header: offset 13 bits, reserved 2, M 1. Routing header: type, segments left.
  Be16 detail;
  Be32 rest;

  [[nodiscard]] std::size_t size() const noexcept { return 8U + length * 8U; }
  [[nodiscard]] std::uint8_t segments_left() const noexcept {
    return static_cast<std::uint8_t>(detail);
  }
  [[nodiscard]] bool is_atomic_fragment() const noexcept { return (detail & 0xfff9U) == 0; }
};
static_assert(sizeof(Ipv6Extension) == 8);

}  // namespace weir::layout
