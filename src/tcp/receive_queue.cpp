// Ordered insertion without overlaps, and reading from the front.
#include "tcp/receive_queue.hpp"

#include <algorithm>
#include <cstring>

namespace weir::tcp {
namespace {

Seq end_of(const Piece& piece) noexcept {
  return piece.seq + static_cast<std::uint32_t>(piece.length);
}

// Text up to this size is worth copying to the piece that it continues: a buffer costs 2 KiB.
constexpr std::size_t kCopyAtMost = 512;

bool append_copy(Piece& piece, std::span<const std::uint8_t> text) noexcept {
  if (text.size() > kCopyAtMost) return false;
  const auto bytes = piece.frame.bytes();
  const std::uint8_t* const room_end = bytes.data() + bytes.size() + piece.frame.tailroom();
  const std::uint8_t* const text_end = piece.data + piece.length;
  if (text_end + text.size() > room_end) return false;
  expose(text_end, text.size());
  std::memcpy(const_cast<std::uint8_t*>(text_end), text.data(), text.size());
  piece.length += text.size();
  return true;
}

}  // namespace

bool ReceiveQueue::link_after(PieceSlab& slab, std::uint32_t before, Frame& frame,
                              std::span<const std::uint8_t> text, Seq seq, bool hold) noexcept {
  if (pieces_ >= kMaxPieces + size_ / kBytesAPiece) return false;
  const std::uint32_t id = slab.make();
  if (id == kNoId) return false;
  Piece& piece = slab[id];
  piece.frame = std::move(frame);
  piece.data = text.data();
  piece.length = text.size();
  piece.seq = seq;
  piece.held = hold;
  std::uint32_t& link = before == kNoId ? head_ : slab[before].next;
  piece.next = link;
  link = id;
  if (piece.next == kNoId) tail_ = id;
  ++pieces_;
  size_ += static_cast<std::uint32_t>(text.size());
  return true;
}

ReceiveQueue::Kept ReceiveQueue::insert(PieceSlab& slab, Frame& frame,
                                        std::span<const std::uint8_t> text, Seq seq,
                                        bool hold) noexcept {
  // Most text belongs behind everything that is there.
  std::uint32_t before = kNoId;
  if (tail_ != kNoId && slab[tail_].seq <= seq) {
    before = tail_;
  } else {
    for (std::uint32_t id = head_; id != kNoId && slab[id].seq <= seq; id = slab[id].next) {
      before = id;
    }
  }
  if (before != kNoId) {
    const std::int32_t overlap = end_of(slab[before]) - seq;
    if (overlap > 0) {
      if (static_cast<std::size_t>(overlap) >= text.size()) return Kept::nothing_new;
      text = text.subspan(static_cast<std::size_t>(overlap));
      seq += static_cast<std::uint32_t>(overlap);
    }
  }
  const std::uint32_t after = before == kNoId ? head_ : slab[before].next;
  if (after != kNoId) {
    const std::int32_t gap = slab[after].seq - seq;
    if (gap <= 0) return Kept::nothing_new;
    // What lies behind the next piece is left to a retransmission: a frame has one owner.
    text = text.first(std::min(text.size(), static_cast<std::size_t>(gap)));
  }
  if (before != kNoId && end_of(slab[before]) == seq && append_copy(slab[before], text)) {
    size_ += static_cast<std::uint32_t>(text.size());
    slab[before].held = static_cast<std::uint16_t>(slab[before].held + hold);
    return Kept::kept;
  }
  return link_after(slab, before, frame, text, seq, hold) ? Kept::kept : Kept::full;
}

ReceiveQueue::Advance ReceiveQueue::advance(PieceSlab& slab, Seq rcv_nxt) noexcept {
  Advance result{rcv_nxt, 0};
  for (std::uint32_t id = head_; id != kNoId; id = slab[id].next) {
    Piece& piece = slab[id];
    if (piece.seq > result.rcv_nxt) break;
    result.rcv_nxt = later(result.rcv_nxt, end_of(piece));
    result.released += piece.held;
    piece.held = 0;
  }
  return result;
}

Piece* ReceiveQueue::front(PieceSlab& slab, Seq rcv_nxt) noexcept {
  if (head_ == kNoId || slab[head_].seq >= rcv_nxt) return nullptr;
  return &slab[head_];
}

void ReceiveQueue::consume(PieceSlab& slab, std::uint32_t n) noexcept {
  Piece& piece = slab[head_];
  piece.data += n;
  piece.length -= n;
  piece.seq += n;
  size_ -= n;
  if (piece.length != 0) return;
  const std::uint32_t id = head_;
  head_ = piece.next;
  if (head_ == kNoId) tail_ = kNoId;
  slab.destroy(id);
  --pieces_;
}

std::uint8_t ReceiveQueue::sack_blocks(const PieceSlab& slab, Seq rcv_nxt,
                                       std::span<const Seq> recent,
                                       std::array<SackBlock, 4>& out) const noexcept {
  std::uint8_t n = 0;
  std::array<std::size_t, 4> ages{};
  const auto age_of = [&](SackBlock block) {
    const auto is_inside = [&](Seq seq) { return block.left <= seq && seq < block.right; };
    return static_cast<std::size_t>(std::find_if(recent.begin(), recent.end(), is_inside) -
                                    recent.begin());
  };
  const auto add = [&](SackBlock block) {
    const std::size_t age = age_of(block);
    std::size_t at = n;
    while (at > 0 && ages[at - 1] > age) --at;
    if (at == out.size()) return;
    if (n < out.size()) ++n;
    std::copy_backward(out.begin() + at, out.begin() + n - 1, out.begin() + n);
    std::copy_backward(ages.begin() + at, ages.begin() + n - 1, ages.begin() + n);
    out[at] = block;
    ages[at] = age;
  };
  std::uint32_t id = head_;
  while (id != kNoId) {
    SackBlock block{slab[id].seq, end_of(slab[id])};
    for (id = slab[id].next; id != kNoId && slab[id].seq == block.right; id = slab[id].next) {
      block.right = end_of(slab[id]);
    }
    if (block.left > rcv_nxt) add(block);
  }
  return n;
}

std::uint32_t ReceiveQueue::clear(PieceSlab& slab) noexcept {
  std::uint32_t held = 0;
  while (head_ != kNoId) {
    const std::uint32_t id = head_;
    held += slab[id].held;
    head_ = slab[id].next;
    slab.destroy(id);
  }
  *this = ReceiveQueue{};
  return held;
}

}  // namespace weir::tcp
