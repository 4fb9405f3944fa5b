// The curve, its Reno-friendly floor, and the reduction (RFC 9438 §4).
#include "tcp/cubic.hpp"

#include <algorithm>
#include <cmath>

namespace weir::tcp {

// §4.2: K = cbrt((W_max - cwnd_epoch) / C). Without a loss before, or above W_max, the plateau is
// where we are.
void Cubic::begin(double cwnd, std::uint64_t now_us) noexcept {
  epoch_us = std::max<std::uint64_t>(now_us, 1);
  if (w_max <= cwnd) w_max = static_cast<float>(cwnd);
  k = static_cast<float>(std::cbrt((double{w_max} - cwnd) / kC));
  w_est = static_cast<float>(cwnd);
  rest = 0;
}

std::uint32_t Cubic::avoid(std::uint32_t cwnd, std::uint32_t acked, std::uint32_t mss,
                           std::uint32_t rtt_us, std::uint64_t now_us) noexcept {
  const double segments = static_cast<double>(cwnd) / mss;
  const double newly = static_cast<double>(acked) / mss;
  if (epoch_us == 0) begin(segments, now_us);
  // A clock may stand behind the epoch when idle time was taken out.
  const double t = now_us > epoch_us ? static_cast<double>(now_us - epoch_us) * 1e-6 : 0.0;
  const auto curve = [this](double at) {
    const double d = at - double{k};
    return kC * d * d * d + double{w_max};
  };
  // §4.3: alpha is that of a fair Reno until the window from before the loss is reached again.
  const double alpha = w_est >= cwnd_prior ? 1.0 : kAlpha;
  w_est += static_cast<float>(alpha * newly / segments);
  double grown = segments;
  if (curve(t) < double{w_est}) {
    grown = std::max(segments, double{w_est});
  } else {
    const double target =
        std::clamp(curve(t + static_cast<double>(rtt_us) * 1e-6), segments, 1.5 * segments);
    grown += (target - segments) / segments * newly;
  }
  const double bytes = (grown - segments) * mss + double{rest};
  const auto whole = static_cast<std::uint32_t>(bytes);
  rest = static_cast<float>(bytes - whole);
  return cwnd + whole;
}

std::uint32_t Cubic::reduce(std::uint32_t cwnd, std::uint32_t in_flight,
                            std::uint32_t mss) noexcept {
  const auto segments = static_cast<float>(static_cast<double>(cwnd) / mss);
  cwnd_prior = segments;
  // §4.7, fast convergence: a flow that loses below its last maximum makes room for others.
  w_max = segments < w_max ? static_cast<float>(segments * (1 + kBeta) / 2) : segments;
  epoch_us = 0;
  // §4.6: what was in flight, not a window that the application left unused.
  const auto used = static_cast<double>(std::min(cwnd, in_flight));
  return std::max(static_cast<std::uint32_t>(used * kBeta), 2 * mss);
}

}  // namespace weir::tcp
