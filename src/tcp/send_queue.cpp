// Appending, reading and acknowledging text in a list of pieces.
#include "tcp/send_queue.hpp"

#include <algorithm>
#include <cstring>

namespace weir::tcp {

Piece* SendQueue::add_piece(PieceSlab& slab) noexcept {
  if (pieces_ >= kMaxPieces) return nullptr;
  const std::uint32_t id = slab.make();
  if (id == kNoId) return nullptr;
  if (tail_ == kNoId) {
    head_ = id;
  } else {
    slab[tail_].next = id;
  }
  tail_ = id;
  ++pieces_;
  return &slab[id];
}

std::size_t SendQueue::append_copy(PieceSlab& slab, FramePool& pool,
                                   std::span<const std::uint8_t> bytes) noexcept {
  std::size_t copied = 0;
  while (copied < bytes.size()) {
    Piece* piece = tail_ == kNoId ? nullptr : &slab[tail_];
    if (piece == nullptr || !piece->own_copy || piece->frame.tailroom() == 0) {
      Frame frame = pool.allocate();
      if (!frame) break;
      frame.place(0, 0);  // a store, not a frame to be sent: it needs no headroom
      piece = add_piece(slab);
      if (piece == nullptr) break;
      piece->frame = std::move(frame);
      piece->data = piece->frame.bytes().data();
      piece->own_copy = true;
    }
    const auto n = static_cast<std::uint16_t>(
        std::min<std::size_t>(bytes.size() - copied, piece->frame.tailroom()));
    std::memcpy(piece->frame.append(n), bytes.data() + copied, n);
    piece->length += n;
    copied += n;
  }
  size_ += copied;
  frame_bytes_ += copied;
  return copied;
}

bool SendQueue::append_frame(PieceSlab& slab, Frame& frame,
                             std::span<const std::uint8_t> bytes) noexcept {
  Piece* const piece = add_piece(slab);
  if (piece == nullptr) return false;
  piece->frame = std::move(frame);
  piece->data = bytes.data();
  piece->length = bytes.size();
  size_ += bytes.size();
  frame_bytes_ += bytes.size();
  return true;
}

bool SendQueue::append_static(PieceSlab& slab, std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.empty()) return true;
  Piece* const piece = add_piece(slab);
  if (piece == nullptr) return false;
  piece->data = bytes.data();
  piece->length = bytes.size();
  size_ += bytes.size();
  return true;
}

void SendQueue::copy(const PieceSlab& slab, std::uint64_t offset,
                     std::span<std::uint8_t> out) const noexcept {
  std::uint32_t id = head_;
  std::uint64_t start = 0;
  if (hint_piece_ != kNoId && hint_offset_ <= offset) {
    id = hint_piece_;
    start = hint_offset_;
  }
  std::size_t done = 0;
  while (done < out.size()) {
    const Piece& piece = slab[id];
    if (offset < start + piece.length) {
      hint_piece_ = id;
      hint_offset_ = start;
      const std::uint64_t within = offset - start;
      const auto n = static_cast<std::size_t>(
          std::min<std::uint64_t>(out.size() - done, piece.length - within));
      std::memcpy(out.data() + done, piece.data + within, n);
      done += n;
      offset += n;
    }
    start += piece.length;
    id = piece.next;
  }
}

void SendQueue::remove_front(PieceSlab& slab, std::uint64_t n) noexcept {
  size_ -= n;
  std::uint64_t removed = 0;
  while (n != 0) {
    Piece& piece = slab[head_];
    const std::uint64_t part = std::min(n, piece.length);
    if (piece.frame) frame_bytes_ -= part;
    piece.data += part;
    piece.length -= part;
    n -= part;
    removed += part;
    // A piece that copies may still be appended to stays until it has no room or is the last to go.
    if (piece.length != 0) break;
    const std::uint32_t id = head_;
    head_ = piece.next;
    if (head_ == kNoId) tail_ = kNoId;
    if (hint_piece_ == id) hint_piece_ = kNoId;
    slab.destroy(id);
    --pieces_;
  }
  if (hint_piece_ != kNoId) {
    if (hint_piece_ == head_) {
      hint_offset_ = 0;
    } else {
      hint_offset_ -= removed;
    }
  }
}

void SendQueue::clear(PieceSlab& slab) noexcept {
  while (head_ != kNoId) {
    const std::uint32_t id = head_;
    head_ = slab[id].next;
    slab.destroy(id);
  }
  *this = SendQueue{};
}

}  // namespace weir::tcp
