// IPv4 and IPv6 headers: what is read, and every reason to refuse one.
#include <utility>

#include "wire_kit.hpp"

namespace weir::test {
namespace {

// ---- both families

class IpPacket : public WireTest {};

TEST_P(IpPacket, IsReadAsWritten) {
  ASSERT_EQ(read(bench_.udp(family(), text_of(11))), std::nullopt);
  EXPECT_EQ(packet_.source, peer_address(family()));
  EXPECT_EQ(packet_.destination, our_address(family()));
  EXPECT_EQ(packet_.v6, family() == Family::v6);
  EXPECT_EQ(packet_.l3_offset, kEthernet);
  EXPECT_EQ(packet_.l4_offset, l4());
  EXPECT_EQ(packet_.l4_length, 8 + 11);
  EXPECT_EQ(packet_.protocol, kProtoUdp);
  EXPECT_EQ(packet_.ttl, 61);
  EXPECT_EQ(packet_.traffic_class, 0xb9);
  EXPECT_EQ(packet_.protocol_offset, family() == Family::v4 ? 9 : 6);
}

TEST_P(IpPacket, LeavesOutEthernetPadding) {
  Octets bytes = bench_.udp(family(), text_of(1));
  bytes.resize(bytes.size() + 30, 0xaa);
  ASSERT_EQ(read(bytes), std::nullopt);
  EXPECT_EQ(packet_.l4_length, 9);
}

TEST_P(IpPacket, CutAnywhereIsRefused) {
  const Octets whole = bench_.udp(family(), text_of(11));
  for (std::size_t size = kEthernet; size < whole.size(); ++size) {
    const Octets part(whole.begin(), whole.begin() + static_cast<long>(size));
    EXPECT_EQ(read(part), size < l4() ? Drop::ip_truncated : Drop::ip_bad_length) << size;
  }
}

TEST_P(IpPacket, OfAnyOtherVersionIsRefused) {
  for (unsigned version = 0; version < 16; ++version) {
    if (version == (family() == Family::v4 ? 4U : 6U)) continue;
    Octets bytes = bench_.udp(family());
    bytes[kEthernet] = static_cast<std::uint8_t>(version << 4 | (bytes[kEthernet] & 15));
    EXPECT_EQ(read(bytes), Drop::ip_bad_version);
  }
}

TEST_P(IpPacket, FromWhatCanBeNoHostIsRefused) {
  const std::vector<const char*> v4 = {"0.0.0.0",   "0.1.2.3",   "127.0.0.1",      "224.0.0.1",
                                       "239.1.2.3", "240.0.0.1", "255.255.255.255"};
  const std::vector<const char*> v6 = {"::", "::1", "ff02::1", "::ffff:192.0.2.1"};
  for (const char* source : family() == Family::v4 ? v4 : v6) {
    Octets bytes = bench_.udp(family());
    const Address forged = address(source);
    if (family() == Family::v4) {
      std::memcpy(bytes.data() + 26, forged.v4_bytes().data(), 4);
      mend_ipv4(bytes);
    } else {
      std::memcpy(bytes.data() + 22, forged.bytes.data(), 16);
    }
    EXPECT_EQ(read(bytes), Drop::ip_bad_source) << source;
  }
}

TEST_P(IpPacket, WithTimeToLiveOneOrZeroIsAccepted) {
  for (const std::uint8_t ttl : Octets{0, 1}) {
    Octets bytes = bench_.udp(family());
    bytes[family() == Family::v4 ? 22 : 21] = ttl;
    if (family() == Family::v4) mend_ipv4(bytes);
    ASSERT_EQ(read(bytes), std::nullopt);
    EXPECT_EQ(packet_.ttl, ttl);
  }
}

INSTANTIATE_TEST_SUITE_P(, IpPacket, testing::Values(Family::v4, Family::v6), family_name);

// ---- IPv4

class Ipv4 : public WireTest {
 protected:
  Octets sound() { return bench_.udp(Family::v4, text_of(11)); }

