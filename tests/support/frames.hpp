// Frames made and read by code of the tests' own, so that no mistake of src/wire agrees with
// itself.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "support/lan.hpp"
#include "wire/tcp_header.hpp"

namespace weir::test {

/// RFC 1071, two bytes at a time.
[[nodiscard]] std::uint16_t plain_checksum(std::span<const std::uint8_t> bytes,
                                           std::uint32_t sum = 0);

/// Everything below the transport header.
struct Ends {
  Mac source_mac = kPeerMac, destination_mac = kOurMac;
  Address source, destination;
  std::uint16_t vlan = 0;
  std::uint8_t ttl = 64;
  std::uint8_t traffic_class = 0;
};
[[nodiscard]] Ends from_peer(Family f);

/// A segment as it is sent, or what is asked of one: in an expectation only what was set counts.
struct Seg {
  std::uint8_t flags = 0;
  std::optional<std::uint32_t> seq_, ack_;
  std::optional<std::uint16_t> window_, mss_;
  std::optional<std::uint8_t> scale_;
  bool sack_permitted_ = false;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> ts_;
  std::optional<std::vector<std::pair<std::uint32_t, std::uint32_t>>> sack_;
  std::optional<std::string> text_;
  std::optional<Octets> raw_options_;
  std::uint16_t urgent_ = 0;
  std::uint8_t reserved_ = 0, traffic_class_ = 0;
  bool bad_checksum_ = false;
  bool no_ts_ = false;
  std::uint16_t source_port = 40000, destination_port = kScriptPort;

  Seg& seq(std::uint32_t n) { return seq_ = n, *this; }
  Seg& ack(std::uint32_t n) { return ack_ = n, *this; }
  Seg& win(std::uint16_t n) { return window_ = n, *this; }
  Seg& mss(std::uint16_t n) { return mss_ = n, *this; }
  Seg& ws(std::uint8_t n) { return scale_ = n, *this; }
  Seg& sack_ok() { return sack_permitted_ = true, *this; }
  Seg& ts(std::uint32_t value, std::uint32_t echo) { return ts_ = {value, echo}, *this; }
  /// Without the timestamps that the connection has negotiated.
  Seg& no_ts() { return no_ts_ = true, *this; }
  Seg& sack(std::vector<std::pair<std::uint32_t, std::uint32_t>> b) { return sack_ = b, *this; }
  Seg& text(std::string_view t) { return text_ = std::string(t), *this; }
  Seg& bytes(std::size_t n, char c = 'x') { return text_ = std::string(n, c), *this; }
  Seg& options(Octets raw) { return raw_options_ = std::move(raw), *this; }
  Seg& urgent(std::uint16_t p) { return urgent_ = p, with(kUrg); }
  Seg& tos(std::uint8_t t) { return traffic_class_ = t, *this; }
  Seg& reserved(std::uint8_t bits) { return reserved_ = bits, *this; }
  Seg& bad_checksum() { return bad_checksum_ = true, *this; }
  Seg& with(std::uint8_t more) { return flags = static_cast<std::uint8_t>(flags | more), *this; }
  Seg& without(std::uint8_t fewer) {
    return flags = static_cast<std::uint8_t>(flags & ~fewer), *this;
  }
  /// seg.len of RFC 9293.
  [[nodiscard]] std::uint32_t length() const {
    return static_cast<std::uint32_t>(text_ ? text_->size() : 0) + ((flags & kSyn) != 0) +
           ((flags & kFin) != 0);
  }
};
inline Seg flags(std::uint8_t f) {
  Seg s;
  s.flags = f;
  return s;
}
inline Seg syn() { return flags(kSyn); }
inline Seg syn_ack() { return flags(kSyn | kAck); }
inline Seg ack() { return flags(kAck); }
inline Seg fin() { return flags(kFin | kAck); }
inline Seg rst() { return flags(kRst); }
inline Seg rst_ack() { return flags(kRst | kAck); }
inline Seg data(std::string_view t) { return flags(kAck | kPsh).text(t); }
inline Seg bytes(std::size_t n, char c = 'x') { return flags(kAck | kPsh).bytes(n, c); }

[[nodiscard]] Octets ip_frame(const Ends& ends, std::uint8_t protocol,
                              std::span<const std::uint8_t> payload);
[[nodiscard]] Octets ethernet_frame(const Mac& to, const Mac& from, std::uint16_t type,
                                    std::span<const std::uint8_t> payload, std::uint16_t vlan = 0);
/// Numbers that the segment does not set are zero, the window 65535.
[[nodiscard]] Octets tcp_frame(const Ends& ends, const Seg& seg);
[[nodiscard]] Octets udp_frame(const Ends& ends, std::uint16_t from, std::uint16_t to,
                               std::string_view text, bool with_checksum = true);
/// ICMP or ICMPv6, by the family of `ends`; `rest` follows the checksum.
[[nodiscard]] Octets icmp_frame(const Ends& ends, std::uint8_t type, std::uint8_t code,
                                std::span<const std::uint8_t> rest);
[[nodiscard]] Octets echo_request(const Ends& ends, std::string_view text);
[[nodiscard]] Octets arp_frame(std::uint16_t operation, const Mac& sender_mac,
                               const Address& sender, const Address& target,
                               const Mac& to = Mac::broadcast());
/// A solicitation for `target`; from :: it is duplicate address detection.
[[nodiscard]] Octets solicitation(const Address& source, const Address& target,
                                  std::optional<Mac> source_mac = kPeerMac);
[[nodiscard]] Octets advertisement(const Address& source, const Address& destination,
                                   std::optional<Mac> target_mac, std::uint32_t flags);
/// Makes every checksum of a frame right again after its bytes were changed, as far as it can be
/// read.
void mend_checksums(Octets& frame);

}  // namespace weir::test
