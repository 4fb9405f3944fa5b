// Cutting frames into fragments and putting ours together, by code of the tests' own.
#pragma once

#include <deque>
#include <vector>

#include "support/sent.hpp"

namespace weir::test {

/// What a fragment says of itself. `offset` in bytes.
struct Piece {
  std::uint32_t offset = 0;
  bool more = true;
  std::uint32_t identification = 0x0102;
};

/// One fragment with that text; IPv6 with a Fragment header that names `protocol`.
[[nodiscard]] Octets fragment_frame(const Ends& ends, std::uint8_t protocol, const Piece& piece,
                                    std::span<const std::uint8_t> text);
/// The frame of a whole packet, without IPv4 options or extension headers, in pieces of `each`
/// bytes of text (a multiple of 8), in order.
[[nodiscard]] std::vector<Octets> fragments_of(const Octets& frame, std::size_t each = 1448,
                                               std::uint32_t identification = 0x0102);
/// The packet of which `sent` are the fragments, all of them and nothing else, read as if it had
/// been sent whole.
[[nodiscard]] Sent joined(const std::deque<Sent>& sent);

}  // namespace weir::test
