// Congestion avoidance as RFC 5681 §3.1 has it, by bytes (RFC 3465).
#pragma once

#include <algorithm>
#include <cstdint>

namespace weir::tcp {

struct NewReno {
  std::uint32_t credit = 0;  ///< bytes acknowledged since the window last grew

  /// Equation (3): one MSS for each window that was acknowledged.
  [[nodiscard]] constexpr std::uint32_t avoid(std::uint32_t cwnd, std::uint32_t acked,
                                              std::uint32_t mss) noexcept {
    credit += acked;
    if (credit < cwnd) return cwnd;
    credit -= cwnd;
    return cwnd + mss;
  }
  /// Equation (4).
  [[nodiscard]] static constexpr std::uint32_t reduce(std::uint32_t in_flight,
                                                      std::uint32_t mss) noexcept {
    return std::max(in_flight / 2, 2 * mss);
  }
};

}  // namespace weir::tcp
