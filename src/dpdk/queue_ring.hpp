// Rings between threads: frames that change their worker, and small messages.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

#include "base/result.hpp"
#include "frame/burst.hpp"

struct rte_ring;

namespace weir {

enum class Producers : std::uint8_t { one, many };

/// Frees a ring of DPDK.
struct RingFree {
  void operator()(rte_ring* ring) const noexcept;
};

/// Hands frames to another worker. Everything a frame knows survives the journey. One consumer;
/// never blocks. Holds `size` - 1 frames, size being a power of two.
class FrameRing {
 public:
  [[nodiscard]] static Result<FrameRing> create(std::uint32_t size, Producers producers,
                                                int numa_node = -1);
  ~FrameRing();
  FrameRing(FrameRing&&) noexcept = default;
  FrameRing& operator=(FrameRing&&) = delete;

  /// Takes frames from the front; returns how many fitted. Those are left without a buffer.
  std::uint32_t push(std::span<Frame> frames) noexcept;
  /// Appends to the burst, up to its room; returns how many came.
  std::uint32_t pop(Burst& out) noexcept;
  /// About how many are inside. Any thread.
  [[nodiscard]] std::uint32_t size() const noexcept;
  /// How many there can be.
  [[nodiscard]] std::uint32_t capacity() const noexcept;

 private:
  explicit FrameRing(rte_ring* ring) noexcept : ring_(ring) {}
  std::unique_ptr<rte_ring, RingFree> ring_;
};

/// Messages of exactly 64 bytes. One consumer; never blocks. Holds `size` - 1, a power of two less
/// one.
class MessageRing {
 public:
  static constexpr std::size_t kMessageBytes = 64;

  [[nodiscard]] static Result<MessageRing> create(std::uint32_t size, Producers producers,
                                                  int numa_node = -1);

  /// Copies kMessageBytes from `message`; false when the ring is full.
  [[nodiscard]] bool push(const void* message) noexcept;
  /// Copies the oldest to `message`; false when there is none.
  [[nodiscard]] bool pop(void* message) noexcept;

  template <class T>
  [[nodiscard]] bool push_as(const T& message) noexcept {
    static_assert(sizeof(T) == kMessageBytes && std::is_trivially_copyable_v<T>);
    return push(&message);
  }
  template <class T>
  [[nodiscard]] bool pop_as(T& message) noexcept {
    static_assert(sizeof(T) == kMessageBytes && std::is_trivially_copyable_v<T>);
    return pop(&message);
  }

 private:
  explicit MessageRing(rte_ring* ring) noexcept : ring_(ring) {}
  std::unique_ptr<rte_ring, RingFree> ring_;
};

}  // namespace weir
