// Addresses and prefixes of both families.
#include "base/address.hpp"

#include <gtest/gtest.h>

#include "base/mac.hpp"

namespace weir {
namespace {

Address address(std::string_view text) { return Address::parse(text).value(); }
Prefix prefix(std::string_view text) { return Prefix::parse(text).value(); }

TEST(Addresses, ArePrintedAsTheyAreParsed) {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1",
                           "fe80::1:2:3:4", "ff02::1:ff00:1"}) {
    EXPECT_EQ(to_string(address(text)), text);
  }
  EXPECT_EQ(to_string(address("192.0.2.1"), 80), "192.0.2.1:80");
  EXPECT_EQ(to_string(address("2001:db8::1"), 80), "[2001:db8::1]:80");
}

TEST(Addresses, ThatAreMistypedAreNothing) {
  for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "1.2.3.4/8",
                           ":::", "2001:db8::1%eth0", "2001:db8:::1", "12345::", "host"}) {
    EXPECT_EQ(Address::parse(text), std::nullopt) << text;
  }
}

TEST(Addresses, OfIpv4AreMappedOnes) {
  EXPECT_EQ(address("192.0.2.1"), address("::ffff:192.0.2.1"));
  EXPECT_EQ(address("192.0.2.1"), Address::v4(0xc0000201));
  EXPECT_EQ(address("192.0.2.1").v4_host_order(), 0xc0000201U);
  EXPECT_TRUE(address("192.0.2.1").is_v4());
  EXPECT_FALSE(address("::192.0.2.1").is_v4());
  EXPECT_FALSE(address("::").is_v4());
}

TEST(Addresses, AreClassifiedAlikeInBothFamilies) {
  for (const char* text : {"0.0.0.0", "::"}) EXPECT_TRUE(address(text).is_unspecified());
  for (const char* text : {"224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"}) {
    EXPECT_TRUE(address(text).is_multicast()) << text;
  }
  for (const char* text : {"127.0.0.1", "127.255.0.1", "::1"}) {
    EXPECT_TRUE(address(text).is_loopback()) << text;
  }
  for (const char* text : {"169.254.1.1", "fe80::1", "febf::1"}) {
    EXPECT_TRUE(address(text).is_link_local()) << text;
  }
  EXPECT_TRUE(address("255.255.255.255").is_limited_broadcast());
  for (const char* text :
       {"192.0.2.1", "223.255.255.255", "240.0.0.1", "2001:db8::1", "fec0::1", "fe00::1", "::2"}) {
    const Address a = address(text);
    EXPECT_FALSE(a.is_unspecified() || a.is_multicast() || a.is_loopback() || a.is_link_local() ||
                 a.is_limited_broadcast())
        << text;
  }
}

TEST(Prefixes, ArePrintedAsTheyAreParsed) {
  for (const char* text : {"192.0.2.1/24", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::1/64", "::/0"}) {
    EXPECT_EQ(to_string(prefix(text)), text);
  }
  EXPECT_EQ(prefix("192.0.2.1").length, 32);
  EXPECT_EQ(prefix("2001:db8::1").length, 128);
}

TEST(Prefixes, ThatAreMistypedAreNothing) {
  for (const char* text :
       {"192.0.2.1/", "192.0.2.1/33", "192.0.2.1/-1", "192.0.2.1/8x", "192.0.2.1/ 8",
        "2001:db8::/129", "/8", "192.0.2/8", "192.0.2.1/99999999999"}) {
    EXPECT_EQ(Prefix::parse(text), std::nullopt) << text;
  }
}

TEST(Prefixes, ContainTheirOwnAndNoOthers) {
  struct Row {
    const char *network, *inside, *outside;
  };
  const Row rows[] = {
      {"192.0.2.1/24", "192.0.2.255", "192.0.3.0"},
      {"10.0.0.0/9", "10.127.255.255", "10.128.0.0"},
      {"192.0.2.1/32", "192.0.2.1", "192.0.2.0"},
      {"192.0.2.0/31", "192.0.2.1", "192.0.2.2"},
      {"0.0.0.0/0", "255.1.2.3", "2001:db8::1"},
      {"::/0", "2001:db8::1", "192.0.2.1"},
      {"2001:db8::/32", "2001:db8:ffff::", "2001:db9::"},
      {"2001:db8::/65", "2001:db8::7fff:0:0:1", "2001:db8::8000:0:0:1"},
      {"2001:db8::1/128", "2001:db8::1", "2001:db8::2"},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(prefix(row.network).contains(address(row.inside))) << row.network;
    EXPECT_FALSE(prefix(row.network).contains(address(row.outside))) << row.network;
  }
}

TEST(Prefixes, HaveABroadcastAddressInIpv4BelowSlash31) {
  EXPECT_TRUE(prefix("192.0.2.1/24").is_broadcast(address("192.0.2.255")));
  EXPECT_TRUE(prefix("10.1.2.3/9").is_broadcast(address("10.127.255.255")));
  EXPECT_TRUE(prefix("192.0.2.1/30").is_broadcast(address("192.0.2.3")));
  EXPECT_FALSE(prefix("192.0.2.1/24").is_broadcast(address("192.0.3.255")));
  EXPECT_FALSE(prefix("192.0.2.1/24").is_broadcast(address("192.0.2.0")));
  EXPECT_FALSE(prefix("192.0.2.1/31").is_broadcast(address("192.0.2.1")));
  EXPECT_FALSE(prefix("192.0.2.1/32").is_broadcast(address("192.0.2.1")));
  EXPECT_FALSE(prefix("2001:db8::/64").is_broadcast(address("2001:db8::ffff:ffff:ffff:ffff")));
}

TEST(Macs, PackIntoAWordAndBack) {
  const Mac mac{{2, 0xab, 0, 1, 0xff, 0x10}};
  EXPECT_EQ(Mac::unpacked(mac.packed()), mac);
  EXPECT_EQ(to_string(mac), "02:ab:00:01:ff:10");
  EXPECT_TRUE(Mac::broadcast().is_group());
  EXPECT_TRUE(Mac::broadcast().is_broadcast());
  EXPECT_FALSE(mac.is_group());
  EXPECT_TRUE(Mac{}.is_zero());
}

}  // namespace
}  // namespace weir
