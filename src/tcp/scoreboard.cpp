// Ranges in flight: appended, divided by SACK blocks, lost, sent again, acknowledged.
#include "tcp/scoreboard.hpp"

#include <algorithm>

namespace weir::tcp {

bool Scoreboard::append(RangeSlab& slab, Seq seq, std::uint32_t length,
                        std::uint32_t now_us) noexcept {
  if (tail_ != kNoId) {
    SentRange& last = slab[tail_];
    if (last.sent_us == now_us && !last.resent && !last.sacked && !last.lost) {
      last.length += length;
      return true;
    }
  }
  if (ranges_ >= kMaxRanges) return false;
  const std::uint32_t id = slab.make();
  if (id == kNoId) return false;
  SentRange& range = slab[id];
  range.seq = seq;
  range.length = length;
  range.sent_us = now_us;
  (tail_ == kNoId ? head_ : slab[tail_].next) = id;
  tail_ = id;
  ++ranges_;
  return true;
}

// Cuts the range in two, the second part beginning at `at`.
bool Scoreboard::divide(RangeSlab& slab, std::uint32_t id, Seq at) noexcept {
  if (ranges_ >= kMaxRanges) return false;
  const std::uint32_t second = slab.make(slab[id]);
  if (second == kNoId) return false;
  SentRange& range = slab[id];
  SentRange& rest = slab[second];
  rest.seq = at;
  rest.length = static_cast<std::uint32_t>(range.end() - at);
  range.length -= rest.length;
  range.next = second;
  if (tail_ == id) tail_ = second;
  ++ranges_;
  return true;
}

void Scoreboard::set_lost(SentRange& range, bool lost) noexcept {
  if (range.lost == lost) return;
  range.lost = lost;
  if (lost) {
    lost_ += range.length;
  } else {
    lost_ -= range.length;
  }
}

void Scoreboard::deliver(const SentRange& range, Delivery& out) noexcept {
  out.bytes += range.length;
  if (!out.any || sent_after(range.sent_us, range.end(), out.sent_us, out.end)) {
    out.any = true;
    out.sent_us = range.sent_us;
    out.end = range.end();
    out.resent = range.resent;
  }
  if (!range.resent) {
    out.original = true;
    out.original_end = out.has_first ? later(out.original_end, range.end()) : range.end();
    if (!out.has_first || static_cast<std::int32_t>(range.sent_us - out.first_sent_us) < 0) {
      out.first_sent_us = range.sent_us;
    }
    if (!out.has_first || static_cast<std::int32_t>(range.sent_us - out.last_sent_us) > 0) {
      out.last_sent_us = range.sent_us;
    }
    out.has_first = true;
    if (range.end() < fack_) reordering_ = true;
  }
  fack_ = later(fack_, range.end());
}

void Scoreboard::acknowledge(RangeSlab& slab, Seq una, Delivery& out) noexcept {
  while (head_ != kNoId && slab[head_].seq < una) {
    SentRange& range = slab[head_];
    const auto length = std::min(range.length, static_cast<std::uint32_t>(una - range.seq));
    out.acked += length;
    out.resent_acked = out.resent_acked || range.resent;
    SentRange part = range;
    part.length = length;
    if (range.sacked) {
      sacked_ -= length;
    } else {
      deliver(part, out);
    }
    if (range.lost) lost_ -= length;
    range.seq += length;
    range.length -= length;
    if (range.length != 0) break;
    const std::uint32_t id = head_;
    head_ = range.next;
    if (head_ == kNoId) tail_ = kNoId;
    slab.destroy(id);
    --ranges_;
  }
  fack_ = later(fack_, una);
}

// Neighbours that were both delivered need no border: a long run of blocks costs one range.
void Scoreboard::merge_sacked(RangeSlab& slab, std::uint32_t id) noexcept {
  SentRange& range = slab[id];
  while (range.next != kNoId && slab[range.next].sacked) {
    const std::uint32_t gone = range.next;
    range.length += slab[gone].length;
    range.next = slab[gone].next;
    if (tail_ == gone) tail_ = id;
    slab.destroy(gone);
    --ranges_;
  }
}

void Scoreboard::sack(RangeSlab& slab, SackBlock block, Delivery& out) noexcept {
  std::uint32_t before = kNoId;
  std::uint32_t id = head_;
  for (; id != kNoId && slab[id].end() <= block.left; id = slab[id].next) before = id;
  while (id != kNoId && slab[id].seq < block.right) {
    if (!slab[id].sacked) {
      if (slab[id].seq < block.left) {
        if (!divide(slab, id, block.left)) return;
        before = id;
        id = slab[id].next;
      }
      if (slab[id].end() > block.right && !divide(slab, id, block.right)) return;
      SentRange& range = slab[id];
      set_lost(range, false);
      deliver(range, out);
      range.sacked = true;
      sacked_ += range.length;
      out.sacked += range.length;
    }
    if (before != kNoId && slab[before].sacked) id = before;
    merge_sacked(slab, id);
    before = id;
    id = slab[id].next;
  }
}

std::uint32_t Scoreboard::detect_loss(RangeSlab& slab, std::uint32_t sent_us, Seq end,
                                      std::uint32_t window_us, std::uint32_t now_us) noexcept {
  std::uint32_t wait = 0;
  for (std::uint32_t id = head_; id != kNoId; id = slab[id].next) {
    SentRange& range = slab[id];
    if (range.sacked || range.lost) continue;
    if (!sent_after(sent_us, end, range.sent_us, range.end())) continue;
    const auto left = static_cast<std::int32_t>(range.sent_us + window_us - now_us);
    if (left <= 0) {
      set_lost(range, true);
    } else {
      wait = std::max(wait, static_cast<std::uint32_t>(left));
    }
  }
  return wait;
}

void Scoreboard::lose_head(RangeSlab& slab, std::uint32_t length) noexcept {
  if (head_ == kNoId || slab[head_].sacked || slab[head_].lost) return;
  if (slab[head_].length > length && !divide(slab, head_, slab[head_].seq + length)) return;
  set_lost(slab[head_], true);
}

void Scoreboard::lose_all(RangeSlab& slab, bool forget_sacks) noexcept {
  if (forget_sacks) sacked_ = 0;
  for (std::uint32_t id = head_; id != kNoId; id = slab[id].next) {
    SentRange& range = slab[id];
    if (forget_sacks) range.sacked = false;
    if (!range.sacked) set_lost(range, true);
  }
}

void Scoreboard::keep_all(RangeSlab& slab) noexcept {
  for (std::uint32_t id = head_; id != kNoId; id = slab[id].next) set_lost(slab[id], false);
}

Scoreboard::Run Scoreboard::first_lost(const RangeSlab& slab, std::uint32_t most) const noexcept {
  Run run;
  if (lost_ == 0) return run;
  std::uint32_t id = head_;
  while (!slab[id].lost) id = slab[id].next;
  run.seq = slab[id].seq;
  for (; id != kNoId && slab[id].lost && run.length < most; id = slab[id].next) {
    run.length += slab[id].length;
  }
  run.length = std::min(run.length, most);
  return run;
}

Scoreboard::Run Scoreboard::tail(const RangeSlab& slab, std::uint32_t most) const noexcept {
  if (tail_ == kNoId) return {};
  const SentRange& last = slab[tail_];
  const std::uint32_t length = std::min(last.length, most);
  return {last.end() - length, length};
}

void Scoreboard::resend(RangeSlab& slab, Run run, std::uint32_t now_us) noexcept {
  std::uint32_t before = kNoId;
  std::uint32_t id = head_;
  for (; id != kNoId && slab[id].end() <= run.seq; id = slab[id].next) before = id;
  if (id == kNoId) return;
  // Without memory for a border the whole range counts as sent: a timeout sees to the rest.
  if (slab[id].seq < run.seq && divide(slab, id, run.seq)) {
    before = id;
    id = slab[id].next;
  }
  const Seq end = run.seq + run.length;
  for (; id != kNoId && slab[id].seq < end; id = slab[id].next) {
    if (slab[id].end() > end) (void)divide(slab, id, end);
    SentRange& range = slab[id];
    set_lost(range, false);
    range.sent_us = now_us;
    range.resent = true;
    // Parts of one segment, or of one burst, are one range again.
    if (before != kNoId) {
      SentRange& left = slab[before];
      if (left.resent && !left.sacked && !left.lost && left.sent_us == now_us) {
        left.length += range.length;
        left.next = range.next;
        if (tail_ == id) tail_ = before;
        slab.destroy(id);
        --ranges_;
        id = before;
        continue;
      }
    }
    before = id;
  }
}

void Scoreboard::clear(RangeSlab& slab) noexcept {
  while (head_ != kNoId) {
    const std::uint32_t id = head_;
    head_ = slab[id].next;
    slab.destroy(id);
  }
  *this = Scoreboard{};
}

bool Scoreboard::restore(RangeSlab& slab, std::span<const SentRange> ranges) noexcept {
  head_ = tail_ = kNoId;
  ranges_ = sacked_ = lost_ = 0;
  for (const SentRange& range : ranges) {
    const std::uint32_t id = slab.make(range);
    if (id == kNoId) return false;
    slab[id].next = kNoId;
    (tail_ == kNoId ? head_ : slab[tail_].next) = id;
    tail_ = id;
    ++ranges_;
    if (range.sacked) sacked_ += range.length;
    if (range.lost) lost_ += range.length;
  }
  return true;
}

}  // namespace weir::tcp
