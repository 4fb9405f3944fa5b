// The filter of `weirctl flows`.
#include "control/flows_filter.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

const FilterNames kNames{{"web", "echo"}, 4, [](std::uint16_t service) -> std::string_view {
                           return service == 1 ? "echo" : "web";
                         }};

FlowRow row() {
  FlowRow r;
  r.entry.state = State::established;
  r.entry.remote = *Address::parse("198.51.100.23");
  r.entry.remote_port = 51812;
  r.entry.local = *Address::parse("192.0.2.10");
  r.entry.local_port = 80;
  r.entry.service = 0;
  r.entry.srtt_us = 212'000;
  r.entry.age_ms = 90'000;
  r.entry.idle_ms = 60'000;
  r.worker = 2;
  return r;
}

bool matches(const std::string& text, const FlowRow& r = row()) {
  auto filter = FlowsFilter::parse(text, kNames);
  EXPECT_TRUE(filter.ok()) << text << ": " << (filter.ok() ? "" : filter.error().message);
  return filter.ok() && filter->matches(r);
}

FilterError error_of(const std::string& text) {
  const auto filter = FlowsFilter::parse(text, kNames);
  EXPECT_FALSE(filter.ok()) << text;
  return filter.ok() ? FilterError{} : filter.error();
}

TEST(FlowsFilter, WithoutWordsMatchesEverything) {
  EXPECT_TRUE(matches(""));
  EXPECT_TRUE(matches("   "));
}

TEST(FlowsFilter, KnowsStatesByTheNamesOfSsAndOfTheRfc) {
  for (const char* text : {"state established", "established", "state estab", "ESTABLISHED",
                           "state all", "connected", "synchronized", "big"}) {
    EXPECT_TRUE(matches(text)) << text;
  }
  for (const char* text : {"syn-recv", "state SYN-RECEIVED", "time-wait", "fin-wait-1", "bucket"}) {
    EXPECT_FALSE(matches(text)) << text;
  }
  FlowRow half_open = row();
  half_open.entry.state = State::syn_received;
  EXPECT_TRUE(matches("syn-recv", half_open));
  EXPECT_TRUE(matches("bucket", half_open));
}

TEST(FlowsFilter, SourceIsThePeerAndDestinationIsOurs) {
  for (const char* text :
       {"src 198.51.100.23", "src 198.51.100.0/24", "src 198.51.100.23:51812", "src :51812",
        "src *:51812", "dst 192.0.2.10:80", "dst 192.0.2.0/28:80", "sport :51812", "dport :80",
        "dport 80", "dport = :80", "dport < :1024", "sport >= 1024", "dport != :443"}) {
    EXPECT_TRUE(matches(text)) << text;
  }
  for (const char* text : {"src 192.0.2.10", "dst 198.51.100.23", "dport :443", "src 10.0.0.0/8",
                           "src 2001:db8::/32"}) {
    EXPECT_FALSE(matches(text)) << text;
  }
}

TEST(FlowsFilter, ReadsIpv6WithAndWithoutAPort) {
  FlowRow v6 = row();
  v6.entry.remote = *Address::parse("2001:db8::5");
  for (const char* text : {"src 2001:db8::5", "src [2001:db8::5]:51812", "src 2001:db8::/32",
                           "src [2001:db8::/32]:51812"}) {
    EXPECT_TRUE(matches(text, v6)) << text;
  }
  EXPECT_FALSE(matches("src [2001:db8::5]:80", v6));
}

TEST(FlowsFilter, KnowsServicesWorkersTimesAndProtocols) {
  for (const char* text : {"service web", "worker 2", "rtt > 100ms", "rtt < 1s", "rtt>100ms",
                           "rtt >= 0.212s", "idle > 30s", "idle <= 1m", "proto tcp", "tcp"}) {
    EXPECT_TRUE(matches(text)) << text;
  }
  for (const char* text : {"service echo", "worker 3", "rtt > 1s", "idle > 2h", "udp"}) {
    EXPECT_FALSE(matches(text)) << text;
  }
}

TEST(FlowsFilter, TakesAServiceAndItsSuccessorOfTheSameName) {
  FlowRow r = row();
  r.entry.service = 7;
  EXPECT_TRUE(matches("service web", r));
  r.entry.service = 1;
  EXPECT_FALSE(matches("service web", r));
}

TEST(FlowsFilter, CombinesTests) {
  for (const char* text :
       {"established dport :80", "established and dport :80", "time-wait or dport :80",
        "not time-wait", "! time-wait", "not (time-wait or syn-recv)", "(established)(dport :80)",
        "time-wait and syn-recv or established", "established and (worker 1 or worker 2)"}) {
    EXPECT_TRUE(matches(text)) << text;
  }
  for (const char* text : {"established dport :443", "not established", "not not not established",
                           "established and not (dport :80)", "time-wait or syn-recv"}) {
    EXPECT_FALSE(matches(text)) << text;
  }
}

TEST(FlowsFilter, SaysWhereItStoppedAndWhatItExpected) {
  FilterError error = error_of("state estblished");
  EXPECT_EQ(error.position, 7u);
  EXPECT_NE(error.message.find("position 7: 'estblished' is no state; expected established"),
            std::string::npos)
      << error.message;
  error = error_of("dport :80 foo");
  EXPECT_EQ(error.position, 11u);
  EXPECT_NE(error.message.find("expected state, proto, src, dst"), std::string::npos);
  EXPECT_NE(error_of("service dns").message.find("expected web, echo"), std::string::npos);
  EXPECT_NE(error_of("worker 4").message.find("0 to 3"), std::string::npos);
  EXPECT_NE(error_of("idle 30s").message.find("expected <, <="), std::string::npos);
  EXPECT_NE(error_of("idle > soon").message.find("us, ms, s"), std::string::npos);
  EXPECT_EQ(error_of("(established").position, 13u);
  EXPECT_EQ(error_of("established)").position, 12u);
  EXPECT_EQ(error_of("established and").position, 16u);
}

TEST(FlowsFilter, RefusesWhatIsNoAddressOrPort) {
  for (const char* text : {"src",
                           "src x",
                           "src 1.2.3",
                           "src 1.2.3.4:x",
                           "src 1.2.3.4:70000",
                           "src 1.2.3.4/33",
                           "src [::1",
                           "src [::1]x80",
                           "sport",
                           "sport :",
                           "sport -1",
                           "dport 65536",
                           "worker -1",
                           "worker",
                           "proto icmp",
                           "()",
                           "not",
                           "or",
                           "and",
                           "rtt > -1s",
                           "rtt > 1e9s",
                           "rtt > nan"}) {
    EXPECT_FALSE(FlowsFilter::parse(text, kNames).ok()) << text;
  }
}

TEST(FlowsFilter, IsBoundedInLengthAndDepth) {
  EXPECT_FALSE(FlowsFilter::parse(std::string(100'000, '('), kNames).ok());
  EXPECT_FALSE(FlowsFilter::parse(std::string(900, '('), kNames).ok());
  std::string nots;
  for (int i = 0; i < 200; ++i) nots += "not ";
  EXPECT_FALSE(FlowsFilter::parse(nots + "tcp", kNames).ok());
}

}  // namespace
}  // namespace weir
