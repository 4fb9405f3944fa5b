// Proportional rate reduction: how much may be sent on each ACK of a recovery (RFC 6937, and its
// bis, RFC 9937, for the bound that depends on whether the ACK is safe).
#pragma once

#include <algorithm>
#include <cstdint>

namespace weir::tcp {

/// In bytes. Leaves the network's ACK clock in charge: at the end of recovery about ssthresh is in
/// flight, whatever the losses were.
struct Prr {
  std::uint32_t delivered = 0;  ///< prr_delivered
  std::uint32_t out = 0;        ///< prr_out
  std::uint32_t flight = 1;     ///< RecoverFS

  constexpr void start(std::uint32_t in_flight) noexcept {
    delivered = out = 0;
    flight = std::max(in_flight, 1U);
  }
  constexpr void sent(std::uint32_t bytes) noexcept { out += bytes; }

  /// The congestion window after an ACK that delivered `bytes`; `safe` when it advanced snd.una
  /// and told of no further loss.
  [[nodiscard]] constexpr std::uint32_t window(std::uint32_t bytes, std::uint32_t pipe,
                                               std::uint32_t ssthresh, std::uint32_t mss,
                                               bool safe) noexcept {
    delivered += bytes;
    std::int64_t send = 0;
    if (pipe > ssthresh) {
      const std::uint64_t due = (std::uint64_t{delivered} * ssthresh + flight - 1) / flight;
      send = static_cast<std::int64_t>(due) - out;
    } else {
      std::int64_t limit = std::max<std::int64_t>(std::int64_t{delivered} - out, bytes);
      if (safe) limit += mss;
      send = std::min<std::int64_t>(std::int64_t{ssthresh} - pipe, limit);
    }
    // The fast retransmit itself, at least.
    if (out == 0) send = std::max<std::int64_t>(send, mss);
    return pipe + static_cast<std::uint32_t>(std::max<std::int64_t>(send, 0));
  }
};

}  // namespace weir::tcp
