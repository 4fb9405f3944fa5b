// Values from one thread to another, in order, without locks.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace weir {

/// One writer, one reader; neither ever waits. Holds as many as it was made for, at least.
template <class T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit SpscRing(std::uint32_t capacity)
      : values_(std::bit_ceil(capacity)), mask_(values_.size() - 1) {}
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  /// The writer's. False when it is full.
  [[nodiscard]] bool push(const T& value) noexcept {
    const std::uint64_t at = written_.load(std::memory_order_relaxed);
    // Acquire: the reader is through with the place.
    if (at - read_.load(std::memory_order_acquire) == values_.size()) return false;
    values_[at & mask_] = value;
    written_.store(at + 1, std::memory_order_release);
    return true;
  }
  /// The reader's. False when it is empty.
  [[nodiscard]] bool pop(T& value) noexcept {
    const std::uint64_t at = read_.load(std::memory_order_relaxed);
    // Acquire: with what the writer did before.
    if (at == written_.load(std::memory_order_acquire)) return false;
    value = values_[at & mask_];
    read_.store(at + 1, std::memory_order_release);
    return true;
  }

 private:
  std::vector<T> values_;
  std::uint64_t mask_;
  alignas(64) std::atomic<std::uint64_t> written_{0};  // writer: writes, reader: reads
  alignas(64) std::atomic<std::uint64_t> read_{0};     // reader: writes, writer: reads
};

}  // namespace weir
