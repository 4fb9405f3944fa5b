// Appending, reading and acknowledging text in a list of pieces.
#include "tcp/send_queue.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#include "frame/transmit_memory.hpp"

namespace weir::tcp {
namespace {

constexpr std::uint64_t kShortExtent = 512;  // bytes

}  // namespace

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

bool SendQueue::append_static(PieceSlab& slab, std::span<const std::uint8_t> bytes,
                              const TransmitMemory* memory) noexcept {
  if (bytes.empty()) return true;
  Piece* const piece = add_piece(slab);
  if (piece == nullptr) return false;
  piece->memory = memory;
  piece->data = bytes.data();
  piece->length = bytes.size();
  size_ += bytes.size();
  return true;
}

SendQueue::Place SendQueue::find(const PieceSlab& slab, std::uint64_t offset) const noexcept {
  Place place{head_, 0};
  if (hint_piece_ != kNoId && hint_offset_ <= offset) place = {hint_piece_, hint_offset_};
  while (offset >= place.start + slab[place.id].length) {
    place.start += slab[place.id].length;
    place.id = slab[place.id].next;
  }
  hint_piece_ = place.id;
  hint_offset_ = place.start;
  return place;
}

void SendQueue::copy(const PieceSlab& slab, std::uint64_t offset,
                     std::span<std::uint8_t> out) const noexcept {
  while (!out.empty()) {
    const Place place = find(slab, offset);
    const Piece& piece = slab[place.id];
    const std::uint64_t within = offset - place.start;
    const auto n =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), piece.length - within));
    std::memcpy(out.data(), piece.data + within, n);
    out = out.subspan(n);
    offset += n;
  }
}

std::uint64_t SendQueue::reach(const PieceSlab& slab, std::uint64_t offset,
                               std::uint32_t extents) const noexcept {
  if (offset >= size_) return 0;
  Place place = find(slab, offset);
  std::uint64_t bytes = 0;
  for (; extents != 0 && place.id != kNoId; --extents) {
    const Piece& piece = slab[place.id];
    const bool readable = piece.frame ? piece.frame.pool()->can_leave()
                                      : piece.memory != nullptr && piece.memory->can_leave();
    if (!readable) break;
    const std::uint64_t length = place.start + piece.length - (offset + bytes);
    bytes += length;
    // A NIC reads a segment from a few places only (rte_eth_desc_lim::nb_mtu_seg_max).
    if (bytes != length && length < kShortExtent) break;
    place = {piece.next, place.start + piece.length};
  }
  return bytes;
}

bool SendQueue::attach(const PieceSlab& slab, std::uint64_t offset, std::uint32_t length,
                       Frame& frame) const noexcept {
  constexpr std::uint64_t kMostAtOnce = 65535;  // what a buffer's length can say
  std::array<TextExtent, kMostExtents> texts;
  std::size_t count = 0;
  while (length != 0) {
    assert(count < texts.size() && "beyond reach");
    const Place place = find(slab, offset);
    const Piece& piece = slab[place.id];
    const std::uint64_t within = offset - place.start;
    const auto n = static_cast<std::uint32_t>(
        std::min({std::uint64_t{length}, piece.length - within, kMostAtOnce}));
    texts[count++] = {{piece.data + within, n}, piece.frame ? &piece.frame : nullptr, piece.memory};
    offset += n;
    length -= n;
  }
  return frame.pool()->attach(frame, std::span(texts).first(count));
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
