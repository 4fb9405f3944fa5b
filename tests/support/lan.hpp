// The little network of the tests: us, one peer, and one number for each service.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/drop.hpp"
#include "base/mac.hpp"
#include "flow/flow.hpp"

namespace weir {
inline void PrintTo(Drop drop, std::ostream* out) { *out << text(drop).name; }
inline void PrintTo(State state, std::ostream* out) { *out << to_string(state); }
inline void PrintTo(const Address& address, std::ostream* out) { *out << to_string(address); }
}  // namespace weir

namespace weir::test {

using Octets = std::vector<std::uint8_t>;

enum class Family { v4, v6 };
inline constexpr Family kBoth[] = {Family::v4, Family::v6};
inline std::string family_name(const testing::TestParamInfo<Family>& info) {
  return info.param == Family::v4 ? "IPv4" : "IPv6";
}

inline constexpr Mac kOurMac{{2, 0, 0, 0, 0, 1}}, kPeerMac{{2, 0, 0, 0, 0, 2}};

inline Address address(std::string_view text) { return Address::parse(text).value(); }
inline Address our_address(Family f) {
  return address(f == Family::v4 ? "192.0.2.1" : "2001:db8::1");
}
inline Address peer_address(Family f) {
  return address(f == Family::v4 ? "192.0.2.2" : "2001:db8::2");
}
/// On the link, and nobody has heard of it yet.
inline Address stranger_address(Family f) {
  return address(f == Family::v4 ? "192.0.2.77" : "2001:db8::77");
}

inline constexpr std::uint16_t kEchoPort = 7, kDiscardPort = 9, kChargenPort = 19, kHoldPort = 99,
                               kScriptPort = 1000, kSourcePort = 1001, kClosedPort = 81;

/// A fixture whose tests run once a family.
class BothFamilies : public testing::TestWithParam<Family> {
 protected:
  [[nodiscard]] Family family() const { return GetParam(); }
};
#define WEIR_BOTH_FAMILIES(suite)                                                           \
  INSTANTIATE_TEST_SUITE_P(Both, suite,                                                     \
                           testing::Values(weir::test::Family::v4, weir::test::Family::v6), \
                           weir::test::family_name)

}  // namespace weir::test