  /// A packet with these IPv4 options, padded with zeros to a whole word.
  Octets with_options(Octets options) {
    options.resize((options.size() + 3) / 4 * 4);
    Octets bytes = sound();
    bytes.insert(bytes.begin() + 34, options.begin(), options.end());
    bytes[14] = static_cast<std::uint8_t>(0x45 + options.size() / 4);
    bytes[17] = static_cast<std::uint8_t>(bytes.size() - kEthernet);
    mend_ipv4(bytes);
    return bytes;
  }
};

TEST_F(Ipv4, HeaderLengthBelowFiveOrBeyondTheFrameIsRefused) {
  for (const std::uint8_t words : Octets{0, 1, 4, 15}) {
    Octets bytes = sound();
    bytes[14] = static_cast<std::uint8_t>(0x40 | words);
    EXPECT_EQ(read(bytes, kVouched), Drop::ip_bad_header_length) << int{words};
  }
}

TEST_F(Ipv4, TotalLengthBelowTheHeaderOrBeyondTheFrameIsRefused) {
  for (const std::uint16_t length : std::vector<std::uint16_t>{0, 19, 40, 65535}) {
    Octets bytes = sound();
    bytes[16] = static_cast<std::uint8_t>(length >> 8);
    bytes[17] = static_cast<std::uint8_t>(length);
    mend_ipv4(bytes);
    EXPECT_EQ(read(bytes), Drop::ip_bad_length) << length;
  }
}

TEST_F(Ipv4, ChecksumIsVerifiedUnlessTheNicHas) {
  Octets bytes = sound();
  bytes[25] ^= 1;
  EXPECT_EQ(read(bytes), Drop::ip_bad_checksum);
  EXPECT_EQ(read(bytes, kRxIpChecksumGood), std::nullopt);
  EXPECT_EQ(read(sound(), kRxIpChecksumBad), Drop::ip_bad_checksum);
}

TEST_F(Ipv4, OptionsAreIgnoredWhateverTheySay) {
  const std::vector<Octets> lists = {
      {1, 1, 1, 1},      {0, 131, 3, 4},        {7, 7, 4, 0, 0, 0, 0},  // record route
      {0x94, 4, 0, 0},   {0xee, 0, 0xff, 0xff}, {0xee, 255},
      {0xee, 1, 131, 3}, {1, 1, 1, 131},        Octets(40, 1),
  };
  for (const Octets& options : lists) {
    ASSERT_EQ(read_udp(with_options(options)), std::nullopt);
    EXPECT_EQ(packet_.l4_length, 19);
  }
}

TEST_F(Ipv4, SourceRouteIsRefused) {
  EXPECT_EQ(read(with_options({131, 7, 4, 1, 2, 3, 4})), Drop::ip_source_route);
  EXPECT_EQ(read(with_options({1, 1, 137, 3, 4})), Drop::ip_source_route);
}

TEST_F(Ipv4, FragmentsAreReadAsSuch) {
  struct Case {
    std::uint8_t high, low;
    Fragment expected;
  };
  for (const auto& [high, low, expected] :
       {Case{0x20, 0, {true, true, 0, 0, 0}}, Case{0, 1, {true, false, 8, 0, 0}},
        Case{0x1f, 0xff, {true, false, 65528, 0, 0}}}) {
    Octets bytes = sound();
    bytes[18] = 0x12, bytes[19] = 0x34;
    bytes[20] = high;
    bytes[21] = low;
    mend_ipv4(bytes);
    ASSERT_EQ(read(bytes), std::nullopt);
    EXPECT_TRUE(packet_.fragment.is_one);
    EXPECT_EQ(packet_.fragment.more, expected.more);
    EXPECT_EQ(packet_.fragment.offset, expected.offset);
    EXPECT_EQ(packet_.fragment.identification, 0x1234U);
  }
  ASSERT_EQ(read(sound()), std::nullopt);
  EXPECT_FALSE(packet_.fragment.is_one);
}

// ---- IPv6

class Ipv6 : public WireTest {
 protected:
  static constexpr std::uint8_t kUdp = kProtoUdp;

