// IPv6 extension headers and what their sender is told: RFC 8200 §4, RFC 4443 §3.4, RFC 5095.
#include "lab.hpp"

namespace weir::test {
namespace {

Octets extended(const Ends& ends, std::uint8_t first, Octets headers) {
  const Octets udp = udp_frame(from_peer(Family::v6), 5000, kEchoPort, "text");
  headers.insert(headers.end(), udp.begin() + 54, udp.end());
  return ip_frame(ends, first, headers);
}
Octets option(std::uint8_t type) { return {17, 0, type, 4, 0, 0, 0, 0}; }

Ends to_group() {
  Ends ends = from_peer(Family::v6);
  ends.destination = address("ff02::1");
  ends.destination_mac = Mac{{0x33, 0x33, 0, 0, 0, 1}};
  return ends;
}

// Requirement 166, both kinds of options header, to us and to a group of ours.
TEST(Extensions, AnUnknownOptionIsTreatedByItsTwoHighestBits) {
  Lab lab;
  const Ends us = from_peer(Family::v6), group = to_group();
  for (const std::uint8_t header : Octets{0, 60}) {
    EXPECT_EQ(lab.answer_to(extended(us, header, option(0x1e))).text, "text");
    lab.is_silent_to(extended(group, header, option(0x1e)), Drop::eth_group_not_ours);
    lab.is_silent_to(extended(us, header, option(0x5e)), Drop::ip_bad_option);
    lab.is_silent_to(extended(group, header, option(0x5e)), Drop::ip_bad_option);
    const Octets told = extended(us, header, option(0x9e));
    is_problem(lab.answer_to(told), 2, 42, told);
    const Octets told_by_group = extended(group, header, option(0x9e));
    is_problem(lab.answer_to(told_by_group), 2, 42, told_by_group);
    const Octets told_but_for_groups = extended(us, header, option(0xde));
    is_problem(lab.answer_to(told_but_for_groups), 2, 42, told_but_for_groups);
    lab.is_silent_to(extended(group, header, option(0xde)), Drop::ip_bad_option);
  }
  EXPECT_EQ(lab.refused(Drop::ip_bad_option), 6U);
}

// Requirement 167: type 0 and any other that has something left to do.
TEST(Extensions, ARoutingHeaderWithSegmentsLeftIsRefused) {
  Lab lab;
  for (const std::uint8_t type : Octets{0, 2, 4, 255}) {
    const Octets left = extended(from_peer(Family::v6), 43, {17, 0, type, 1, 0, 0, 0, 0});
    is_problem(lab.answer_to(left), 0, 42, left);
    const Octets done = extended(from_peer(Family::v6), 43, {17, 0, type, 0, 0, 0, 0, 0});
    EXPECT_EQ(lab.answer_to(done).text, "text");
  }
  EXPECT_EQ(lab.refused(Drop::ip_bad_extension), 4U);
}

// Requirement 165.
TEST(Extensions, HopByHopStandsFirstOrIsUnknown) {
  Lab lab;
  const Octets second =
      extended(from_peer(Family::v6), 60, {0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0});
  is_problem(lab.answer_to(second), 1, 40, second);
}

// RFC 4443 §2.4(e): errors about errors, from nobody, from ourselves, to others.
TEST(Extensions, SomeAreNeverTold) {
  Lab lab;
  const Octets bad = option(0x9e);
  Octets error{58, 0, 0x9e, 4, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0, 0};
  lab.is_silent_to(ip_frame(from_peer(Family::v6), 60, error), Drop::ip_bad_option);
  Ends elsewhere = from_peer(Family::v6);
  elsewhere.destination = stranger_address(Family::v6);
  lab.is_silent_to(extended(elsewhere, 60, bad), Drop::ip_not_ours);
  lab.is_silent_to(extended(from(our_address(Family::v6), Family::v6), 60, bad),
                   Drop::ip_bad_source);
  lab.is_silent_to(extended(from(address("::"), Family::v6), 60, bad), Drop::ip_bad_option);
  Ends another_group = to_group();
  another_group.destination = address("ff05::1:3");
  lab.is_silent_to(extended(another_group, 60, bad), Drop::ip_bad_option);
}

TEST(Extensions, ProblemsAreToldWithinTheLimit) {
  Lab lab(tuned([](Snapshot& s) { s.icmp_limit = 1; }));
  const Octets bad = extended(from_peer(Family::v6), 60, option(0x9e));
  lab.answer_to(bad);
  lab.is_silent_to(bad, Drop::ip_bad_option);
}

}  // namespace
}  // namespace weir::test
