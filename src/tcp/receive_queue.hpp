// The receive queue: text that waits for its service, and text that waits behind a gap.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "tcp/pieces.hpp"
#include "wire/tcp_header.hpp"

namespace weir::tcp {

/// Pieces ordered by sequence number, without overlaps. What lies before rcv.nxt is in order and
/// unread; the rest is out of order. Where text arrives twice the first bytes win. Bounded: pieces
/// by kMaxPieces, so that one-byte segments cannot make the walk long (SegmentSmack), bytes by the
/// window that was offered. The worker's slab is handed to each call.
class ReceiveQueue {
 public:
  static constexpr std::uint32_t kMaxPieces = 512;
  static constexpr std::uint32_t kBytesAPiece = 4096;  ///< each so many held allow one piece more

  [[nodiscard]] bool empty() const noexcept { return head_ == kNoId; }
  /// All bytes held, in order or not.
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint32_t pieces() const noexcept { return pieces_; }

  enum class Kept : std::uint8_t {
    nothing_new,  ///< every byte was there already
    kept,         ///< the frame was taken, or its text copied
    full,         ///< no room for another piece
  };
  /// Keeps the part of `text` (at `seq`, lying in `frame`) that is not there yet; `hold` says that
  /// the frame's verdict waits for the text. Small text is copied to the piece it continues, so
  /// that it does not pin a buffer of its own.
  [[nodiscard]] Kept insert(PieceSlab& slab, Frame& frame, std::span<const std::uint8_t> text,
                            Seq seq, bool hold) noexcept;

  /// Where the text that continues rcv_nxt without a gap ends, and how many held frames lie there:
  /// their verdict is due now.
  struct Advance {
    Seq rcv_nxt;
    std::uint32_t released = 0;
  };
  [[nodiscard]] Advance advance(PieceSlab& slab, Seq rcv_nxt) noexcept;

  /// The first piece if its text is in order (before rcv_nxt), else nothing.
  [[nodiscard]] Piece* front(PieceSlab& slab, Seq rcv_nxt) noexcept;
  /// The service consumed `n` bytes of the front piece.
  void consume(PieceSlab& slab, std::uint32_t n) noexcept;

  /// Blocks to report, the latest first (RFC 2018 §4): `recent` holds a number of each of the last
  /// arrivals, newest in front. Blocks that hold none of them follow by their place.
  [[nodiscard]] std::uint8_t sack_blocks(const PieceSlab& slab, Seq rcv_nxt,
                                         std::span<const Seq> recent,
                                         std::array<SackBlock, 4>& out) const noexcept;

  /// Bytes in order that nobody has read.
  [[nodiscard]] std::uint32_t in_order(const PieceSlab& slab, Seq rcv_nxt) const noexcept {
    const std::int32_t unread = head_ == kNoId ? 0 : rcv_nxt - slab[head_].seq;
    return unread > 0 ? static_cast<std::uint32_t>(unread) : 0;
  }
  /// Calls see(const Piece&) for each piece, in order.
  template <class See>
  void for_each(const PieceSlab& slab, See&& see) const {
    for (std::uint32_t id = head_; id != kNoId; id = slab[id].next) see(slab[id]);
  }

  /// Gives everything back; returns how many held frames never got their verdict.
  std::uint32_t clear(PieceSlab& slab) noexcept;

 private:
  bool link_after(PieceSlab& slab, std::uint32_t before, Frame& frame,
                  std::span<const std::uint8_t> text, Seq seq, bool hold) noexcept;

  std::uint32_t head_ = kNoId, tail_ = kNoId;
  std::uint32_t size_ = 0, pieces_ = 0;
};

}  // namespace weir::tcp
