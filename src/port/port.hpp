// A port as the layers above see it: plain facts, two calls a round, and numbers to read.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>

#include "base/mac.hpp"
#include "frame/burst.hpp"

namespace weir {

/// What the port's hardware does by itself. Everything not named here is done in software.
struct PortOffloads {
  bool rx_ip = false;      ///< verifies IPv4 header checksums
  bool rx_l4 = false;      ///< verifies TCP and UDP checksums
  bool tx_ipv4 = false;    ///< fills in the IPv4 header checksum
  bool tx_tcp = false;     ///< fills in the TCP checksum over a pseudo-header's sum
  bool tx_udp = false;     ///< the same for UDP
  bool tx_chains = false;  ///< sends text that hangs on a frame; only with tx_tcp
  bool tx_tso = false;     ///< and cuts it into segments
  friend bool operator==(const PortOffloads&, const PortOffloads&) noexcept = default;
};

/// What a port is. Does not change while the port is open.
struct PortInfo {
  std::string name;    ///< as configured: [port NAME]
  std::string driver;  ///< "net_tap", "net_ice", "memory"
  Mac mac{};
  std::uint16_t mtu = 1500;  ///< bytes of IP packet
  std::uint16_t rx_queues = 1, tx_queues = 1;
  PortOffloads offloads{};
  std::uint16_t tx_extents = 0;  ///< with tx_chains: how many pieces of text may hang on a frame
  /// Received frames are spread over the queues by the Toeplitz hash of addresses and ports, for
  /// TCP and UDP of both families, through a table that agrees with ours (entry = hash modulo 128).
  bool rss = false;
};

/// Counted since the port was opened. Bytes are without the frame check sequence.
struct PortStats {
  std::uint64_t rx_packets = 0, tx_packets = 0, rx_bytes = 0, tx_bytes = 0;
  std::uint64_t rx_missed = 0;     ///< came while the receive queue was full
  std::uint64_t rx_errors = 0;     ///< damaged
  std::uint64_t tx_errors = 0;     ///< the driver failed to send
  std::uint64_t rx_no_buffer = 0;  ///< came while the pool was exhausted
  friend bool operator==(const PortStats&, const PortStats&) noexcept = default;
};

/// The cable.
struct LinkState {
  bool up = false;
  bool full_duplex = false;
  std::uint32_t megabits = 0;  ///< 0: unknown
  friend bool operator==(const LinkState&, const LinkState&) noexcept = default;
};

/// What a worker needs of a port. One thread a queue.
///   info()     the facts, valid while the port is.
///   rx_burst   appends what has arrived to the burst, up to its room; returns how many.
///   tx_burst   takes frames from the front of the span; returns how many it took. Those it took
///              are left without a buffer, the others are untouched and may be offered again.
template <class P>
concept Port = requires(P& port, const P& asked, std::uint16_t queue, Burst& burst,
                        std::span<Frame> frames) {
  { asked.info() }
  noexcept->std::same_as<const PortInfo&>;
  { port.rx_burst(queue, burst) }
  noexcept->std::same_as<std::uint32_t>;
  { port.tx_burst(queue, frames) }
  noexcept->std::same_as<std::uint32_t>;
};

}  // namespace weir
