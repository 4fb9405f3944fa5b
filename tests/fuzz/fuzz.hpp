// What every fuzz target begins with: the input as a program, and claims that end the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

/// The one function of a target, for libFuzzer and AFL++ alike.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace weir::fuzz {

/// Ends the process, which a fuzzer takes for a finding.
inline void must(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", claim);
  std::abort();
}

/// Reads numbers off the front of an input; behind its end all of them are zero.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : left_(data, size) {}

  [[nodiscard]] bool done() const { return left_.empty(); }
  std::uint8_t u8() {
    if (left_.empty()) return 0;
    const std::uint8_t value = left_.front();
    left_ = left_.subspan(1);
    return value;
  }
  std::uint16_t u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  std::int8_t i8() { return static_cast<std::int8_t>(u8()); }
  std::int16_t i16() { return static_cast<std::int16_t>(u16()); }
  std::size_t below(std::size_t n) { return u8() % n; }
  std::span<const std::uint8_t> take(std::size_t n) {
    const auto front = left_.first(n < left_.size() ? n : left_.size());
    left_ = left_.subspan(front.size());
    return front;
  }

 private:
  std::span<const std::uint8_t> left_;
};

}  // namespace weir::fuzz
