// The send queue: text not yet acknowledged, as pieces that are never copied again.
#pragma once

#include <cstdint>
#include <span>

#include "tcp/pieces.hpp"

namespace weir::tcp {

/// A queue of bytes whose front is snd.una. Pieces are owned by the slab handed to each call, which
/// is always the worker's one. Bounded by what its users check: bytes held in frames (frame_bytes)
/// and pieces (kMaxPieces).
class SendQueue {
 public:
  static constexpr std::uint32_t kMaxPieces = 512;

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::uint32_t pieces() const noexcept { return pieces_; }
  /// Bytes that occupy frames, as opposed to memory that exists anyway.
  [[nodiscard]] std::uint64_t frame_bytes() const noexcept { return frame_bytes_; }

  /// Copies as much of `bytes` as frames from `pool` can be had for; returns how many.
  std::size_t append_copy(PieceSlab& slab, FramePool& pool,
                          std::span<const std::uint8_t> bytes) noexcept;
  /// Takes `frame` over; `bytes` lie in it. False (and nothing taken) when there are too many
  /// pieces.
  [[nodiscard]] bool append_frame(PieceSlab& slab, Frame& frame,
                                  std::span<const std::uint8_t> bytes) noexcept;
  /// `memory`: what holds the bytes, if ports can read it; else nullptr.
  [[nodiscard]] bool append_static(PieceSlab& slab, std::span<const std::uint8_t> bytes,
                                   const TransmitMemory* memory = nullptr) noexcept;

  /// Copies `out.size()` bytes that start `offset` bytes behind the front. They must be there.
  void copy(const PieceSlab& slab, std::uint64_t offset,
            std::span<std::uint8_t> out) const noexcept;
  /// How many bytes from `offset` on a port could read where they lie, in at most `extents` parts
  /// of which none but the first and the last is short.
  [[nodiscard]] std::uint64_t reach(const PieceSlab& slab, std::uint64_t offset,
                                    std::uint32_t extents) const noexcept;
  /// Hangs those `length` bytes, which are within reach, on the frame. False when buffers ran out:
  /// the frame is as before.
  [[nodiscard]] bool attach(const PieceSlab& slab, std::uint64_t offset, std::uint32_t length,
                            Frame& frame) const noexcept;
  /// Forgets the first `n` bytes: they were acknowledged.
  void remove_front(PieceSlab& slab, std::uint64_t n) noexcept;
  void clear(PieceSlab& slab) noexcept;

 private:
  /// A piece, and where its first byte stands from the front.
  struct Place {
    std::uint32_t id;
    std::uint64_t start;
  };

  [[nodiscard]] Piece* add_piece(PieceSlab& slab) noexcept;
  /// The piece that holds the byte at `offset`.
  [[nodiscard]] Place find(const PieceSlab& slab, std::uint64_t offset) const noexcept;

  std::uint32_t head_ = kNoId, tail_ = kNoId;
  std::uint32_t pieces_ = 0;
  std::uint64_t size_ = 0, frame_bytes_ = 0;
  // Where the last find() ended, so that a long queue is not walked from its front each time.
  mutable std::uint32_t hint_piece_ = kNoId;
  mutable std::uint64_t hint_offset_ = 0;  // of the hinted piece's first byte from the front
};

}  // namespace weir::tcp
