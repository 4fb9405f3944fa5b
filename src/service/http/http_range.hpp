// One byte range of a request (RFC 9110 §14.1.2).
#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

struct HttpRange {
  enum class Kind : std::uint8_t {
    whole,          ///< no range, several, or one that is not understood: send everything
    part,           ///< `first` to `last`, both included
    unsatisfiable,  ///< nothing of it exists: 416
  };
  Kind kind = Kind::whole;
  std::uint64_t first = 0, last = 0;
};

/// Reads a Range field for content of `length` bytes. Several ranges are answered with the whole,
/// as RFC 9110 §14.2 allows: multipart/byteranges is work for the sender and an attack on it.
[[nodiscard]] HttpRange parse_range(std::string_view field, std::uint64_t length) noexcept;

}  // namespace weir
