// What is prepared for every packet says what the port's own description says.
#include <gtest/gtest.h>

#include "base/split_mix.hpp"
#include "pipeline/address_filter.hpp"
#include "pipeline/ipv4_routes.hpp"

namespace weir::test {
namespace {

// Ports with a few addresses, close to each other, of all prefix lengths.
LocalPort any_port(SplitMix64& dice) {
  LocalPort port;
  for (std::uint32_t n = dice.up_to(3); n > 0; --n) {
    port.addresses.push_back(
        {Address::v4(0xc6120000U | dice.up_to(0xff)), static_cast<std::uint8_t>(dice.up_to(32))});
  }
  port.addresses.push_back(*Prefix::parse("2001:db8::1/64"));
  if (dice.up_to(1) == 0) port.gateway_v4 = Address::v4(0xc6120001U);
  if (dice.up_to(2) == 0) {
    port.states = std::make_shared<AddressStates>(port.addresses.size(), AddressState::preferred);
    port.states->set(dice.up_to(static_cast<std::uint32_t>(port.addresses.size() - 1)),
                     AddressState::tentative);
  }
  return port;
}

Address any_unicast(SplitMix64& dice) {
  static constexpr std::uint32_t kBases[] = {0xc6120000U, 0xc6120000U, 0xc6130000U, 0x01000000U,
                                             0xdfffff00U};
  return Address::v4(kBases[dice.up_to(4)] | dice.up_to(0xff));
}

TEST(AddressFilter, AcceptsWhatThePortOwnsFromWhoCanBeThere) {
  SplitMix64 dice{5};
  unsigned accepted = 0;
  for (unsigned i = 0; i < 50'000; ++i) {
    const LocalPort port = any_port(dice);
    const Address from = any_unicast(dice), to = any_unicast(dice);
    // A tentative address of ours is no source either way; only a used one is refused as such.
    const bool believed = !port.index_of(from) && !port.is_broadcast(from);
    const bool expected = believed && port.owns(to);
    ASSERT_EQ(AddressFilter(port).accepts(port, from, to), expected);
    accepted += expected;
  }
  EXPECT_GT(accepted, 100U);
}

TEST(Ipv4Routes, LeadWhereThePortWouldLead) {
  SplitMix64 dice{6};
  for (unsigned i = 0; i < 50'000; ++i) {
    const LocalPort port = any_port(dice);
    const Address to = any_unicast(dice);
    const Ipv4Routes routes(port);
    const Address* const hop = routes.next_hop(to);
    const auto expected = port.next_hop(to);
    ASSERT_EQ(hop != nullptr, expected.has_value());
    if (hop != nullptr) {
      ASSERT_EQ(*hop, *expected);
    }
  }
}

}  // namespace
}  // namespace weir::test
