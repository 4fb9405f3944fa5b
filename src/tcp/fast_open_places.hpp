// How many fast opens a service has pending (RFC 7413 §5.1): a limit on what one stolen cookie
// does.
#pragma once

#include <cassert>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"

namespace weir::tcp {

/// A place is free again when the handshake is complete or given up, and a minute after a reset:
/// whoever forges SYNs in the name of others has their resets for nothing. One thread.
class FastOpenPlaces {
 public:
  static constexpr std::uint32_t kRestMs = 60'000;

  explicit FastOpenPlaces(std::uint32_t places) : rests_since_(places) {}

  [[nodiscard]] bool are_full(Tick now) noexcept {
    // Unsigned: since the last SYN more time may have passed than a signed distance tells.
    while (resting_ != 0 && static_cast<std::uint32_t>(now - rests_since_[first_]) >= kRestMs) {
      first_ = first_ + 1 == rests_since_.size() ? 0 : first_ + 1;
      --resting_;
    }
    return pending_ + resting_ >= rests_since_.size();
  }
  void take() noexcept { ++pending_; }
  void leave() noexcept {
    assert(pending_ != 0);
    --pending_;
  }
  void leave_by_reset(Tick now) noexcept {
    leave();
    rests_since_[(first_ + resting_) % rests_since_.size()] = now;
    ++resting_;
  }

 private:
  std::vector<Tick> rests_since_;  // a ring, oldest at first_
  std::uint32_t pending_ = 0, first_ = 0, resting_ = 0;
};

}  // namespace weir::tcp