  static Octets joined(std::initializer_list<Octets> parts) {
    Octets all;
    for (const Octets& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  }
  /// Eight bytes of options header (Hop-by-Hop or Destination) with PadN.
  static Octets padding(std::uint8_t next) { return {next, 0, 1, 4, 0, 0, 0, 0}; }
  static Octets option(std::uint8_t next, std::uint8_t type) {
    return {next, 0, type, 4, 0, 0, 0, 0};
  }
  static Octets routing(std::uint8_t next, std::uint8_t type, std::uint8_t left) {
    return {next, 0, type, left, 0, 0, 0, 0};
  }
  static Octets fragment(std::uint8_t next, std::uint16_t offset_and_more) {
    return {next,
            0,
            static_cast<std::uint8_t>(offset_and_more >> 8),
            static_cast<std::uint8_t>(offset_and_more),
            9,
            9,
            9,
            9};
  }
  static Octets datagram() { return {0, 1, 0, 2, 0, 8, 0, 0}; }
};

TEST_F(Ipv6, ExtensionHeadersAreAcceptedInAnyOrder) {
  const Octets chain =
      joined({padding(kProtoDestination), padding(kProtoRouting), routing(kProtoDestination, 4, 0),
              padding(kProtoFragment), fragment(kUdp, 0), datagram()});
  ASSERT_EQ(read(bench_.ipv6(kProtoHopByHop, chain)), std::nullopt);
  EXPECT_EQ(packet_.protocol, kUdp);
  EXPECT_EQ(packet_.l4_offset, kEthernet + 40 + 40);
  EXPECT_EQ(packet_.l4_length, 8);
  EXPECT_EQ(packet_.protocol_offset, 40 + 32);
}

TEST_F(Ipv6, HopByHopAnywhereButFirstIsRefused) {
  EXPECT_EQ(read(bench_.ipv6(kProtoDestination,
                             joined({padding(kProtoHopByHop), padding(kUdp), datagram()}))),
            Drop::ip_bad_extension);
}

TEST_F(Ipv6, EightExtensionHeadersAreReadAndNineAreNot) {
  Octets chain;
  for (int i = 0; i < 7; ++i) chain = joined({chain, padding(kProtoDestination)});
  EXPECT_EQ(read(bench_.ipv6(kProtoDestination, joined({chain, padding(kUdp), datagram()}))),
            std::nullopt);
  EXPECT_EQ(read(bench_.ipv6(kProtoDestination, joined({chain, padding(kProtoDestination),
                                                        padding(kUdp), datagram()}))),
            Drop::ip_bad_extension);
}

TEST_F(Ipv6, ExtensionHeadersBeyond512BytesAreRefused) {
  const auto header_of = [](std::uint8_t length) {
    Octets header(8 + std::size_t{length} * 8, 0);  // Pad1 throughout
    header[0] = kUdp;
    header[1] = length;
    return header;
  };
  EXPECT_EQ(read(bench_.ipv6(kProtoDestination, joined({header_of(63), datagram()}))),
            std::nullopt);
  EXPECT_EQ(read(bench_.ipv6(kProtoDestination, joined({header_of(64), datagram()}))),
            Drop::ip_bad_extension);
}

TEST_F(Ipv6, ProtocolOffsetReachesBeyond255) {
  Octets first(8 + 40 * 8, 0);
  first[0] = kProtoDestination;
  first[1] = 40;
  ASSERT_EQ(read(bench_.ipv6(kProtoDestination, joined({first, padding(200)}))), std::nullopt);
  EXPECT_EQ(packet_.protocol_offset, 40 + 328);
  EXPECT_EQ(packet_.protocol, 200);
}

TEST_F(Ipv6, ExtensionHeaderThatLeadsBeyondThePacketIsRefused) {
  for (const std::uint8_t header : Octets{kProtoHopByHop, kProtoRouting, kProtoDestination}) {
    EXPECT_EQ(read(bench_.ipv6(header, Octets{kUdp, 1, 0, 0, 0, 0, 0, 0})), Drop::ip_bad_extension);
  }
  for (std::size_t size = 0; size < 8; ++size) {
    EXPECT_EQ(read(bench_.ipv6(kProtoFragment, Octets(size, 0))), Drop::ip_bad_extension);
  }
}

TEST_F(Ipv6, PacketThatIsAllHopByHopHeadersIsRefused) {
  EXPECT_EQ(read(bench_.ipv6(kProtoHopByHop, Octets(512, 0))), Drop::ip_bad_extension);
}

TEST_F(Ipv6, UnknownOptionIsSkippedOrRefusedByItsTwoHighestBits) {
  for (const std::uint8_t header : Octets{kProtoHopByHop, kProtoDestination}) {
    const auto verdict = [&](std::uint8_t type) {
      return read(bench_.ipv6(header, joined({option(kUdp, type), datagram()})));
    };
    EXPECT_EQ(verdict(0x1e), std::nullopt);
    EXPECT_EQ(verdict(0x3e), std::nullopt);
    EXPECT_EQ(verdict(0x5e), Drop::ip_bad_option);
    EXPECT_EQ(verdict(0x9e), Drop::ip_bad_option);
    EXPECT_EQ(verdict(0xde), Drop::ip_bad_option);
  }
}

TEST_F(Ipv6, OptionThatLeadsBeyondItsHeaderIsRefused) {
  const Octets beyond = {kUdp, 0, 1, 5, 0, 0, 0, 0};
  const Octets no_length = {kUdp, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_EQ(read(bench_.ipv6(kProtoDestination, joined({beyond, datagram()}))),
            Drop::ip_bad_extension);
  EXPECT_EQ(read(bench_.ipv6(kProtoDestination, joined({no_length, datagram()}))),
            Drop::ip_bad_extension);
}

TEST_F(Ipv6, RoutingHeaderIsPassedOverOnlyWhenNothingIsLeft) {
  for (const std::uint8_t type : Octets{0, 2, 4, 255}) {
    EXPECT_EQ(read(bench_.ipv6(kProtoRouting, joined({routing(kUdp, type, 0), datagram()}))),
              std::nullopt);
    EXPECT_EQ(read(bench_.ipv6(kProtoRouting, joined({routing(kUdp, type, 1), datagram()}))),
              Drop::ip_bad_extension);
  }
}

// RFC 6946: offset 0 and no more of them is a packet as a whole.
TEST_F(Ipv6, FragmentsAreReadAsSuchButAnAtomicOneIsNone) {
  const auto fragment_of = [&](std::uint16_t field) {
    const Octets chain = joined({padding(kProtoFragment), fragment(kUdp, field), datagram()});
    EXPECT_EQ(read(bench_.ipv6(kProtoDestination, chain)), std::nullopt);
    EXPECT_TRUE(packet_.has_fragment_header);
    EXPECT_EQ(packet_.l4_offset, kEthernet + 40 + 16);
    EXPECT_EQ(packet_.protocol, kUdp);
    EXPECT_EQ(packet_.fragment.named_at, 40);
    EXPECT_EQ(packet_.fragment.identification, 0x09090909U);
    return packet_.fragment;
  };
  EXPECT_FALSE(fragment_of(0).is_one);
  EXPECT_FALSE(fragment_of(0x0006).is_one);  // the reserved bits
  EXPECT_TRUE(fragment_of(1).is_one);
  EXPECT_TRUE(fragment_of(1).more);
  EXPECT_EQ(fragment_of(8).offset, 8);
  EXPECT_EQ(fragment_of(0xfffe).offset, 0xfff8);
  ASSERT_EQ(read(bench_.udp(Family::v6)), std::nullopt);
  EXPECT_FALSE(packet_.has_fragment_header);
}

// RFC 8200 §4.2, §4.4, RFC 4443 §3.4: what the sender is told, and where the pointer is.
TEST_F(Ipv6, WhatTheSenderIsToldPointsAtTheFault) {
  const auto problem = [&](std::uint8_t first, const Octets& chain) {
    EXPECT_NE(read(bench_.ipv6(first, chain)), std::nullopt);
    return packet_.problem;
  };
  const auto is = [](const ParameterProblem& p, int code, int pointer, bool even_to_group) {
    EXPECT_TRUE(p.is_one);
    EXPECT_EQ(p.code, code);
    EXPECT_EQ(p.pointer, pointer);
    EXPECT_EQ(p.even_to_group, even_to_group);
  };
  is(problem(kProtoRouting, joined({routing(kUdp, 0, 1), datagram()})), 0, 42, false);
  is(problem(kProtoDestination, joined({padding(kProtoHopByHop), padding(kUdp), datagram()})), 1,
     40, false);
  is(problem(kProtoDestination, joined({option(kUdp, 0x9e), datagram()})), 2, 42, true);
  is(problem(kProtoDestination, joined({option(kUdp, 0xde), datagram()})), 2, 42, false);
  // The second option of the second header, behind Pad1.
  const Octets second{kUdp, 0, 0, 0xc1, 1, 0, 0, 0};
  is(problem(kProtoHopByHop, joined({padding(kProtoDestination), second, datagram()})), 2, 51,
     false);
  EXPECT_FALSE(problem(kProtoDestination, joined({option(kUdp, 0x5e), datagram()})).is_one);
}

TEST_F(Ipv6, UnspecifiedSourceMaySpeakIcmpOnly) {
  IpHeader ip = ip_header(Family::v6, kProtoIcmpv6);
  ip.source = Address{};
  const Octets message = {135, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(read_icmp(bench_.icmp(ip, message)), std::nullopt);
  ip.protocol = kProtoTcp;
  EXPECT_EQ(read(bench_.icmp(ip, message)), Drop::ip_bad_source);
}

TEST_F(Ipv6, MappedDestinationNeverPassesForIpv4) {
  Octets bytes = bench_.udp(Family::v6);
  std::memcpy(bytes.data() + 38, our_address(Family::v4).bytes.data(), 16);
  EXPECT_EQ(read(bytes, kVouched), Drop::ip_not_ours);
}

TEST_F(Ipv6, NoNextHeaderIsReportedAsTheProtocol) {
  ASSERT_EQ(read(bench_.ipv6(kProtoNone, Octets(5, 1))), std::nullopt);
  EXPECT_EQ(packet_.protocol, kProtoNone);
}

}  // namespace
}  // namespace weir::test
