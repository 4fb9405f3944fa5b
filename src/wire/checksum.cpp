// Sums of eight bytes at a time, the carry added back in.
#include "wire/checksum.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace weir {
namespace {

std::uint64_t add_with_carry(std::uint64_t sum, std::uint64_t word) noexcept {
  sum += word;
  return sum + (sum < word ? 1 : 0);
}

std::uint64_t load(const std::uint8_t* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The last one to seven bytes, as if zeros followed.
std::uint64_t load_tail(const std::uint8_t* at, std::size_t size) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, size);
  return word;
}

constexpr std::uint16_t swapped_on_little_endian(std::uint16_t value) noexcept {
  if constexpr (std::endian::native == std::endian::big) return value;
  return static_cast<std::uint16_t>(value << 8 | value >> 8);
}

}  // namespace

InternetSum& InternetSum::add(std::span<const std::uint8_t> bytes) noexcept {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  // Four chains: each addition waits for the carry of the one before it.
  if (left >= 32) {
    std::uint64_t a = sum_, b = 0, c = 0, d = 0;
    for (; left >= 32; at += 32, left -= 32) {
      a = add_with_carry(a, load(at));
      b = add_with_carry(b, load(at + 8));
      c = add_with_carry(c, load(at + 16));
      d = add_with_carry(d, load(at + 24));
    }
    sum_ = add_with_carry(add_with_carry(a, b), add_with_carry(c, d));
  }
  for (; left >= 8; at += 8, left -= 8) sum_ = add_with_carry(sum_, load(at));
  if (left != 0) sum_ = add_with_carry(sum_, load_tail(at, left));
  return *this;
}

InternetSum& InternetSum::add_value(std::uint32_t host_order) noexcept {
  sum_ = add_with_carry(sum_, swapped_on_little_endian(static_cast<std::uint16_t>(host_order)));
  sum_ =
      add_with_carry(sum_, swapped_on_little_endian(static_cast<std::uint16_t>(host_order >> 16)));
  return *this;
}

std::uint16_t InternetSum::folded() const noexcept {
  std::uint64_t sum = (sum_ & 0xffffffffU) + (sum_ >> 32);
  sum = (sum & 0xffffU) + (sum >> 16);  // below 2^18
  sum = (sum & 0xffffU) + (sum >> 16);
  sum = (sum & 0xffffU) + (sum >> 16);
  return swapped_on_little_endian(static_cast<std::uint16_t>(sum));
}

// An IPv4 address is summed in its mapped form: the 0xffff in front of it is zero in ones'
// complement, and the sum is never all zeros because the protocol is not.
InternetSum pseudo_header_sum(const Address& source, const Address& destination,
                              std::uint8_t protocol, std::uint32_t length) noexcept {
  return InternetSum()
      .add(source.bytes)
      .add(destination.bytes)
      .add_value(protocol)
      .add_value(length);
}

std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t before,
                               std::uint16_t after) noexcept {
  const auto inverted = [](std::uint16_t value) { return std::uint32_t{value} ^ 0xffffU; };
  std::uint32_t sum = inverted(checksum) + inverted(before) + after;
  sum = (sum & 0xffffU) + (sum >> 16);
  sum = (sum & 0xffffU) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace weir
