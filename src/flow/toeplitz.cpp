// Building the tables of the Toeplitz hash, and looking inputs up in them.
#include "flow/toeplitz.hpp"

#include <algorithm>
#include <stdexcept>

namespace weir {
namespace {

// The 32 bits of the key that begin at this bit; the first bit is the highest.
std::uint32_t key_bits(std::span<const std::uint8_t> key, std::size_t bit) noexcept {
  std::uint64_t five_bytes = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    const std::size_t at = bit / 8 + i;
    five_bytes = five_bytes << 8 | (at < key.size() ? key[at] : 0U);
  }
  return static_cast<std::uint32_t>(five_bytes >> (8 - bit % 8));
}

}  // namespace

Toeplitz::Toeplitz(std::span<const std::uint8_t> key) {
  if (key.size() < kMinKey) throw std::invalid_argument("an RSS key has at least 40 bytes");
  for (std::size_t half = 0; half < sums_.size(); ++half) {
    for (unsigned value = 0; value < 16; ++value) {
      std::uint32_t sum = 0;
      for (unsigned bit = 0; bit < 4; ++bit) {
        if ((value >> (3 - bit) & 1) != 0) sum ^= key_bits(key, half * 4 + bit);
      }
      sums_[half][value] = sum;
    }
  }
}

std::uint32_t Toeplitz::operator()(const Address& source, const Address& destination,
                                   std::uint16_t source_port,
                                   std::uint16_t destination_port) const noexcept {
  std::uint32_t hash = 0;
  std::size_t half = 0;
  const auto add = [&](std::uint8_t byte) noexcept {
    hash ^= sums_[half][byte >> 4] ^ sums_[half + 1][byte & 0xf];
    half += 2;
  };
  const std::size_t skipped = source.is_v4() && destination.is_v4() ? 12 : 0;
  for (std::size_t i = skipped; i < 16; ++i) add(source.bytes[i]);
  for (std::size_t i = skipped; i < 16; ++i) add(destination.bytes[i]);
  for (const std::uint16_t port : {source_port, destination_port}) {
    add(static_cast<std::uint8_t>(port >> 8));
    add(static_cast<std::uint8_t>(port));
  }
  return hash;
}

Owners Owners::spread(std::uint16_t workers, std::size_t nic_entries) noexcept {
  std::array<std::uint16_t, kEntries> table;
  for (std::size_t i = 0; i < kEntries; ++i) {
    table[i] = static_cast<std::uint16_t>(i % std::min(nic_entries, kEntries) % workers);
  }
  return Owners(table);
}

}  // namespace weir
