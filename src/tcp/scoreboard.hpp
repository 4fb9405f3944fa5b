// What is in flight: ranges of sequence numbers, when each left, and what became of it (the
// scoreboard of RFC 6675 §3 and the segment times of RFC 8985 §5.2).
#pragma once

#include <cstdint>
#include <span>

#include "base/seq.hpp"
#include "base/slab.hpp"
#include "wire/tcp_header.hpp"

namespace weir::tcp {

/// Sequence numbers that left together: [seq, seq + length), the FIN's included.
struct SentRange {
  Seq seq;
  std::uint32_t length = 0;
  std::uint32_t sent_us = 0;  ///< last transmission; compare by signed difference
  std::uint32_t next = kNoId;
  bool sacked = false;  ///< the peer says that it has it
  bool lost = false;    ///< thought lost and not sent again since
  bool resent = false;  ///< sent more than once

  [[nodiscard]] Seq end() const noexcept { return seq + length; }
};
using RangeSlab = Slab<SentRange>;

/// RFC 8985 §6.1, RACK_sent_after: the later transmission; of one burst, the higher number.
[[nodiscard]] constexpr bool sent_after(std::uint32_t t1, Seq end1, std::uint32_t t2,
                                        Seq end2) noexcept {
  const auto d = static_cast<std::int32_t>(t1 - t2);
  return d > 0 || (d == 0 && end1 > end2);
}

/// What one ACK newly covered, cumulatively or by SACK blocks.
struct Delivery {
  std::uint32_t bytes = 0;  ///< delivered now and not before
  std::uint32_t acked = 0;  ///< by how much snd.una moved
  std::uint32_t sacked = 0;
  bool original = false;      ///< some of it was sent only once
  Seq original_end;           ///< the highest of those
  bool any = false;           ///< the fields below are set
  std::uint32_t sent_us = 0;  ///< the latest transmission among it, and its end
  Seq end;
  bool resent = false;  ///< that one was sent again
  std::uint32_t first_sent_us =
      0;  ///< the earliest of those sent once: the RTT without Karn's doubt
  bool has_first = false;
  std::uint32_t last_sent_us = 0;  ///< the latest of those sent once
  bool resent_acked = false;       ///< snd.una moved over text that was sent again
};

/// The ranges of one sender in order, without gaps from snd.una to snd.nxt. What left in one burst
/// is one range until a SACK block or a loss divides it. Bounded: beyond kMaxRanges a block is
/// taken for as much as fits whole ranges (CVE-2019-11478). SACK is advice: nothing is released
/// before it is acknowledged (RFC 2018 §8). The worker's slab is handed to each call.
class Scoreboard {
 public:
  static constexpr std::uint32_t kMaxRanges = 1024;

  [[nodiscard]] bool empty() const noexcept { return head_ == kNoId; }
  [[nodiscard]] std::uint32_t ranges() const noexcept { return ranges_; }
  [[nodiscard]] std::uint32_t sacked() const noexcept { return sacked_; }  ///< bytes
  [[nodiscard]] std::uint32_t lost() const noexcept { return lost_; }      ///< bytes
  /// One past the highest number that was delivered (RACK.fack); meaningful with has_fack().
  [[nodiscard]] Seq fack() const noexcept { return fack_; }
  /// Delivery beyond a gap and sent once: the network reorders (RFC 8985 §6.2, step 3).
  [[nodiscard]] bool reordering_seen() const noexcept { return reordering_; }

  void start(Seq una) noexcept { fack_ = una; }
  /// `length` numbers from `seq`, the former end, leave for the first time. False without memory.
  [[nodiscard]] bool append(RangeSlab& slab, Seq seq, std::uint32_t length,
                            std::uint32_t now_us) noexcept;
  /// Forgets what lies before `una`.
  void acknowledge(RangeSlab& slab, Seq una, Delivery& out) noexcept;
  /// Marks [left, right), which must lie within what is in flight.
  void sack(RangeSlab& slab, SackBlock block, Delivery& out) noexcept;
  /// RFC 8985 §6.2, step 5: what was sent before (sent_us, end) and for longer than `window_us`
  /// ago is lost; returns microseconds until the next would be, or 0.
  [[nodiscard]] std::uint32_t detect_loss(RangeSlab& slab, std::uint32_t sent_us, Seq end,
                                          std::uint32_t window_us, std::uint32_t now_us) noexcept;
  /// The first `length` numbers are lost, unless they are on their way again.
  void lose_head(RangeSlab& slab, std::uint32_t length) noexcept;
  /// Everything that was not SACKed is lost. With `forget_sacks` (RFC 2018 §8) that too.
  void lose_all(RangeSlab& slab, bool forget_sacks) noexcept;
  /// A timeout was spurious: nothing is lost that was not lost by other evidence.
  void keep_all(RangeSlab& slab) noexcept;
  [[nodiscard]] bool head_is_sacked(const RangeSlab& slab) const noexcept {
    return head_ != kNoId && slab[head_].sacked;
  }

  /// The first lost numbers, at most `most` of them, runs of lost ranges taken together; length 0
  /// when nothing is lost. resend() says that they left again.
  struct Run {
    Seq seq;
    std::uint32_t length = 0;
  };
  [[nodiscard]] Run first_lost(const RangeSlab& slab, std::uint32_t most) const noexcept;
  /// The last numbers in flight, at most `most`: what a tail loss probe repeats.
  [[nodiscard]] Run tail(const RangeSlab& slab, std::uint32_t most) const noexcept;
  void resend(RangeSlab& slab, Run run, std::uint32_t now_us) noexcept;

  void clear(RangeSlab& slab) noexcept;

  /// Calls see(const SentRange&) for each range, in order.
  template <class See>
  void for_each(const RangeSlab& slab, See&& see) const {
    for (std::uint32_t id = head_; id != kNoId; id = slab[id].next) see(slab[id]);
  }
  /// A copied board over another slab: whatever ranges it named are left to their owner, and these
  /// are its own from now on. False without memory for all of them.
  [[nodiscard]] bool restore(RangeSlab& slab, std::span<const SentRange> ranges) noexcept;

 private:
  [[nodiscard]] bool divide(RangeSlab& slab, std::uint32_t id, Seq at) noexcept;
  void deliver(const SentRange& range, Delivery& out) noexcept;
  void set_lost(SentRange& range, bool lost) noexcept;
  void merge_sacked(RangeSlab& slab, std::uint32_t id) noexcept;

  std::uint32_t head_ = kNoId, tail_ = kNoId;
  std::uint32_t ranges_ = 0;
  std::uint32_t sacked_ = 0, lost_ = 0;
  Seq fack_;
  bool reordering_ = false;
};

}  // namespace weir::tcp
