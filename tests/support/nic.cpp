// Byte by byte, by code of the tests' own.
#include "support/nic.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::test {
namespace {

constexpr std::size_t kChecksumV4 = 10;
constexpr std::size_t kTcpChecksum = 16, kUdpChecksum = 6;

void put16(Octets& bytes, std::size_t at, std::uint32_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}
std::uint32_t get32(const Octets& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

/// One packet, whose checksum field holds the sum of a pseudo-header without `missing`, the length.
void fill_in(const Frame& frame, Octets& packet, std::uint32_t missing) {
  const std::size_t l3 = frame.l2_length(), l4 = l3 + frame.l3_length();
  if (frame.has(kTxIpChecksum)) {
    put16(packet, l3 + kChecksumV4, 0);
    put16(packet, l3 + kChecksumV4,
          plain_checksum(std::span(packet).subspan(l3, frame.l3_length())));
  }
  const bool tcp = frame.has(kTxTcpChecksum);
  if (!tcp && !frame.has(kTxUdpChecksum)) return;
  const std::uint16_t sum = plain_checksum(std::span(packet).subspan(l4), missing);
  put16(packet, l4 + (tcp ? kTcpChecksum : kUdpChecksum), !tcp && sum == 0 ? 0xffff : sum);
}

/// The packet's own length, where its IP header says it.
void set_length(const Frame& frame, Octets& packet) {
  const std::size_t l3 = frame.l2_length();
  const auto length = static_cast<std::uint32_t>(packet.size() - l3);
  if (frame.has(kTxIpv6)) {
    put16(packet, l3 + 4, length - frame.l3_length());
  } else {
    put16(packet, l3 + 2, length);
  }
}

std::vector<Octets> cut(const Frame& frame, const Octets& whole) {
  EXPECT_TRUE(frame.has(kTxTcpChecksum));
  EXPECT_TRUE(frame.has(kTxIpv6) || frame.has(kTxIpChecksum));
  const std::size_t l4 = std::size_t{frame.l2_length()} + frame.l3_length();
  const std::size_t headers = l4 + (whole[l4 + 12] >> 4) * std::size_t{4};
  EXPECT_EQ(headers, frame.size()) << "the text hangs on the frame, whole";
  const std::uint32_t seq = get32(whole, l4 + 4);
  std::vector<Octets> segments;
  for (std::size_t at = headers; at < whole.size(); at += frame.segment_size()) {
    const std::size_t n = std::min<std::size_t>(frame.segment_size(), whole.size() - at);
    Octets segment(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(headers));
    const auto text = whole.begin() + static_cast<std::ptrdiff_t>(at);
    segment.insert(segment.end(), text, text + static_cast<std::ptrdiff_t>(n));
    const auto number = seq + static_cast<std::uint32_t>(at - headers);
    put16(segment, l4 + 4, number >> 16);
    put16(segment, l4 + 6, number);
    if (at + n != whole.size()) segment[l4 + 13] &= static_cast<std::uint8_t>(~(kFin | kPsh));
    if (at != headers) segment[l4 + 13] &= static_cast<std::uint8_t>(~kCwr);
    set_length(frame, segment);
    fill_in(frame, segment, static_cast<std::uint32_t>(segment.size() - l4));
    segments.push_back(std::move(segment));
  }
  return segments;
}

}  // namespace

std::vector<Octets> on_the_wire(const Frame& frame, const MemoryPool& pool) {
  Octets whole(frame.bytes().begin(), frame.bytes().end());
  for (const TextExtent& text : pool.behind(frame)) {
    whole.insert(whole.end(), text.bytes.begin(), text.bytes.end());
  }
  EXPECT_EQ(whole.size(), frame.packet_size());
  if (frame.segment_size() != 0) return cut(frame, whole);
  fill_in(frame, whole, 0);
  return {whole};
}

}  // namespace weir::test
