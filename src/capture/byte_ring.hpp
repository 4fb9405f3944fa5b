// Records of any length from one thread to another, without locks.
#pragma once

#include <atomic>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/mapped_memory.hpp"

namespace weir {

/// One writer, one reader. A record lies in one piece, aligned to 8 bytes. What is written is the
/// reader's only once it is published, so that the writer may think better of it.
class ByteRing {
 public:
  using Position = std::uint64_t;

  /// `bytes` is a power of two, 4 KiB at least; memory is taken as it is written to.
  explicit ByteRing(std::size_t bytes) : memory_(bytes), mask_(bytes - 1) {
    assert((bytes & mask_) == 0 && bytes >= 4096);
  }

  // The writer.

  /// Room for a record of that many bytes after those written before; empty when there is none.
  [[nodiscard]] std::span<std::uint8_t> reserve(std::uint32_t bytes) noexcept {
    const std::uint64_t need = kHeader + padded(bytes);
    const std::uint64_t to_end = capacity() - (written_ & mask_);
    const std::uint64_t skip = need > to_end ? to_end : 0;
    // Acquire: the reader is through with what it gave back.
    const Position read = read_.load(std::memory_order_acquire);
    if (written_ + skip + need - read > capacity()) return {};
    if (skip != 0) put_length(written_, kSkip);
    written_ += skip;
    put_length(written_, bytes);
    std::uint8_t* const at = base() + (written_ & mask_) + kHeader;
    written_ += need;
    return {at, bytes};
  }
  /// Where the last reserved record ends.
  [[nodiscard]] Position position() const noexcept { return written_; }
  /// Gives the reader everything up to there. Release: with what is in it.
  void publish(Position until) noexcept { published_.store(until, std::memory_order_release); }
  /// Forgets what was reserved since `back`, which is not before the last publish().
  void rewind(Position back) noexcept { written_ = back; }

  // The reader.

  /// The oldest record, or nothing; it stays until pop().
  [[nodiscard]] std::span<const std::uint8_t> front() noexcept {
    const Position end = published_.load(std::memory_order_acquire);
    Position at = read_.load(std::memory_order_relaxed);
    if (at == end) return {};
    if (length_at(at) == kSkip) {
      at += capacity() - (at & mask_);
      read_.store(at, std::memory_order_release);
      if (at == end) return {};
    }
    return {base() + (at & mask_) + kHeader, length_at(at)};
  }
  /// There was a front().
  void pop() noexcept {
    const Position at = read_.load(std::memory_order_relaxed);
    read_.store(at + kHeader + padded(length_at(at)), std::memory_order_release);
  }

 private:
  static constexpr std::uint64_t kHeader = 8;
  static constexpr std::uint32_t kSkip = ~std::uint32_t{0};  // the rest up to the end is no record

  [[nodiscard]] static constexpr std::uint64_t padded(std::uint64_t n) noexcept {
    return (n + 7) & ~std::uint64_t{7};
  }
  [[nodiscard]] std::uint64_t capacity() const noexcept { return mask_ + 1; }
  [[nodiscard]] std::uint8_t* base() const noexcept {
    return static_cast<std::uint8_t*>(memory_.data());
  }
  void put_length(Position at, std::uint32_t bytes) noexcept {
    std::memcpy(base() + (at & mask_), &bytes, sizeof bytes);
  }
  [[nodiscard]] std::uint32_t length_at(Position at) const noexcept {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, base() + (at & mask_), sizeof bytes);
    return bytes;
  }

  MappedMemory memory_;
  std::uint64_t mask_;
  alignas(64) Position written_ = 0;           // writer's own
  std::atomic<Position> published_{0};         // writer: writes, reader: reads
  alignas(64) std::atomic<Position> read_{0};  // reader: writes, writer: reads
};

}  // namespace weir
