// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014):
// eight bytes of state, any seed will do. Not for secrets.
#pragma once

#include <cstdint>

namespace weir {

class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] std::uint64_t next() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
  }
  /// From 0 to `most`.
  [[nodiscard]] std::uint32_t up_to(std::uint32_t most) noexcept {
    return static_cast<std::uint32_t>((next() >> 32) * (std::uint64_t{most} + 1) >> 32);
  }

 private:
  std::uint64_t state_;
};

}  // namespace weir
