// RFC 791 §3.2 and RFC 8200 §4.5, byte by byte.
#include "support/fragments.hpp"

#include <algorithm>

namespace weir::test {
namespace {

void put16(Octets& bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

Ends ends_of(const Octets& frame, bool v6) {
  Ends ends = from_peer(v6 ? Family::v6 : Family::v4);
  std::copy_n(frame.begin(), 6, ends.destination_mac.bytes.begin());
  std::copy_n(frame.begin() + 6, 6, ends.source_mac.bytes.begin());
  const std::uint8_t* const ip = frame.data() + 14;
  if (v6) {
    ends.source = Address::v6(std::span<const std::uint8_t, 16>(ip + 8, 16));
    ends.destination = Address::v6(std::span<const std::uint8_t, 16>(ip + 24, 16));
    ends.ttl = ip[7];
  } else {
    ends.source = Address::v4(std::span<const std::uint8_t, 4>(ip + 12, 4));
    ends.destination = Address::v4(std::span<const std::uint8_t, 4>(ip + 16, 4));
    ends.ttl = ip[8];
  }
  return ends;
}

}  // namespace

Octets fragment_frame(const Ends& ends, std::uint8_t protocol, const Piece& piece,
                      std::span<const std::uint8_t> text) {
  if (ends.destination.is_v4()) {
    Octets frame = ip_frame(ends, protocol, text);
    put16(frame, 18, piece.identification & 0xffff);
    put16(frame, 20, piece.offset / 8 | (piece.more ? 0x2000U : 0U));
    put16(frame, 24, 0);
    put16(frame, 24, plain_checksum(std::span(frame).subspan(14, 20)));
    return frame;
  }
  Octets payload(8, 0);
  payload[0] = protocol;
  put16(payload, 2, piece.offset | (piece.more ? 1U : 0U));
  put16(payload, 4, piece.identification >> 16);
  put16(payload, 6, piece.identification & 0xffff);
  payload.insert(payload.end(), text.begin(), text.end());
  return ip_frame(ends, kProtoFragment, payload);
}

std::vector<Octets> fragments_of(const Octets& frame, std::size_t each,
                                 std::uint32_t identification) {
  const bool v6 = frame[12] == 0x86;
  const std::uint8_t protocol = frame[v6 ? 20 : 23];
  const auto text = std::span(frame).subspan(v6 ? 54 : 34);
  std::vector<Octets> all;
  for (std::size_t at = 0; at < text.size(); at += each) {
    const std::size_t size = std::min(each, text.size() - at);
    const Piece piece{static_cast<std::uint32_t>(at), at + size < text.size(), identification};
    all.push_back(fragment_frame(ends_of(frame, v6), protocol, piece, text.subspan(at, size)));
  }
  return all;
}

Sent joined(const std::deque<Sent>& sent) {
  std::deque<Sent> pieces = sent;
  std::sort(pieces.begin(), pieces.end(),
            [](const Sent& a, const Sent& b) { return a.offset < b.offset; });
  EXPECT_FALSE(pieces.empty());
  if (pieces.empty()) return {};
  Octets text;
  for (const Sent& piece : pieces) {
    EXPECT_EQ(piece.kind, Sent::Kind::fragment) << describe(piece);
    EXPECT_EQ(piece.offset, text.size());
    EXPECT_EQ(piece.more, &piece != &pieces.back());
    EXPECT_EQ(piece.identification, pieces.front().identification);
    EXPECT_EQ(piece.protocol, pieces.front().protocol);
    EXPECT_EQ(piece.source, pieces.front().source);
    EXPECT_EQ(piece.destination, pieces.front().destination);
    EXPECT_EQ(piece.destination_mac, pieces.front().destination_mac);
    text.insert(text.end(), piece.l4.begin(), piece.l4.end());
  }
  Ends ends;
  ends.source_mac = kOurMac;
  ends.destination_mac = pieces.front().destination_mac;
  ends.source = pieces.front().source;
  ends.destination = pieces.front().destination;
  ends.ttl = pieces.front().ttl;
  ends.traffic_class = pieces.front().traffic_class;
  return read_sent(ip_frame(ends, pieces.front().protocol, text));
}

}  // namespace weir::test
