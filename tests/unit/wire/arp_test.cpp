// ARP messages: all eight fields, and who may not have sent them.
#include "wire/arp.hpp"

#include "wire_kit.hpp"

namespace weir::test {
namespace {

class Arp : public testing::Test {
 protected:
  Octets sound() {
    Frame frame = bench_.fresh();
    build_arp(frame,
              {ArpOperation::request, kPeerMac, peer_address(Family::v4), our_address(Family::v4)},
              Mac{});
    prepend_ethernet(frame, kPeerMac, Mac::broadcast(), kEtherArp, 0);
    return copy_of(frame);
  }
  Refusal read(const Octets& bytes) {
    Frame frame = bench_.at_end(bytes);
    Link link;
    EXPECT_EQ(parse_link(frame, link), std::nullopt);
    return parse_arp(frame, link, message_);
  }

  Bench bench_;
  ArpMessage message_;
};

TEST_F(Arp, RequestIsWrittenFieldByField) {
  EXPECT_EQ(sound(), (Octets{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,   2, 8, 6,
                             0,    1,    8,    0,    6,    4,    0, 1, 2, 0, 0,   0, 0, 2,
                             192,  0,    2,    77,   0,    0,    0, 0, 0, 0, 192, 0, 2, 1}));
}

TEST_F(Arp, MessageIsReadAsWrittenAndPaddingIgnored) {
  Octets bytes = sound();
  bytes[21] = 2;
  bytes.resize(60);
  ASSERT_EQ(read(bytes), std::nullopt);
  EXPECT_EQ(message_.op, ArpOperation::reply);
  EXPECT_EQ(message_.sender_mac, kPeerMac);
  EXPECT_EQ(message_.sender, peer_address(Family::v4));
  EXPECT_EQ(message_.target, our_address(Family::v4));
}

TEST_F(Arp, MessageThatIsCutOffIsMalformed) {
  const Octets whole = sound();
  for (std::size_t size = kEthernet; size < whole.size(); ++size) {
    EXPECT_EQ(read({whole.begin(), whole.begin() + static_cast<long>(size)}), Drop::arp_malformed);
  }
}

TEST_F(Arp, MessageOfOtherTypesLengthsOrOperationsIsMalformed) {
  for (const std::size_t at : {14, 15, 16, 17, 18, 19, 20}) {
    Octets bytes = sound();
    bytes[at] ^= 0x10;
    EXPECT_EQ(read(bytes), Drop::arp_malformed) << at;
  }
  for (const std::uint8_t operation : Octets{0, 3, 255}) {
    Octets bytes = sound();
    bytes[21] = operation;
    EXPECT_EQ(read(bytes), Drop::arp_malformed);
  }
}

TEST_F(Arp, SenderThatCanBeNoStationIsRefused) {
  Octets group = sound();
  group[22] |= 1;
  EXPECT_EQ(read(group), Drop::arp_bad_sender);

  Octets zero = sound();
  std::fill_n(zero.begin() + 22, 6, std::uint8_t{0});
  EXPECT_EQ(read(zero), Drop::arp_bad_sender);

  for (const char* forged : {"224.0.0.1", "127.0.0.1", "255.255.255.255"}) {
    Octets bytes = sound();
    std::memcpy(bytes.data() + 28, address(forged).v4_bytes().data(), 4);
    EXPECT_EQ(read(bytes), Drop::arp_bad_sender) << forged;
  }
}

TEST_F(Arp, ProbeWithoutSenderAddressIsRead) {
  Octets bytes = sound();
  std::fill_n(bytes.begin() + 28, 4, std::uint8_t{0});
  EXPECT_EQ(read(bytes), std::nullopt);
  EXPECT_TRUE(message_.sender.is_unspecified());
}

}  // namespace
}  // namespace weir::test
