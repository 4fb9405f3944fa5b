// How many replies a worker sends to what it refuses: resets, ICMP errors, and echo replies.
#pragma once

#include <cstdint>

#include "base/token_bucket.hpp"

namespace weir {

struct ReplyLimits {
  TokenBucket rst, icmp, echo;

  /// Rates a second. A bucket that keeps its rate keeps its tokens: a reload is no way to more.
  void set(std::uint64_t rst_rate, std::uint64_t icmp_rate) noexcept {
    constexpr std::uint64_t kEchoShare = 100;  // an echo reply is no error: so many times as often
    if (rst_rate != rst.rate()) rst = TokenBucket(rst_rate, rst_rate);
    if (icmp_rate == icmp.rate()) return;
    icmp = TokenBucket(icmp_rate, icmp_rate);
    echo = TokenBucket(icmp_rate * kEchoShare, icmp_rate * kEchoShare);
  }
};

}  // namespace weir
