// Whom a frame is for, and who asks where we are: Ethernet, 802.1Q, RFC 826, RFC 5227, RFC 4861.
#include "lab.hpp"

namespace weir::test {
namespace {

constexpr std::uint32_t kSolicited = 1U << 30, kOverride = 1U << 29;

const Address kOurs = our_address(Family::v4), kPeer = peer_address(Family::v4);
const Address kOurs6 = our_address(Family::v6), kPeer6 = peer_address(Family::v6);
const Mac kNewMac{{2, 0, 0, 0, 0, 9}};

Octets echo_to(const Ends& ends) { return echo_request(ends, "0123456789"); }

TEST(Link, OnlyOurOwnStationAddressIsAnswered) {
  Lab lab;
  Ends ends = from_peer(Family::v4);
  EXPECT_EQ(lab.answer_to(echo_to(ends)).destination_mac, kPeerMac);
  ends.destination_mac = Mac{{2, 0, 0, 0, 0, 3}};
  lab.is_silent_to(echo_to(ends), Drop::eth_not_ours);
}

TEST(Link, UnicastPacketsInGroupFramesAreRefused) {
  Lab lab;
  for (const Family f : kBoth) {
    Ends ends = from_peer(f);
    ends.destination_mac = Mac::broadcast();
    lab.is_silent_to(echo_to(ends), Drop::ip_link_broadcast);
    ends.destination_mac = Mac{{1, 0, 0x5e, 0, 0, 1}};
    lab.is_silent_to(echo_to(ends), Drop::ip_link_broadcast);
    ends.destination = stranger_address(f);
    lab.is_silent_to(echo_to(ends), Drop::eth_group_not_ours);
    ends.destination_mac = kOurMac;
    lab.is_silent_to(echo_to(ends), Drop::ip_not_ours);
  }
}

TEST(Link, TcpAndUdpToGroupsAreRefused) {
  Lab lab;
  for (const char* group : {"224.0.0.1", "192.0.2.255", "255.255.255.255", "ff02::1"}) {
    Ends ends = from_peer(address(group).is_v4() ? Family::v4 : Family::v6);
    ends.destination = address(group);
    ends.destination_mac = Mac::broadcast();
    lab.is_silent_to(udp_frame(ends, 5000, kEchoPort, "x"), Drop::eth_group_not_ours);
    lab.is_silent_to(tcp_frame(ends, syn()), Drop::eth_group_not_ours);
  }
}

TEST(Vlan, ATagThatThePortDoesNotCarryIsRefused) {
  Lab untagged, tagged(in_vlan(5));
  Ends ends = from_peer(Family::v4);
  tagged.is_silent_to(echo_to(ends), Drop::eth_vlan_unknown);
  ends.vlan = 6;
  tagged.is_silent_to(echo_to(ends), Drop::eth_vlan_unknown);
  ends.vlan = 5;
  EXPECT_EQ(tagged.answer_to(echo_to(ends)).vlan, 5);
  untagged.is_silent_to(echo_to(ends), Drop::eth_vlan_unknown);
  // A priority tag names no VLAN.
  Octets priority = echo_to(ends);
  priority[14] = 0xe0, priority[15] = 0;
  EXPECT_EQ(untagged.answer_to(priority).vlan, 0);
  tagged.is_silent_to(priority, Drop::eth_vlan_unknown);
}

TEST(Arp, ARequestIsAnsweredFieldForField) {
  Lab lab;
  const Octets reply = arp_frame(2, kOurMac, kOurs, kPeer, kPeerMac);
  Octets request = arp_frame(1, kPeerMac, kPeer, kOurs);
  EXPECT_EQ(lab.answer_to(request).frame, reply);
  request.resize(60);  // padding of the wire
  EXPECT_EQ(lab.answer_to(request).frame, reply);
  EXPECT_EQ(lab.mib(Mib::ArpRequestsAnswered), 2U);
}

TEST(Arp, AnAnswerCarriesTheTagOfItsVlan) {
  Lab lab(in_vlan(5));
  Octets request = arp_frame(1, kPeerMac, kPeer, kOurs);
  const Octets message(request.begin() + 14, request.end());
  const Sent s = lab.answer_to(ethernet_frame(Mac::broadcast(), kPeerMac, 0x0806, message, 5));
  EXPECT_EQ(s.vlan, 5);
}

// RFC 5227 §2.1.1: a probe has no sender address yet; it is answered, and nothing is learnt of it.
TEST(Arp, AProbeIsAnsweredAndTeachesNothing) {
  Lab lab;
  const Address nobody = address("0.0.0.0");
  EXPECT_EQ(lab.answer_to(arp_frame(1, kNewMac, nobody, kOurs)).frame,
            arp_frame(2, kOurMac, kOurs, nobody, kNewMac));
  EXPECT_FALSE(lab.neighbours().find(nobody));
}

TEST(Arp, QuestionsAboutOthersAreIgnored) {
  Lab lab;
  const Address other = stranger_address(Family::v4);
  lab.is_silent_to(arp_frame(1, kPeerMac, kPeer, other), Drop::arp_not_ours);
  // Gratuitous: about the sender itself.
  lab.is_silent_to(arp_frame(1, kNewMac, kPeer, kPeer), Drop::arp_not_ours);
  lab.is_silent_to(arp_frame(2, kNewMac, kPeer, kPeer), Drop::arp_not_ours);
  EXPECT_EQ(lab.neighbours().find(kPeer)->mac, kPeerMac);
}

TEST(Arp, WhoClaimsOurAddressIsRefused) {
  Lab lab;
  lab.is_silent_to(arp_frame(1, kPeerMac, kOurs, kOurs), Drop::arp_bad_sender);
  lab.is_silent_to(arp_frame(1, kPeerMac, address("192.0.2.255"), kOurs), Drop::arp_bad_sender);
  lab.is_silent_to(arp_frame(1, Mac{}, kPeer, kOurs), Drop::arp_bad_sender);
}

// RFC 826: whoever asks for us tells where it is; so does an answer of somebody known.
TEST(Arp, WhoTalksToUsIsLearnt) {
  Lab lab;
  const Address stranger = stranger_address(Family::v4);
  EXPECT_EQ(lab.answer_to(arp_frame(1, kNewMac, stranger, kOurs)).destination_mac, kNewMac);
  EXPECT_EQ(lab.neighbours().find(stranger)->mac, kNewMac);
  lab.receive(arp_frame(2, kNewMac, kPeer, kOurs, kOurMac));
  EXPECT_EQ(lab.counters().consumed.get(), 1U);
  EXPECT_EQ(lab.neighbours().find(kPeer)->mac, kNewMac);
  EXPECT_TRUE(lab.sent().empty());
}

TEST(Arp, AnAnswerThatNobodyAskedForMakesNoEntry) {
  Lab lab;
  const Address stranger = stranger_address(Family::v4);
  lab.receive(arp_frame(2, kNewMac, stranger, kOurs, kOurMac));
  EXPECT_FALSE(lab.neighbours().find(stranger));
  lab.is_silent_to(arp_frame(2, kNewMac, address("0.0.0.0"), kOurs, kOurMac),
                   Drop::arp_unsolicited);
}

// A gateway is a way to those who are far, not a reason to believe that they are near.
TEST(Arp, AStationOffTheLinkIsNotLearnt) {
  const Address far = address("198.51.100.9");
  for (const bool gateway : {false, true}) {
    Lab lab(tuned([&](Snapshot& s) {
      if (gateway) s.ports[0].gateway_v4 = kPeer;
    }));
    EXPECT_EQ(lab.answer_to(arp_frame(1, kNewMac, far, kOurs)).destination_mac, kNewMac);
    EXPECT_FALSE(lab.neighbours().find(far));
    lab.is_silent_to(arp_frame(2, kNewMac, far, kOurs, kOurMac), Drop::arp_unsolicited);
  }
}

Octets unicast_solicitation(std::uint8_t hop_limit) {
  Ends ends = from_peer(Family::v6);
  ends.ttl = hop_limit;
  Octets rest(4, 0);
  rest.insert(rest.end(), kOurs6.bytes.begin(), kOurs6.bytes.end());
  return icmp_frame(ends, 135, 0, rest);
}

// RFC 4861 §4.4: the message as a whole, headers included.
void is_advertisement(const Sent& s, const Address& to, const Mac& to_mac, bool solicited) {
  EXPECT_EQ(s.frame[6], kOurMac.bytes[0]);
  EXPECT_EQ(s.destination_mac, to_mac);
  EXPECT_EQ(s.source, kOurs6);
  EXPECT_EQ(s.destination, to);
  EXPECT_EQ(s.ttl, 255);
  ASSERT_EQ(s.l4.size(), 32U);
  Octets expected{136, 0, s.l4[2], s.l4[3], std::uint8_t(solicited ? 0x60 : 0x20), 0, 0, 0};
  expected.insert(expected.end(), kOurs6.bytes.begin(), kOurs6.bytes.end());
  expected.insert(expected.end(), {2, 1});
  expected.insert(expected.end(), kOurMac.bytes.begin(), kOurMac.bytes.end());
  EXPECT_EQ(s.l4, expected);
}

TEST(NeighbourDiscovery, SolicitationsAreAnswered) {
  Lab lab;
  is_advertisement(lab.answer_to(solicitation(kPeer6, kOurs6)), kPeer6, kPeerMac, true);
  is_advertisement(lab.answer_to(solicitation(kPeer6, kOurs6, std::nullopt)), kPeer6, kPeerMac,
                   true);
  is_advertisement(lab.answer_to(unicast_solicitation(255)), kPeer6, kPeerMac, true);
  EXPECT_EQ(lab.mib(Mib::NdSolicitationsAnswered), 3U);
}

// RFC 4862 §5.4, RFC 4861 §7.2.4: to all nodes, and not solicited.
TEST(NeighbourDiscovery, DuplicateAddressDetectionIsAnsweredToAll) {
  Lab lab;
  is_advertisement(lab.answer_to(solicitation(address("::"), kOurs6, std::nullopt)),
                   address("ff02::1"), Mac{{0x33, 0x33, 0, 0, 0, 1}}, false);
  lab.is_silent_to(solicitation(address("::"), kOurs6, kPeerMac), Drop::nd_malformed);
}

TEST(NeighbourDiscovery, WhatComesFromOffTheLinkIsRefused) {
  Lab lab;
  for (const std::uint8_t limit : Octets{0, 1, 64, 254}) {
    lab.is_silent_to(unicast_solicitation(limit), Drop::nd_hop_limit);
  }
}

TEST(NeighbourDiscovery, QuestionsAboutOthersAreIgnored) {
  Lab lab;
  lab.is_silent_to(solicitation(kPeer6, stranger_address(Family::v6)), Drop::nd_not_ours);
}

TEST(NeighbourDiscovery, WhoAsksForUsIsLearnt) {
  Lab lab;
  const Address stranger = stranger_address(Family::v6);
  lab.answer_to(solicitation(stranger, kOurs6, kNewMac));
  EXPECT_EQ(lab.neighbours().find(stranger)->mac, kNewMac);
  // From off the link it is answered to where it came from, and not learnt.
  const Address far = address("2001:db8:1::9");
  EXPECT_EQ(lab.answer_to(solicitation(far, kOurs6, kNewMac)).destination_mac, kNewMac);
  EXPECT_FALSE(lab.neighbours().find(far));
}

TEST(NeighbourDiscovery, AdvertisementsTeachOnlyWhatWasAsked) {
  Lab lab;
  const Address stranger = stranger_address(Family::v6);
  lab.receive(advertisement(stranger, kOurs6, kNewMac, kSolicited | kOverride));
  EXPECT_FALSE(lab.neighbours().find(stranger));
  // Known: only an override may change it.
  lab.receive(advertisement(kPeer6, kOurs6, kNewMac, kSolicited));
  EXPECT_EQ(lab.neighbours().find(kPeer6)->mac, kPeerMac);
  // RFC 4861 §7.2.5: but the old one is doubted.
  EXPECT_EQ(lab.neighbours().find(kPeer6)->state, Reachability::stale);
  lab.receive(advertisement(kPeer6, kOurs6, kNewMac, kSolicited | kOverride));
  EXPECT_EQ(lab.neighbours().find(kPeer6)->mac, kNewMac);
  EXPECT_EQ(lab.counters().consumed.get(), 3U);
  lab.is_silent_to(advertisement(kPeer6, kOurs6, kNewMac, kOverride), Drop::nd_unsolicited);
  lab.is_silent_to(advertisement(kPeer6, kOurs6, std::nullopt, kSolicited), Drop::nd_unsolicited);
}

}  // namespace
}  // namespace weir::test
