// Where buffers come from and go back to: one table of operations per pool, no virtual call a
// packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace weir {

class Frame;
class TransmitMemory;

/// Text that a port can read where it lies: in a buffer, or in memory made for that.
struct TextExtent {
  std::span<const std::uint8_t> bytes;
  const Frame* frame = nullptr;            ///< holds the bytes, or
  const TransmitMemory* memory = nullptr;  ///< this does
};

/// So many of them hang on a frame at most.
inline constexpr std::size_t kMostExtents = 16;

/// What a pool can do. `self` is the pool's own object. All calls come from the pool's worker.
struct FramePoolOps {
  /// Fills up to `n` empty frames with empty buffers; returns how many it had.
  std::uint32_t (*allocate)(void* self, Frame* out, std::uint32_t n) noexcept;
  /// Takes `n` buffers back. `handles` are what allocate or a port put into the frames.
  void (*release)(void* self, void* const* handles, std::uint32_t n) noexcept;
  /// How many buffers are free now (about, when several workers share the pool).
  std::uint32_t (*available)(const void* self) noexcept;
  /// Hangs the texts on a frame of this pool; nullptr when the pool has no way.
  bool (*attach)(void* self, Frame& frame, std::span<const TextExtent> texts) noexcept = nullptr;
  /// Copies what hangs on a frame, from its beginning; returns how many bytes. nullptr as above.
  std::uint32_t (*copy_behind)(const void* self, const Frame& frame,
                               std::span<std::uint8_t> out) noexcept = nullptr;
};

/// Whether a port can send a pool's buffers.
enum class Buffers : std::uint8_t { for_ports, for_work };

/// A handle to a pool; the pool's own object outlives it and every frame made from it.
class FramePool {
 public:
  FramePool(const FramePoolOps& ops, void* self, std::uint32_t capacity,
            Buffers buffers = Buffers::for_ports) noexcept
      : ops_(&ops), self_(self), capacity_(capacity), buffers_(buffers) {}
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  [[nodiscard]] std::uint32_t allocate(Frame* out, std::uint32_t n) noexcept {
    return ops_->allocate(self_, out, n);
  }
  /// One empty frame, or one without a buffer when the pool is exhausted.
  [[nodiscard]] Frame allocate() noexcept;
  void release(void* const* handles, std::uint32_t n) noexcept { ops_->release(self_, handles, n); }
  /// Lets `texts`, at most kMostExtents of at most 65,535 bytes each, follow what the frame's
  /// packet holds so far, without a copy; they must not change until the frame is gone. False when
  /// there were no buffers for all of them: the frame is as before.
  [[nodiscard]] bool attach(Frame& frame, std::span<const TextExtent> texts) noexcept {
    return ops_->attach != nullptr && ops_->attach(self_, frame, texts);
  }
  /// The first bytes of what follows the frame's own (Frame::behind()), as many as `out` takes.
  [[nodiscard]] std::uint32_t copy_behind(const Frame& frame,
                                          std::span<std::uint8_t> out) const noexcept {
    return ops_->copy_behind != nullptr ? ops_->copy_behind(self_, frame, out) : 0;
  }
  [[nodiscard]] std::uint32_t available() const noexcept { return ops_->available(self_); }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
  /// What leaves by a port, or crosses to another worker, has to be copied into a buffer of a pool
  /// that says yes.
  [[nodiscard]] bool can_leave() const noexcept { return buffers_ == Buffers::for_ports; }

 private:
  const FramePoolOps* ops_;
  void* self_;
  std::uint32_t capacity_;
  Buffers buffers_;
};

}  // namespace weir
