// Neighbour Discovery: round trips, and the validity checks of RFC 4861 §7.1 one by one.
#include "wire/nd.hpp"

#include "wire_kit.hpp"

namespace weir::test {
namespace {

class NeighbourDiscovery : public WireTest {
 protected:
  static IpHeader ip_to(const Address& destination) {
    IpHeader ip = ip_header(Family::v6, kProtoIcmpv6);
    ip.destination = destination;
    ip.ttl = 255;
    return ip;
  }
  static NeighbourMessage solicitation() {
    NeighbourMessage message;
    message.solicitation = true;
    message.target = our_address(Family::v6);
    message.link_layer_option = kPeerMac;
    return message;
  }
  static NeighbourMessage advertisement() {
    NeighbourMessage message = solicitation();
    message.solicitation = false;
    message.solicited = message.override_flag = true;
    message.target = peer_address(Family::v6);
    return message;
  }
  Octets bytes_of(const NeighbourMessage& message, const IpHeader& ip) {
    Frame frame = bench_.fresh();
    if (message.solicitation) {
      build_neighbour_solicitation(frame, message);
    } else {
      build_neighbour_advertisement(frame, message);
    }
    fill_icmp_checksum(frame, ip);
    return bench_.finish(frame, ip);
  }
  /// A solicitation with these bytes in place of its options.
  Octets with_options(const Octets& options) {
    NeighbourMessage message = solicitation();
    message.link_layer_option.reset();
    Frame frame = bench_.fresh();
    build_neighbour_solicitation(frame, message);
    if (!options.empty()) {
      std::memcpy(frame.append(static_cast<std::uint16_t>(options.size())), options.data(),
                  options.size());
    }
    fill_icmp_checksum(frame, ip_to(our_address(Family::v6)));
    return bench_.finish(frame, ip_to(our_address(Family::v6)));
  }
  Refusal read_neighbour(const Octets& bytes) {
    if (const Refusal refusal = read_icmp(bytes)) return refusal;
    return parse_neighbour(packet_, icmp_, message_);
  }

