// Which requests the queued text answers, until it has left: how long they took is known then.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/seq.hpp"

namespace weir::tcp {

/// Requests of one connection that began to arrive at once. While their answers have not left,
/// later requests are not timed: a peer that does not wait for answers (pipelining) has some of
/// those, and no connection needs to keep a list.
struct Answers {
  Instant since;            ///< when they began to arrive
  Seq end;                  ///< behind the last answer
  std::uint32_t count = 0;  ///< of requests; 0: nothing is timed

  void add(Instant began, Seq behind) noexcept {
    if (count != 0 && since != began) return;
    since = began;
    end = behind;
    ++count;
  }
  /// All that is before `snd_nxt` has left.
  [[nodiscard]] bool have_left(Seq snd_nxt) const noexcept { return count != 0 && end <= snd_nxt; }
};

}  // namespace weir::tcp
