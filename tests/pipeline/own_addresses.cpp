// Our own addresses before they are in use: RFC 4862 §5.4, RFC 5227 §2.1, §2.3, RFC 4861 §7.2.6.
#include "lab.hpp"

namespace weir::test {
namespace {

using OwnAddress = BothFamilies;
WEIR_BOTH_FAMILIES(OwnAddress);

const Mac kRivalMac{{2, 0, 0, 0, 0, 0x66}};
const auto kWithDad = [](Stack::Config& c) { c.dad = true; };

Address nobody(Family f) { return address(f == Family::v4 ? "0.0.0.0" : "::"); }

bool is_of(const Sent& s, Family f) {
  return f == Family::v4 ? s.kind == Sent::Kind::arp : s.kind == Sent::Kind::icmp;
}
/// The frames of that family that left since anybody looked.
std::vector<Sent> taken(Lab& lab, Family f) {
  std::vector<Sent> all;
  for (const Sent& s : lab.sent()) {
    if (is_of(s, f)) all.push_back(s);
  }
  lab.sent().clear();
  return all;
}
/// Somebody else asks whether the address is taken.
Octets probe_of(Family f, const Mac& mac) {
  if (f == Family::v4) return arp_frame(1, mac, nobody(f), our_address(f));
  Octets frame = solicitation(nobody(f), our_address(f), std::nullopt);
  std::copy(mac.bytes.begin(), mac.bytes.end(), frame.begin() + 6);
  return frame;
}
/// Somebody else says that it has the address.
Octets claim_of(Family f, const Mac& mac) {
  if (f == Family::v4) return arp_frame(2, mac, our_address(f), our_address(f), kOurMac);
  Octets frame = advertisement(our_address(f), address("ff02::1"), mac, 1U << 29);
  std::copy(mac.bytes.begin(), mac.bytes.end(), frame.begin() + 6);
  const Mac all_nodes{{0x33, 0x33, 0, 0, 0, 1}};
  std::copy(all_nodes.bytes.begin(), all_nodes.bytes.end(), frame.begin());
  return frame;
}
Octets question_of(Family f) {
  return f == Family::v4 ? arp_frame(1, kPeerMac, peer_address(f), our_address(f))
                         : solicitation(peer_address(f), our_address(f));
}

void is_probe(const Sent& s, Family f) {
  if (f == Family::v4) {
    EXPECT_EQ(s.frame, arp_frame(1, kOurMac, nobody(f), our_address(f)));
    return;
  }
  EXPECT_EQ(s.type, 135);
  EXPECT_EQ(s.source, nobody(f));
  EXPECT_EQ(s.destination, address("ff02::1:ff00:1"));
  EXPECT_EQ(s.ttl, 255);
  EXPECT_EQ(s.l4.size(), 24U);  // RFC 4861 §4.3: no source link-layer address
}
void is_announcement(const Sent& s, Family f) {
  if (f == Family::v4) {
    EXPECT_EQ(s.frame, arp_frame(1, kOurMac, our_address(f), our_address(f)));
    return;
  }
  EXPECT_EQ(s.type, 136);
  EXPECT_EQ(s.source, our_address(f));
  EXPECT_EQ(s.destination, address("ff02::1"));
  EXPECT_EQ(s.l4[4], 0x20);  // override, not solicited
  EXPECT_EQ(s.l4.size(), 32U);
}

TEST_P(OwnAddress, IsProbedOnceAndAnswersNothingUntilThen) {
  Lab lab(kWithDad);
  lab.round();
  const std::vector<Sent> probes = taken(lab, family());
  ASSERT_EQ(probes.size(), 1U);
  is_probe(probes[0], family());

  const Ends peer = from_peer(family());
  lab.is_silent_to(question_of(family()),
                   family() == Family::v4 ? Drop::arp_not_ours : Drop::nd_not_ours);
  lab.is_silent_to(echo_request(peer, "?"), Drop::ip_not_ours);
  lab.is_silent_to(udp_frame(peer, 5000, kEchoPort, "?"), Drop::ip_not_ours);
  lab.is_silent_to(tcp_frame(peer, syn()), Drop::ip_not_ours);
  lab.advance(980ms);
  EXPECT_TRUE(lab.sent().empty());

  lab.advance(40ms);
  const std::vector<Sent> news = taken(lab, family());
  ASSERT_EQ(news.size(), 1U);
  is_announcement(news[0], family());
  EXPECT_EQ(lab.answer_to(udp_frame(peer, 5000, kEchoPort, "!")).text, "!");
  lab.answer_to(question_of(family()));
  lab.advance(10s);
  EXPECT_TRUE(lab.sent().empty());
}

TEST_P(OwnAddress, ThatSomebodyElseHasOrWantsIsNotUsed) {
  for (const Octets& claim : {probe_of(family(), kRivalMac), claim_of(family(), kRivalMac)}) {
    Lab lab(kWithDad);
    lab.round();
    lab.advance(500ms);
    lab.sent().clear();
    lab.receive(claim);
    EXPECT_EQ(lab.mib(Mib::AddressConflicts), 1U);
    EXPECT_EQ(lab.counters().consumed.get(), 1U);
    lab.advance(10s);
    EXPECT_TRUE(taken(lab, family()).empty());
    lab.is_silent_to(udp_frame(from_peer(family()), 5000, kEchoPort, "?"), Drop::ip_not_ours);
    // The other family's address has nothing to do with it.
    const Family other = family() == Family::v4 ? Family::v6 : Family::v4;
    EXPECT_EQ(lab.answer_to(udp_frame(from_peer(other), 5000, kEchoPort, "!")).text, "!");
  }
}

// A hub or a promiscuous port shows us what we sent.
TEST_P(OwnAddress, OurOwnProbeIsNoClaim) {
  Lab lab(kWithDad);
  lab.round();
  lab.is_silent_to(probe_of(family(), kOurMac),
                   family() == Family::v4 ? Drop::arp_not_ours : Drop::nd_not_ours);
  lab.advance(1100ms);
  EXPECT_EQ(lab.mib(Mib::AddressConflicts), 0U);
  lab.sent().clear();
  EXPECT_EQ(lab.answer_to(udp_frame(from_peer(family()), 5000, kEchoPort, "!")).text, "!");
}

// Once it is in use, nobody takes it away by a word.
TEST_P(OwnAddress, InUseIsDefended) {
  Lab lab(kWithDad);
  lab.round();
  lab.advance(1100ms);
  lab.sent().clear();
  lab.answer_to(probe_of(family(), kRivalMac));
  lab.receive(claim_of(family(), kRivalMac));
  lab.sent().clear();
  EXPECT_EQ(lab.answer_to(udp_frame(from_peer(family()), 5000, kEchoPort, "!")).text, "!");
  EXPECT_EQ(lab.mib(Mib::AddressConflicts), 0U);
}

// The short way says what the long one does, whoever it is and whatever is in use at the moment.
TEST(OwnAddresses, AreThoseOfThePortHoweverTheyAreLookedFor) {
  using Role = LocalPort::Role;
  LocalPort lan, wan;
  lan.addresses = {*Prefix::parse("198.18.0.1/24"), *Prefix::parse("192.0.2.5/31"),
                   *Prefix::parse("192.0.2.129/25"), *Prefix::parse("2001:db8::1/64"),
                   *Prefix::parse("fe80::1/64")};
  lan.states = std::make_shared<AddressStates>(lan.addresses.size(), AddressState::tentative);
  wan.addresses = {*Prefix::parse("198.18.1.1/24")};
  wan.ranges = {*Prefix::parse("198.19.0.0/16")};
  const LocalPort ports[] = {lan, wan};
  OwnAddresses own;
  own.learn(ports);
  std::vector<Address> all{*Address::parse("255.255.255.255"), *Address::parse("198.18.0.255"),
                           *Address::parse("192.0.2.255"),     *Address::parse("192.0.2.5"),
                           *Address::parse("192.0.2.4"),       *Address::parse("0.0.0.0")};
  for (const LocalPort& port : ports) {
    for (const Prefix& prefix : port.addresses) all.push_back(prefix.address);
  }
  SplitMix64 dice(1);
  for (int i = 0; i < 1000; ++i) {
    all.push_back(Address::v4(0xc6120000U + static_cast<std::uint32_t>(dice.up_to(0x1ffff))));
  }
  std::array<int, 4> roles{};
  for (std::size_t used = 0; used <= lan.addresses.size(); ++used) {
    for (std::uint8_t number = 0; number < 2; ++number) {
      for (const Address& address : all) {
        const Role role = ports[number].role_of(address);
        ++roles[static_cast<std::size_t>(role)];
        EXPECT_EQ(own.role_of_source(number, ports[number], address), role) << to_string(address);
        for (int twice = 0; twice < 2; ++twice) {
          EXPECT_EQ(own.role_of_destination(ports[number], address), role) << to_string(address);
        }
      }
    }
    if (used < lan.addresses.size()) lan.states->set(used, AddressState::preferred);
  }
  for (const int seen : roles) EXPECT_GT(seen, 0);
}

// A reload may make of a stranger a broadcast, or of our address somebody else's.
TEST(OwnAddresses, AreThoseOfTheLastPortsTold) {
  OwnAddresses own;
  LocalPort port;
  const Address broadcast = *Address::parse("198.18.7.255"), us = *Address::parse("198.18.0.1");
  port.addresses = {*Prefix::parse("198.18.0.1/24")};
  own.learn({&port, 1});
  EXPECT_EQ(own.role_of_source(0, port, broadcast), LocalPort::Role::nothing);
  EXPECT_EQ(own.role_of_destination(port, us), LocalPort::Role::ours);
  port.addresses = {*Prefix::parse("198.18.7.1/24")};
  own.learn({&port, 1});
  EXPECT_EQ(own.role_of_source(0, port, broadcast), LocalPort::Role::broadcast);
  EXPECT_EQ(own.role_of_destination(port, us), LocalPort::Role::nothing);
}

}  // namespace
}  // namespace weir::test
