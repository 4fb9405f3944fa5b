#include "capture/describe.hpp"

#include <gtest/gtest.h>

#include "support/frames.hpp"

namespace weir::test {
namespace {

TEST(Describe, TcpAsTcpdumpWould) {
  EXPECT_EQ(describe(tcp_frame(from_peer(Family::v4), syn().seq(7).win(512))),
            "192.0.2.2:40000 > 192.0.2.1:1000 tcp S, seq 7, win 512, length 0");
  EXPECT_EQ(describe(tcp_frame(from_peer(Family::v6), data("hello").seq(8).ack(9).win(3))),
            "[2001:db8::2]:40000 > [2001:db8::1]:1000 tcp P., seq 8, ack 9, win 3, length 5");
  EXPECT_EQ(describe(tcp_frame(from_peer(Family::v4), rst().seq(1).win(0))),
            "192.0.2.2:40000 > 192.0.2.1:1000 tcp R, seq 1, win 0, length 0");
}

TEST(Describe, OptionsAreNoText) {
  EXPECT_EQ(describe(tcp_frame(from_peer(Family::v4), syn().seq(7).win(1).mss(1460).text("ab"))),
            "192.0.2.2:40000 > 192.0.2.1:1000 tcp S, seq 7, win 1, length 2");
}

TEST(Describe, UdpIcmpAndArp) {
  EXPECT_EQ(describe(udp_frame(from_peer(Family::v4), 5000, 7, "abc")),
            "192.0.2.2:5000 > 192.0.2.1:7 udp, length 3");
  EXPECT_EQ(describe(echo_request(from_peer(Family::v4), "abcd")),
            "192.0.2.2 > 192.0.2.1 icmp type 8 code 0, length 12");
  EXPECT_EQ(describe(echo_request(from_peer(Family::v6), "abcd")),
            "2001:db8::2 > 2001:db8::1 icmp6 type 128 code 0, length 12");
  const Address peer = peer_address(Family::v4), ours = our_address(Family::v4);
  EXPECT_EQ(describe(arp_frame(1, kPeerMac, peer, ours)), "arp who has 192.0.2.1, tell 192.0.2.2");
  EXPECT_EQ(describe(arp_frame(2, kPeerMac, peer, ours)), "arp 192.0.2.2 is reported");
}

TEST(Describe, VlanAndForeignTypes) {
  Ends ends = from_peer(Family::v4);
  ends.vlan = 30;
  EXPECT_EQ(describe(udp_frame(ends, 5000, 7, "")),
            "vlan 30 192.0.2.2:5000 > 192.0.2.1:7 udp, length 0");
  EXPECT_EQ(describe(ethernet_frame(kOurMac, kPeerMac, 0x88cc, {})),
            "02:00:00:00:00:02 > 02:00:00:00:00:01 ethertype 0x88cc");
}

TEST(Describe, EndsAreTheSourceAndDestination) {
  const auto ends = ends_of(tcp_frame(from_peer(Family::v6), syn()));
  ASSERT_TRUE(ends);
  EXPECT_EQ(ends->source, peer_address(Family::v6));
  EXPECT_EQ(ends->destination, our_address(Family::v6));
  EXPECT_EQ(ends->source_port, 40000);
  EXPECT_EQ(ends->destination_port, 1000);
  EXPECT_FALSE(ends_of(arp_frame(1, kPeerMac, peer_address(Family::v4), our_address(Family::v4))));
}

// Whatever stands in a frame and wherever it breaks off: there is a line, and no byte is read that
// is not there (the address sanitizer looks on: each piece is memory of its own).
TEST(Describe, AnyBytesOfAnyLength) {
  const Octets frames[] = {
      tcp_frame(from_peer(Family::v4), data("hello").mss(9)),
      tcp_frame(from_peer(Family::v6), data("hello")),
      udp_frame(from_peer(Family::v4), 1, 2, "abc"), echo_request(from_peer(Family::v6), "abc"),
      arp_frame(1, kPeerMac, peer_address(Family::v4), peer_address(Family::v4))};
  for (const Octets& frame : frames) {
    for (std::size_t length = 0; length <= frame.size(); ++length) {
      const Octets piece(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_FALSE(describe(piece).empty());
      for (std::size_t at = 0; at < length; ++at) {
        Octets changed = piece;
        changed[at] ^= 0xff;
        EXPECT_FALSE(describe(changed).empty());
        (void)ends_of(changed);
        EXPECT_LE(header_bytes(changed), length);
      }
    }
  }
}

TEST(HeaderBytes, EndWhereTheTextBegins) {
  constexpr std::size_t kEthernet = 14, kIpv4 = 20, kIpv6 = 40, kTcp = 20, kUdp = 8;
  for (const Family f : kBoth) {
    const std::size_t ip = kEthernet + (f == Family::v4 ? kIpv4 : kIpv6);
    EXPECT_EQ(header_bytes(tcp_frame(from_peer(f), data("secret"))), ip + kTcp);
    EXPECT_EQ(header_bytes(tcp_frame(from_peer(f), syn().mss(1460).ts(1, 2))), ip + kTcp + 16);
    EXPECT_EQ(header_bytes(udp_frame(from_peer(f), 5000, 7, "secret")), ip + kUdp);
    EXPECT_EQ(header_bytes(echo_request(from_peer(f), "a secret")), ip + 8);
  }
  const Octets arp = arp_frame(1, kPeerMac, peer_address(Family::v4), our_address(Family::v4));
  EXPECT_EQ(header_bytes(arp), arp.size());
  const Octets asks = solicitation(peer_address(Family::v6), our_address(Family::v6));
  EXPECT_EQ(header_bytes(asks), asks.size());
}

TEST(HeaderBytes, OfAnErrorsQuoteLeaveTheTextOut) {
  constexpr std::size_t kEthernet = 14, kIcmp = 8, kPorts = 8;
  for (const Family f : kBoth) {
    const bool v6 = f == Family::v6;
    const std::size_t ip = v6 ? 40 : 20;
    const Octets datagram = udp_frame(from_peer(f), 5000, 7, "a secret");
    Octets icmp{static_cast<std::uint8_t>(v6 ? 1 : 3), 3, 0, 0, 0, 0, 0, 0};
    icmp.insert(icmp.end(), datagram.begin() + kEthernet, datagram.end());
    const std::uint8_t protocol = v6 ? 58 : 1;
    EXPECT_EQ(header_bytes(ip_frame(from_peer(f), protocol, icmp)),
              kEthernet + ip + kIcmp + ip + kPorts);
    icmp[0] = v6 ? 200 : 13;
    EXPECT_EQ(header_bytes(ip_frame(from_peer(f), protocol, icmp)), kEthernet + ip + kIcmp)
        << "of a type that nobody knows";
  }
}

TEST(HeaderBytes, OfWhatIsNoHeaderThatWeKnowAreNone) {
  EXPECT_EQ(header_bytes(ip_frame(from_peer(Family::v4), 132, Octets(30, 1))), 34U);
  Octets odd(60, 7);
  odd[12] = 0x88, odd[13] = 0xb5;
  EXPECT_EQ(header_bytes(odd), 14U);
  EXPECT_EQ(header_bytes(Octets(5, 1)), 5U) << "not even an Ethernet header";
}

TEST(HeaderBytes, ABrokenIpHeaderIsKept) {
  for (const Family f : kBoth) {
    Octets frame = udp_frame(from_peer(f), 5000, 7, "a secret");
    frame[14] = 0x31;
    EXPECT_EQ(header_bytes(frame), f == Family::v4 ? 14U + 20 : 14U + 40);
  }
}

TEST(HeaderBytes, ExtensionHeadersAreHeaders) {
  Octets chain{17, 0, 1, 4, 0, 0, 0, 0};  // destination options, 8 bytes, then UDP
  const Octets udp = udp_frame(from_peer(Family::v6), 5000, 7, "secret");
  chain.insert(chain.end(), udp.begin() + 54, udp.end());
  EXPECT_EQ(header_bytes(ip_frame(from_peer(Family::v6), 60, chain)), 14U + 40 + 8 + 8);
}

}  // namespace
}  // namespace weir::test
