// CUBIC: the window as a cubic function of the time since the last reduction (RFC 9438).
#pragma once

#include <cstdint>

namespace weir::tcp {

/// In segments and seconds, as the RFC writes it; windows go in and out in bytes.
struct Cubic {
  static constexpr double kC = 0.4, kBeta = 0.7;                   // §5, §4.6
  static constexpr double kAlpha = 3 * (1 - kBeta) / (1 + kBeta);  // §4.3

  float w_max = 0;  ///< the window just before the last reduction
  float k = 0;      ///< seconds until the curve is back at w_max
  float w_est = 0;  ///< what Reno would have
  float cwnd_prior = 0;
  float rest = 0;              ///< growth not yet worth a byte
  std::uint64_t epoch_us = 0;  ///< when congestion avoidance began; 0: not yet

  /// Congestion avoidance (§4.2 to §4.5): the window after `acked` bytes.
  [[nodiscard]] std::uint32_t avoid(std::uint32_t cwnd, std::uint32_t acked, std::uint32_t mss,
                                    std::uint32_t rtt_us, std::uint64_t now_us) noexcept;
  /// A loss (§4.6, §4.7): the new slow-start threshold. `in_flight` bytes were used of the window.
  [[nodiscard]] std::uint32_t reduce(std::uint32_t cwnd, std::uint32_t in_flight,
                                     std::uint32_t mss) noexcept;
  /// A timeout (§4.8): the next epoch begins at the window it finds.
  void timed_out() noexcept { epoch_us = 0; }
  /// The sender had nothing to send for so long: that time does not count (§5.8).
  void idle(std::uint64_t us) noexcept {
    if (epoch_us != 0) epoch_us += us;
  }

 private:
  void begin(double cwnd, std::uint64_t now_us) noexcept;
};

}  // namespace weir::tcp