  NeighbourMessage message_;
};

TEST_F(NeighbourDiscovery, SolicitationIsReadAsWritten) {
  const Address group = solicited_node(our_address(Family::v6));
  ASSERT_EQ(read_neighbour(bytes_of(solicitation(), ip_to(group))), std::nullopt);
  EXPECT_TRUE(message_.solicitation);
  EXPECT_EQ(message_.target, our_address(Family::v6));
  EXPECT_EQ(message_.link_layer_option, kPeerMac);
}

TEST_F(NeighbourDiscovery, AdvertisementIsReadAsWrittenWithEachOfItsFlags) {
  for (unsigned mix = 0; mix < 8; ++mix) {
    NeighbourMessage sent = advertisement();
    sent.router = (mix & 1) != 0;
    sent.solicited = (mix & 2) != 0;
    sent.override_flag = (mix & 4) != 0;
    ASSERT_EQ(read_neighbour(bytes_of(sent, ip_to(our_address(Family::v6)))), std::nullopt);
    EXPECT_FALSE(message_.solicitation);
    EXPECT_EQ(message_.router, sent.router);
    EXPECT_EQ(message_.solicited, sent.solicited);
    EXPECT_EQ(message_.override_flag, sent.override_flag);
    EXPECT_EQ(message_.target, peer_address(Family::v6));
    EXPECT_EQ(message_.link_layer_option, kPeerMac);
  }
}

TEST_F(NeighbourDiscovery, HopLimitOtherThan255ComesFromOffTheLink) {
  for (const std::uint8_t ttl : Octets{0, 1, 64, 254}) {
    IpHeader ip = ip_to(our_address(Family::v6));
    ip.ttl = ttl;
    EXPECT_EQ(read_neighbour(bytes_of(solicitation(), ip)), Drop::nd_hop_limit);
    EXPECT_EQ(read_neighbour(bytes_of(advertisement(), ip)), Drop::nd_hop_limit);
  }
}

TEST_F(NeighbourDiscovery, BadChecksumIsRefused) {
  Octets bytes = bytes_of(solicitation(), ip_to(our_address(Family::v6)));
  bytes.back() ^= 1;
  EXPECT_EQ(read_neighbour(bytes), Drop::icmp_bad_checksum);
}

TEST_F(NeighbourDiscovery, CodeOtherThanZeroIsMalformed) {
  for (const std::uint8_t type : Octets{135, 136}) {
    Octets message(24, 0);
    message[0] = type;
    message[1] = 1;
    EXPECT_EQ(read_neighbour(bench_.icmp(ip_to(our_address(Family::v6)), message)),
              Drop::nd_malformed);
  }
}

TEST_F(NeighbourDiscovery, MessageBelow24BytesIsMalformed) {
  for (std::size_t size = 8; size < 24; ++size) {
    Octets message(size, 0);
    message[0] = 135;
    EXPECT_EQ(read_neighbour(bench_.icmp(ip_to(our_address(Family::v6)), message)),
              Drop::nd_malformed);
  }
}

TEST_F(NeighbourDiscovery, OptionsAreCheckedOneByOne) {
  EXPECT_EQ(read_neighbour(with_options({})), std::nullopt);
  EXPECT_EQ(message_.link_layer_option, std::nullopt);
  const Octets nonce = {14, 1, 1, 2, 3, 4, 5, 6};  // RFC 3971: unknown here, skipped
  EXPECT_EQ(read_neighbour(with_options(nonce)), std::nullopt);

  const std::vector<Octets> malformed = {
      {1, 0, 2, 0, 0, 0, 0, 2},                          // length zero
      {14, 0, 0, 0, 0, 0, 0, 0},                         // also of an option not known
      {1, 2, 2, 0, 0, 0, 0, 2},                          // beyond the message
      {1},                                               // no length
      {14, 1, 1, 2, 3, 4, 5, 6, 1, 1, 2},                // the second one cut off
      {1, 2, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0},  // not an Ethernet address
      {1, 1, 3, 0, 0, 0, 0, 2},                          // a group
      {1, 1, 0, 0, 0, 0, 0, 0},                          // nobody
  };
  for (const Octets& options : malformed) {
    EXPECT_EQ(read_neighbour(with_options(options)), Drop::nd_malformed);
  }
}

TEST_F(NeighbourDiscovery, TargetThatIsAGroupOrMappedIsMalformed) {
  for (const char* target : {"ff02::1", "::ffff:192.0.2.1"}) {
    NeighbourMessage message = solicitation();
    message.target = address(target);
    EXPECT_EQ(read_neighbour(bytes_of(message, ip_to(our_address(Family::v6)))),
              Drop::nd_malformed);
  }
}

TEST_F(NeighbourDiscovery, DuplicateAddressDetectionNeedsTheGroupAndNoOption) {
  NeighbourMessage probe = solicitation();
  probe.link_layer_option.reset();
  IpHeader ip = ip_to(solicited_node(probe.target));
  ip.source = Address{};
  EXPECT_EQ(read_neighbour(bytes_of(probe, ip)), std::nullopt);
  EXPECT_EQ(read_neighbour(bytes_of(solicitation(), ip)), Drop::nd_malformed);
  ip.destination = our_address(Family::v6);
  EXPECT_EQ(read_neighbour(bytes_of(probe, ip)), Drop::nd_malformed);
}

TEST_F(NeighbourDiscovery, SolicitedAdvertisementToAGroupIsMalformed) {
  NeighbourMessage message = advertisement();
  const IpHeader ip = ip_to(address("ff02::1"));
  EXPECT_EQ(read_neighbour(bytes_of(message, ip)), Drop::nd_malformed);
  message.solicited = false;
  EXPECT_EQ(read_neighbour(bytes_of(message, ip)), std::nullopt);
}

TEST(Multicast, AddressesAreThoseOfTheRfcs) {
  EXPECT_EQ(solicited_node(address("2001:db8::1:2:3456")), address("ff02::1:ff02:3456"));
  EXPECT_EQ(to_string(multicast_mac(address("ff02::1:ff02:3456"))), "33:33:ff:02:34:56");
  EXPECT_EQ(to_string(multicast_mac(address("224.129.2.3"))), "01:00:5e:01:02:03");
}

}  // namespace
}  // namespace weir::test
