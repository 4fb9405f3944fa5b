// The Internet checksum: sums, pseudo-headers, incremental update (RFC 1071, RFC 1624).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/address.hpp"
#include "base/byte_order.hpp"

namespace weir {

/// A ones' complement sum that is still growing. What is added are 32-bit words as they lie in
/// memory, so that no carry is lost before 2^32 of them, and bytes are swapped once at the end
/// (RFC 1071 §2(B), (C)).
class InternetSum {
 public:
  /// A piece of odd length must be the last one.
  InternetSum& add(std::span<const std::uint8_t> bytes) noexcept {
    const std::uint8_t* at = bytes.data();
    std::size_t left = bytes.size();
    if (left >= kLong) {
      const std::size_t whole = left / kStep * kStep;
      sum_ += sum_of_long(at, whole);
      at += whole;
      left -= whole;
    }
    for (; left >= 8; at += 8, left -= 8) {
      const auto two = load<std::uint64_t>(at);
      sum_ += (two & 0xffffffffU) + (two >> 32);
    }
    if ((left & 4) != 0) {
      sum_ += load<std::uint32_t>(at);
      at += 4;
    }
    if ((left & 2) != 0) {
      sum_ += load<std::uint16_t>(at);
      at += 2;
    }
    if ((left & 1) != 0) sum_ += on_the_wire(static_cast<std::uint16_t>(*at << 8));
    return *this;
  }
  /// Adds a 32-bit value that stands in the header in network order.
  InternetSum& add_value(std::uint32_t host_order) noexcept {
    sum_ += on_the_wire(host_order);
    return *this;
  }
  InternetSum& add(const InternetSum& other) noexcept {
    sum_ += other.sum_;
    return *this;
  }
  InternetSum& add(const Address& address) noexcept {
    for (const std::uint64_t word : {address.high(), address.low()}) {
      sum_ += (word & 0xffffffffU) + (word >> 32);
    }
    return *this;
  }

  /// Adds 32 bits as they lie in memory.
  InternetSum& add_image(std::uint32_t word) noexcept {
    sum_ += word;
    return *this;
  }

  /// Whether bytes that include their checksum are intact: their sum is a multiple of 0xffff, which
  /// is zero in ones' complement, and not all of them are zero.
  [[nodiscard]] bool is_intact() const noexcept { return sum_ % 0xffffU == 0 && sum_ != 0; }
  /// The sum as 16 bits in host order: 0xffff over intact bytes.
  [[nodiscard]] std::uint16_t folded() const noexcept {
    std::uint64_t sum = (sum_ & 0xffffffffU) + (sum_ >> 32);
    sum = (sum & 0xffffU) + (sum >> 16);  // below 2^18
    sum = (sum & 0xffffU) + (sum >> 16);
    sum = (sum & 0xffffU) + (sum >> 16);
    return on_the_wire(static_cast<std::uint16_t>(sum));
  }
  /// What a checksum field has to hold, in host order.
  [[nodiscard]] std::uint16_t checksum() const noexcept {
    return static_cast<std::uint16_t>(~folded());
  }

 private:
  static constexpr std::size_t kLong = 64;

  static constexpr std::size_t kStep = 32;

  /// The sum of the words of a multiple of kStep bytes.
  [[nodiscard]] static std::uint64_t sum_of_long(const std::uint8_t* at, std::size_t size) noexcept;

  template <class Word>
  [[nodiscard]] static Word load(const std::uint8_t* at) noexcept {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
  }

  std::uint64_t sum_ = 0;
};

/// The checksum of some bytes, in host order, to be stored in a field that was zero among them.
[[nodiscard]] inline std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) noexcept {
  return InternetSum().add(bytes).checksum();
}

/// The sum of the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1). `length` is that of the transport
/// header and its text. An IPv4 address is summed in its mapped form: the 0xffff in front of it is
/// zero in ones' complement, and the sum is never all zeros because the protocol is not.
[[nodiscard]] inline InternetSum pseudo_header_sum(const Address& source,
                                                   const Address& destination,
                                                   std::uint8_t protocol,
                                                   std::uint32_t length) noexcept {
  return InternetSum().add(source).add(destination).add_value(protocol).add_value(length);
}

/// The checksum after a 16-bit field changed (RFC 1624, equation 3). All in host order.
[[nodiscard]] std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t before,
                                             std::uint16_t after) noexcept;

}  // namespace weir
