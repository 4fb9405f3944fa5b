// The congestion window: slow start, avoidance by the algorithm that was chosen, reduction
// (RFC 5681, 6928, 9406; tcp/cubic.hpp, tcp/newreno.hpp).
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/seq.hpp"
#include "tcp/cubic.hpp"
#include "tcp/hystart.hpp"
#include "tcp/newreno.hpp"

namespace weir::tcp {

enum class Algorithm : std::uint8_t { cubic, newreno };

/// IW = min(10 MSS, max(2 MSS, 14600)) (RFC 6928 §2).
[[nodiscard]] constexpr std::uint32_t initial_window(std::uint32_t mss) noexcept {
  return std::min(10 * mss, std::max(2 * mss, 14600U));
}

/// What the path looked like when an ACK came; times in microseconds.
struct PathSample {
  Seq una, nxt;
  std::uint32_t mss = 0;
  std::uint32_t rtt_us = 0;  ///< of this ACK, 0 without a sample
  std::uint32_t srtt_us = 0;
  std::uint64_t now_us = 0;
};

/// The congestion state of one sender, in bytes. Knows nothing of queues, timers or segments.
struct Congestion {
  static constexpr std::uint32_t kNoThreshold = 0xffffffffU;

  std::uint32_t cwnd = 0;
  std::uint32_t ssthresh = kNoThreshold;
  Algorithm algorithm = Algorithm::cubic;
  Cubic cubic;
  NewReno newreno;
  HyStart hystart;

  void start(Algorithm which, std::uint32_t mss, Seq una) noexcept {
    algorithm = which;
    cwnd = initial_window(mss);
    hystart.start(una);
  }
  [[nodiscard]] bool slow_start() const noexcept { return cwnd < ssthresh; }

  /// `acked` bytes were newly acknowledged while nothing is being repaired and the window is what
  /// limits the sender. By bytes, so that divided ACKs gain nothing (RFC 3465); slow start counts
  /// at most L = 8 segments an ACK (RFC 9406 §4.3), since receivers coalesce.
  void acknowledged(std::uint32_t acked, const PathSample& path) noexcept {
    if (slow_start()) {
      const std::uint32_t counted = std::min(acked, 8 * path.mss);
      const std::uint32_t room = ssthresh - cwnd;
      cwnd += std::min(hystart.growth(counted), room);
      if (ssthresh == kNoThreshold && hystart.round_trip(path.rtt_us, path.una, path.nxt)) {
        ssthresh = cwnd;
      }
    } else if (algorithm == Algorithm::cubic) {
      cwnd = cubic.avoid(cwnd, acked, path.mss, path.srtt_us, path.now_us);
    } else {
      cwnd = newreno.avoid(cwnd, acked, path.mss);
    }
    cwnd = std::min(cwnd, kMost);
  }

  /// A loss, or a mark of congestion: the new threshold; the window follows as recovery says.
  void reduce(std::uint32_t in_flight, std::uint32_t mss) noexcept {
    ssthresh = algorithm == Algorithm::cubic ? cubic.reduce(cwnd, in_flight, mss)
                                             : NewReno::reduce(in_flight, mss);
  }
  /// The retransmission timer expired: RFC 5681 §3.1, cwnd = 1 segment.
  void timed_out(std::uint32_t in_flight, std::uint32_t mss, bool first_time) noexcept {
    if (first_time) reduce(in_flight, mss);
    cubic.timed_out();
    cwnd = mss;
  }
  /// RFC 5681 §4.1: after an idle time longer than the RTO, not more than the restart window.
  void restart_after_idle(std::uint32_t mss) noexcept {
    cwnd = std::min(cwnd, initial_window(mss));
  }

 private:
  static constexpr std::uint32_t kMost = 1U << 30;
};

}  // namespace weir::tcp
