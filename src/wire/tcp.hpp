// The TCP header as it stands on the wire (RFC 9293 §3.1).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_order.hpp"

namespace weir::layout {

struct Tcp {
  Be16 source_port, destination_port;
  Be32 sequence_number;
  Be32 acknowledgment_number;
  std::uint8_t offset_reserved;  ///< data offset in units of 4 bytes, then four reserved bits
  std::uint8_t flags;
  Be16 window;
  Be16 checksum;
  Be16 urgent_pointer;

  [[nodiscard]] std::size_t header_length() const noexcept { return (offset_reserved >> 4) * 4U; }
};
static_assert(sizeof(Tcp) == 20 && alignof(Tcp) == 1);

}  // namespace weir::layout
