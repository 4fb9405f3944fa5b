// Each kind of value: what it takes, what it makes of it, and the sentence when it refuses.
#include "control/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
using Count = Number<Unit::count, 0, kMost>;
using Bytes = Number<Unit::bytes, 0, kMost>;
using Rate = Number<Unit::rate, 0, kMost>;
using Time = Number<Unit::time, 0, kMost>;

template <class V>
auto value_of(std::string_view text) {
  const auto parsed = V::parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed ? parsed.value().value : decltype(V::value){};
}
template <class V>
std::string refusal(std::string_view text) {
  const auto parsed = V::parse(text);
  EXPECT_FALSE(parsed.ok()) << text;
  return parsed ? "" : parsed.error().message;
}

TEST(Values, CountsAreOf1000AndBytesOf1024) {
  EXPECT_EQ(value_of<Count>("500K"), 500'000U);
  EXPECT_EQ(value_of<Count>("1M"), 1'000'000U);
  EXPECT_EQ(value_of<Bytes>("64K"), 65'536U);
  EXPECT_EQ(value_of<Bytes>("2M"), 2'097'152U);
  EXPECT_EQ(value_of<Bytes>("1G"), 1'073'741'824U);
  EXPECT_EQ(value_of<Bytes>("17"), 17U);
}

TEST(Values, RatesMayLeaveOutPerSecond) {
  EXPECT_EQ(value_of<Rate>("10K/s"), 10'000U);
  EXPECT_EQ(value_of<Rate>("10K"), 10'000U);
  EXPECT_EQ(refusal<Rate>("10K/m"), "has the unknown unit 'K/m'");
  EXPECT_EQ(refusal<Rate>("1.5K/s"), "is not a whole number");
}

TEST(Values, TimesNeedAUnitAndMIsMinutes) {
  EXPECT_EQ(value_of<Time>("200ms"), ns(200ms));
  EXPECT_EQ(value_of<Time>("30s"), ns(30s));
  EXPECT_EQ(value_of<Time>("2m"), ns(120s));
  EXPECT_EQ(value_of<Time>("2h"), ns(7200s));
  EXPECT_EQ(refusal<Time>("30"), "has no unit");
}

TEST(Values, NegativeNumbersAreRefused) {
  for (const char* text : {"-1", "-0", "-5K"}) EXPECT_EQ(refusal<Count>(text), "is negative");
  EXPECT_EQ(refusal<Time>("-1s"), "is negative");
}

TEST(Values, WhatIsNoNumberIsRefused) {
  for (const char* text : {"lots", "+1", " 1", "0x10K", "1.5K", "1 K", "1KK", "1k"}) {
    EXPECT_THAT(refusal<Count>(text), testing::Not(IsEmpty())) << text;
  }
  EXPECT_EQ(refusal<Count>(""), "is empty");
}

TEST(Values, NumbersThatOverflowAreOutOfRange) {
  EXPECT_EQ(value_of<Count>("18446744073709551615"), kMost);
  EXPECT_EQ(refusal<Count>("18446744073709551616"), "is out of range");
  EXPECT_EQ(refusal<Count>("18446744073709551615K"), "is out of range");
}

TEST(Values, RangesHoldAtBothEnds) {
  using Mtu = Number<Unit::count, 576, 9000>;
  EXPECT_EQ(value_of<Mtu>("576"), 576U);
  EXPECT_EQ(value_of<Mtu>("9000"), 9000U);
  EXPECT_EQ(refusal<Mtu>("575"), "is out of range");
  EXPECT_EQ(refusal<Mtu>("9001"), "is out of range");
  EXPECT_EQ(Mtu::accepted(), "576 to 9000");
}

TEST(Values, AWordStandsForZeroOnlyWhereItIsNamed) {
  using Vlan = Number<Unit::count, 1, 4094, Word::none>;
  EXPECT_EQ(value_of<Vlan>("none"), 0U);
  EXPECT_EQ(value_of<Vlan>(""), 0U);
  EXPECT_EQ(refusal<Vlan>("0"), "is out of range");
  EXPECT_EQ(refusal<Vlan>("off"), "is not a number");
  EXPECT_EQ(Vlan::accepted(), "1 to 4094, or none");
}

TEST(Values, ChoicesNameTheirWords) {
  EXPECT_EQ(value_of<Choice<HugePages>>("try"), HugePages::attempt);
  EXPECT_EQ(refusal<Choice<HugePages>>("maybe"), "is not known");
  EXPECT_EQ(refusal<Choice<HugePages>>("\"try\""), "is not known, did you mean 'try'?");
  EXPECT_EQ(Choice<HugePages>::accepted(), "required, try, no");
  for (const char* text : {"on", "yes", "true"}) EXPECT_TRUE(value_of<Choice<bool>>(text));
  for (const char* text : {"off", "no", "false"}) EXPECT_FALSE(value_of<Choice<bool>>(text));
  refusal<Choice<bool>>("1");
}

TEST(Values, CpuListsAreNumbersAndRanges) {
  EXPECT_THAT(value_of<CpuList>("2-5,8"), ElementsAre(2, 3, 4, 5, 8));
  EXPECT_THAT(value_of<CpuList>("auto"), IsEmpty());
  EXPECT_EQ(refusal<CpuList>("5-2"), "has a range that runs backwards");
  EXPECT_EQ(refusal<CpuList>("1,0-2"), "names a CPU twice");
  EXPECT_EQ(refusal<CpuList>("0-4294967295"), "names a CPU beyond 1023");
  for (const char* text : {"", "-1", "1-", "1,,2", "a", "1-2-3"}) refusal<CpuList>(text);
}

TEST(Values, DevicesArePciAddressesOrVirtual) {
  for (const char* text :
       {"0000:03:00.0", "0000:3B:00.1,arg=1", "net_tap0,iface=weir0", "net_pcap0,rx_pcap=/a.b/c"}) {
    EXPECT_EQ(value_of<DeviceName>(text), text);
  }
  EXPECT_THAT(refusal<DeviceName>("03:00.0"), HasSubstr("did you mean '0000:03:00.0'?"));
  for (const char* text : {"99:00.0x", "0000:99:00.0x", "99:00.0x,queues=2"}) {
    EXPECT_THAT(refusal<DeviceName>(text),
                HasSubstr("is no PCI address, did you mean '0000:99:00.0'?"));
  }
  EXPECT_THAT(refusal<DeviceName>("net_tap0,iface=averyveryverylongname"),
              HasSubstr("an interface name of 21 characters where 1 to 15 are possible"));
  for (const char* text : {"", "99:00.0x", "0000:03:00", "a b", ",iface=x"})
    refusal<DeviceName>(text);
}

TEST(Values, DevicesCanStandInTheEnvironment) {
  setenv("WEIR_TEST_DEVICE", "0000:03:02.1", 1);
  EXPECT_EQ(value_of<DeviceName>("env:WEIR_TEST_DEVICE"), "0000:03:02.1");
  setenv("WEIR_TEST_DEVICE", "net_tap0,iface=weir0", 1);
  EXPECT_EQ(value_of<DeviceName>("env:WEIR_TEST_DEVICE"), "net_tap0,iface=weir0");
  setenv("WEIR_TEST_DEVICE", "0000:03:02.1,0000:03:02.3", 1);
  EXPECT_EQ(value_of<DeviceName>("env:WEIR_TEST_DEVICE:2"), "0000:03:02.3");
  EXPECT_THAT(refusal<DeviceName>("env:WEIR_TEST_DEVICE"), HasSubstr("env:WEIR_TEST_DEVICE:1 is"));
  for (const char* number : {"0", "3", "", "x", "2x"}) {
    EXPECT_THAT(refusal<DeviceName>(std::string("env:WEIR_TEST_DEVICE:") + number),
                HasSubstr("which holds 2 (0000:03:02.1,0000:03:02.3)"));
  }
  setenv("WEIR_TEST_DEVICE", "env:WEIR_TEST_DEVICE", 1);
  EXPECT_THAT(refusal<DeviceName>("env:WEIR_TEST_DEVICE"), HasSubstr("holds no device"));
  setenv("WEIR_TEST_DEVICE", "03:02.1", 1);
  EXPECT_THAT(refusal<DeviceName>("env:WEIR_TEST_DEVICE"),
              HasSubstr("did you mean '0000:03:02.1'"));
  unsetenv("WEIR_TEST_DEVICE");
  EXPECT_THAT(refusal<DeviceName>("env:WEIR_TEST_DEVICE"), HasSubstr("which is not set"));
}

TEST(Values, PrefixesMustSayTheirLength) {
  EXPECT_EQ(to_string(value_of<PrefixValue>("192.0.2.10/24")), "192.0.2.10/24");
  EXPECT_EQ(to_string(value_of<PrefixValue>("2001:db8::10/64")), "2001:db8::10/64");
  EXPECT_THAT(refusal<PrefixValue>("192.0.2.10"), HasSubstr("did you mean '192.0.2.10/24'?"));
  for (const char* text :
       {"", "192.0.2.10/33", "192.0.2.10/-1", "192.0.2.10/", "2001:db8::/129", "x/24"}) {
    refusal<PrefixValue>(text);
  }
}

std::vector<std::string> resolved(std::string_view text, Handler handler) {
  std::vector<std::string> out;
  const auto listen = ListenValue::parse(text);
  EXPECT_TRUE(listen.ok()) << text;
  if (!listen) return out;
  for (const ListenConfig& one : listen.value().resolve(handler)) out.push_back(to_string(one));
  return out;
}

TEST(Values, ListensReadAndWriteTheSame) {
  for (const char* text : {"192.0.2.10:80/tcp", "[2001:db8::10]:80/tcp", ":80/tcp", ":65535/udp"}) {
    EXPECT_THAT(resolved(text, Handler::echo), ElementsAre(text));
  }
}

TEST(Values, AListenWithoutTransportIsWhatTheHandlerSpeaks) {
  EXPECT_THAT(resolved(":7", Handler::echo), ElementsAre(":7/tcp", ":7/udp"));
  EXPECT_THAT(resolved(":9", Handler::discard), ElementsAre(":9/tcp", ":9/udp"));
  for (const Handler h : {Handler::chargen, Handler::daytime, Handler::hold, Handler::http}) {
    EXPECT_THAT(resolved(":80", h), ElementsAre(":80/tcp"));
  }
}

TEST(Values, ListensThatCannotBeAreRefused) {
  const auto why = [](std::string_view text) {
    const auto listen = ListenValue::parse(text);
    return listen ? "accepted" : listen.error().message;
  };
  EXPECT_EQ(why("192.0.2.10"), "has no port");
  EXPECT_EQ(why("[2001:db8::10]"), "has no port");
  EXPECT_EQ(why("2001:db8::10:80"), "has an IPv6 address without brackets");
  EXPECT_EQ(why("[192.0.2.10]:80"), "has no valid address");
  EXPECT_EQ(why("localhost:80"), "has no valid address");
  EXPECT_EQ(why(":80/sctp"), "has an unknown transport");
  for (const char* text : {"", ":", ":0", ":65536", ":-1", ":80/", ":http", "/tcp", "[]:80"}) {
    EXPECT_NE(why(text), "accepted") << text;
  }
}

TEST(Values, AKernelsListenHasAnAddressOrIsOff) {
  const auto why = [](std::string_view text) {
    const auto listen = KernelListenValue::parse(text);
    return listen ? "accepted" : listen.error().message;
  };
  const auto six = KernelListenValue::parse("[::1]:9559");
  ASSERT_TRUE(six.ok());
  EXPECT_EQ(six.value().value, (KernelListen{*Address::parse("::1"), 9559}));
  EXPECT_EQ(why("0.0.0.0:1"), "accepted");
  ASSERT_TRUE(KernelListenValue::parse("off").ok());
  EXPECT_EQ(KernelListenValue::parse("off").value().value, std::nullopt);
  EXPECT_EQ(why(":9559"), "has no address");
  EXPECT_EQ(why("9559"), "has no ':' before the port");
  EXPECT_EQ(why("127.0.0.1"), "has no port");
  EXPECT_EQ(why("127.0.0.1:9559/tcp"), "has no port from 1 to 65535");
  EXPECT_EQ(why("::1:9559"), "has an IPv6 address without brackets");
  EXPECT_EQ(why("on"), "has no port");
}

TEST(Values, BoostRefusesThroughValidateWithWhatIsAccepted) {
  boost::any out;
  try {
    validate(out, {"-1"}, static_cast<Number<Unit::count, 1, 9>*>(nullptr), 0);
    FAIL() << "-1 was taken";
  } catch (const boost::program_options::error& error) {
    EXPECT_STREQ(error.what(), "is negative; accepted: 1 to 9");
  }
}

}  // namespace
}  // namespace weir
