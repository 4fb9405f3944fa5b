// What Weir has sent, read back and checked.
#pragma once

#include <cstdint>
#include <string>

#include "support/frames.hpp"

namespace weir::test {

/// A frame that left. Everything that holds for every frame was checked when it was read.
struct Sent {
  enum class Kind { arp, tcp, udp, icmp, fragment } kind = Kind::arp;
  Octets frame;
  Mac source_mac, destination_mac;
  std::uint16_t vlan = 0;
  Address source, destination;
  std::uint8_t ttl = 0, traffic_class = 0;
  std::uint32_t flow_label = 0;
  Octets l4;  ///< from the transport header on; ARP: the message
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint32_t seq = 0, ack = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;
  TcpOptions options;
  std::size_t header_size = 0;
  std::string text;                 ///< TCP and UDP
  std::uint8_t type = 0, code = 0;  ///< ICMP
  // A fragment: l4 is its piece.
  std::uint8_t protocol = 0;
  std::uint32_t identification = 0, offset = 0;
  bool more = false;

  [[nodiscard]] bool is_arp_request() const { return kind == Kind::arp && l4[7] == 1; }
  [[nodiscard]] std::uint32_t length() const {
    return static_cast<std::uint32_t>(text.size()) + ((flags & kSyn) != 0) + ((flags & kFin) != 0);
  }
};

/// Reads a frame of ours. Adds a failure to the running test when a checksum, a length, a reserved
/// bit or an option is not as it must be (rows 56, 62, 67, 104).
[[nodiscard]] Sent read_sent(std::span<const std::uint8_t> frame);
[[nodiscard]] std::string describe(const Sent& sent);

}  // namespace weir::test
