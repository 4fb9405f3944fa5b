// NewReno: slow start, congestion avoidance, fast retransmit and recovery (RFC 5681, 6582, 6928,
// 3042).
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/seq.hpp"

namespace weir::tcp {

/// IW = min(10 MSS, max(2 MSS, 14600)) (RFC 6928 §2).
[[nodiscard]] constexpr std::uint32_t initial_window(std::uint32_t mss) noexcept {
  return std::min(10 * mss, std::max(2 * mss, 14600U));
}

/// The congestion state of one sender, in bytes. Knows nothing of queues, timers or segments.
struct Congestion {
  static constexpr std::uint32_t kNoThreshold = 0xffffffffU;

  std::uint32_t cwnd = 0;
  std::uint32_t ssthresh = kNoThreshold;
  Seq recover;                   ///< highest snd.nxt when loss was found
  std::uint16_t duplicates = 0;  ///< duplicate ACKs in a row
  bool recovering = false;       ///< between the third duplicate and an ACK of `recover`

  constexpr void start(std::uint32_t mss, Seq una) noexcept {
    cwnd = initial_window(mss);
    recover = una;
  }

  /// `acked` bytes were newly acknowledged outside recovery: RFC 5681 (2), limited to 2 MSS an ACK
  /// so that dividing ACKs gains nothing (RFC 3465 §2.3), and (3), by bytes.
  constexpr void acknowledged(Seq una, std::uint32_t acked, std::uint32_t mss) noexcept {
    duplicates = 0;
    recover = later(recover, una);  // keeps it within 2^31 of una
    if (cwnd < ssthresh) {
      cwnd += std::min(acked, 2 * mss);
    } else {
      credit_ += std::min(acked, 2 * mss);
      if (credit_ >= cwnd) {
        credit_ -= cwnd;
        cwnd += mss;
      }
    }
    cwnd = std::min(cwnd, kMost);
  }

  /// A duplicate ACK; true when it is the third and the segment at snd.una is to be sent again.
  constexpr bool duplicate(std::uint32_t in_flight, std::uint32_t mss, Seq una, Seq nxt) noexcept {
    ++duplicates;
    if (recovering) {
      cwnd = std::min(cwnd + mss, kMost);  // RFC 5681 §3.2 step 4: one segment has left the network
      return false;
    }
    // RFC 6582 §3.2 step 1: not again for what the last recovery covered.
    if (duplicates != 3 || una < recover) return false;
    halve(in_flight, mss);
    cwnd = ssthresh + 3 * mss;
    recover = nxt;
    recovering = true;
    return true;
  }

  /// New bytes were acknowledged while recovering; true when the next hole is to be sent at once
  /// (RFC 6582 §3.2 step 3, partial acknowledgement).
  constexpr bool recovery_acknowledged(Seq ack, std::uint32_t acked, std::uint32_t in_flight,
                                       std::uint32_t mss) noexcept {
    duplicates = 0;
    if (ack >= recover) {
      recovering = false;
      cwnd = std::min(ssthresh, std::max(in_flight, mss) + mss);
      return false;
    }
    cwnd -= std::min(cwnd - std::min(cwnd, mss), acked);
    if (acked >= mss) cwnd += mss;
    return true;
  }

  /// The retransmission timer expired: RFC 5681 (4), cwnd = 1 segment.
  constexpr void timed_out(std::uint32_t in_flight, std::uint32_t mss, Seq nxt,
                           bool first_time) noexcept {
    if (first_time) halve(in_flight, mss);
    cwnd = mss;
    recover = nxt;
    recovering = false;
    duplicates = 0;
  }

  /// RFC 5681 §4.1: after an idle time longer than the RTO, not more than the restart window.
  constexpr void restart_after_idle(std::uint32_t mss) noexcept {
    cwnd = std::min(cwnd, initial_window(mss));
  }

  /// RFC 3042: on each of the first two duplicates one new segment may leave.
  [[nodiscard]] constexpr std::uint32_t limited_transmit(std::uint32_t mss) const noexcept {
    return recovering ? 0 : std::min<std::uint32_t>(duplicates, 2) * mss;
  }

 private:
  static constexpr std::uint32_t kMost = 1U << 30;
  constexpr void halve(std::uint32_t in_flight, std::uint32_t mss) noexcept {
    ssthresh = std::max(in_flight / 2, 2 * mss);
  }
  std::uint32_t credit_ = 0;
};

}  // namespace weir::tcp
