// What is refused, at which line and in which words; what belongs together.
#include "control/config_loader.hpp"

#include <gmock/gmock.h>

#include "config_kit.hpp"

namespace weir::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

/// The text's only problem; `text` starts at line 8.
std::string complaint(const std::string& text) {
  const auto all = complaints(load_more(text));
  EXPECT_THAT(all, SizeIs(1)) << text;
  return all.empty() ? "" : all.front();
}

TEST(ConfigLoader, LeavesDefaultsToWhatNobodySays) {
  const LoadedConfig loaded = load_more("");
  EXPECT_THAT(complaints(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.tcp.msl, TcpConfig{}.msl);
  EXPECT_EQ(loaded.config.services.at(0).backlog, ServiceConfig{}.backlog);
  EXPECT_EQ(problem_report(loaded), "");
}

TEST(ConfigLoader, PutsEachValueInItsPlace) {
  const LoadedConfig loaded = load_text(R"([port wan]
device = 0000:03:00.0
address = 192.0.2.10/24, 2001:db8::10/64
gateway = 192.0.2.1
gateway = fe80::1
mtu = 9000
queues = 4
vlan = 30
[service web]
handler = http
listen = 192.0.2.10:80/tcp
listen = [2001:db8::10]:80/tcp
max-connections = 500K
idle-timeout = off
nagle = off
status = on
[workers]
cpus = 2-3,8
idle = poll
[dpdk]
eal-args = --log-level  8
)");
  ASSERT_THAT(complaints(loaded), IsEmpty());
  const PortConfig& port = loaded.config.ports.at(0);
  EXPECT_EQ(port.name, "wan");
  EXPECT_EQ(port.device, "0000:03:00.0");
  EXPECT_THAT(port.addresses, SizeIs(2));
  EXPECT_EQ(port.gateway_v4, Address::parse("192.0.2.1"));
  EXPECT_EQ(port.gateway_v6, Address::parse("fe80::1"));
  EXPECT_EQ(port.mtu, 9000);
  EXPECT_EQ(port.queues, 4);
  EXPECT_EQ(port.vlan, 30);
  const ServiceConfig& web = loaded.config.services.at(0);
  EXPECT_EQ(web.handler, Handler::http);
  EXPECT_THAT(web.listen, SizeIs(2));
  EXPECT_EQ(web.max_connections, 500'000U);
  EXPECT_EQ(web.idle_timeout, 0s);
  EXPECT_FALSE(web.nagle);
  EXPECT_TRUE(web.status);
  EXPECT_THAT(loaded.config.workers.cpus, ElementsAre(2, 3, 8));
  EXPECT_EQ(loaded.config.workers.idle, IdleMode::poll);
  EXPECT_THAT(loaded.config.dpdk.eal_args, ElementsAre("--log-level", "8"));
}

TEST(ConfigLoader, ReportsEveryErrorInOnePassInTheOrderOfTheLines) {
  const LoadedConfig loaded = load_text(R"([port p0]
device = net_tap0
address = 192.0.2.1/24
[service web]
handler = http
listen = :80
mtu = 1
backlog = lots
[service dns]
lisen = :53/udp
handler = ech
[tcp
msl = 1s
)");
  EXPECT_THAT(
      complaints(loaded),
      ElementsAre(StartsWith("7: unknown key 'mtu' in [service web], which belongs to [port NAME]; "
                             "accepted: handler"),
                  "8: in [service web]: backlog = 'lots' is not a number; accepted: 1 to 10M",
                  StartsWith("10: unknown key 'lisen' in [service dns], did you mean 'listen'?"),
                  "11: in [service dns]: handler = 'ech' is not known, did you mean 'echo'?; "
                  "accepted: echo, discard, "
                  "chargen, daytime, hold, http, respond, module",
                  "12: section header '[tcp' has no closing ']'; accepted: [tcp]"));
  EXPECT_THAT(problem_report(loaded),
              AllOf(StartsWith("weir.conf:7: error: unknown key"), HasSubstr("\n5 errors\n")));
}

TEST(ConfigLoader, RefusesMinusOneWhichBoostTakesForFourBillion) {
  EXPECT_EQ(complaint("backlog = -1\n"),
            "8: in [service web]: backlog = '-1' is negative; accepted: 1 to 10M");
}

TEST(ConfigLoader, MergesSectionsOfOneNameAndKeepsOthersApart) {
  const LoadedConfig loaded = load_text(kPort + R"([service a]
handler = echo
listen = :7
[service b]
handler = discard
listen = :9
backlog = 5
[service a]
backlog = 3
listen = :8
)");
  ASSERT_THAT(complaints(loaded), IsEmpty());
  ASSERT_THAT(loaded.config.services, SizeIs(2));
  EXPECT_EQ(loaded.config.services[0].backlog, 3U);
  EXPECT_THAT(loaded.config.services[0].listen, SizeIs(4));
  EXPECT_EQ(loaded.config.services[1].backlog, 5U);
  EXPECT_THAT(loaded.config.services[1].listen, SizeIs(2));
}

TEST(ConfigLoader, RefusesASecondValueAndNamesTheLineOfTheFirst) {
  EXPECT_EQ(complaint("backlog = 1\n[tcp]\n[service web]\nbacklog = 2\n"),
            "11: 'backlog' in [service web] is already set at weir.conf:8; accepted: one value "
            "(listen, address and gateway may repeat)");
}

TEST(ConfigLoader, KeepsAHashInAValue) {
  const LoadedConfig loaded = load_more("[control]\nsocket = /run/a#b # where\n");
  EXPECT_EQ(loaded.config.control.socket, "/run/a#b");
}

TEST(ConfigLoader, WantsAPortAndAService) {
  EXPECT_THAT(complaints(load_text("")),
              ElementsAre(HasSubstr("there is no port"), HasSubstr("there is no service")));
}

TEST(ConfigLoader, WantsTheRequiredKeys) {
  EXPECT_THAT(complaints(load_text("[port p]\n[service s]\n")),
              ElementsAre(HasSubstr("1: in [port p]: 'device' is required"),
                          HasSubstr("1: in [port p]: 'address' is required"),
                          HasSubstr("2: in [service s]: 'handler' is required"),
                          HasSubstr("2: in [service s]: 'listen' is required")));
}

TEST(ConfigCheck, AListenMustBeOnAPort) {
  EXPECT_EQ(complaint("listen = 192.0.2.9:81\n"),
            "8: in [service web]: listen = 192.0.2.9:81 is on no port; accepted: port p0 has "
            "192.0.2.1/24, 2001:db8::1/64, or :81 for all of them");
}

TEST(ConfigCheck, TwoServicesCannotShareAListen) {
  EXPECT_EQ(
      complaint("[service two]\nhandler = hold\nlisten = 192.0.2.1:80\n"),
      "10: in [service two]: listen = 192.0.2.1:80/tcp is taken by [service web] (weir.conf:7); "
      "accepted: an address and port of its own");
  EXPECT_THAT(complaint("listen = :80\n"),
              StartsWith("8: in [service web]: listen = :80/tcp is taken"));
  EXPECT_THAT(complaints(load_more("[service u]\nhandler = echo\nlisten = :80/udp\n")), IsEmpty());
}

TEST(ConfigCheck, HandlersOfStreamsRefuseUdp) {
  EXPECT_EQ(
      complaint("[service c]\nhandler = chargen\nlisten = :19/udp\n"),
      "10: in [service c]: handler = chargen speaks no UDP, as :19/udp asks; accepted: /tcp, or "
      "handler = echo, discard, respond, module");
}

TEST(ConfigCheck, AGatewayIsInANetworkOfItsPort) {
  EXPECT_EQ(complaint("[port p0]\ngateway = 198.51.100.1\n"),
            "9: in [port p0]: gateway = 198.51.100.1 is in no network of the port; accepted: an "
            "address in 192.0.2.1/24, 2001:db8::1/64");
  EXPECT_THAT(complaint("[port p0]\ngateway = 192.0.2.1\n"), HasSubstr("the port's own address"));
  EXPECT_THAT(complaint("[port p0]\ngateway = 192.0.2.3 192.0.2.4\n"),
              HasSubstr("has a gateway for IPv4 already, at weir.conf:9"));
  EXPECT_THAT(complaints(load_more("[port p0]\ngateway = fe80::1\n")), IsEmpty());
}

TEST(ConfigCheck, PortsShareNeitherDeviceNorAddress) {
  EXPECT_EQ(
      complaint("[port p1]\ndevice = net_tap0,iface=x\naddress = 198.51.100.1/24\n"),
      "9: [port p1] has the device of [port p0] (weir.conf:2); accepted: a device of its own");
  EXPECT_EQ(complaint("[port p1]\ndevice = net_tap1\naddress = 192.0.2.1/25\n"),
            "10: in [port p1]: address 192.0.2.1 is already set at weir.conf:3; accepted: once");
}

TEST(ConfigCheck, AnAddressIsAHosts) {
  for (const char* text :
       {"224.0.0.1/4", "127.0.0.1/8", "0.0.0.0/0", "ff02::1/64", "198.51.100.255/24",
        "198.51.100.0/24", "255.255.255.255/32", "::1/128"}) {
    EXPECT_THAT(complaint("[port p0]\naddress = " + std::string(text) + "\n"),
                HasSubstr("accepted: a host's address"));
  }
  EXPECT_THAT(complaints(load_more("[port p0]\naddress = 198.51.100.0/31\n")), IsEmpty());
}

TEST(ConfigCheck, Ipv6NeedsAnMtuOf1280) {
  EXPECT_THAT(complaint("[port p0]\nmtu = 1279\n"),
              HasSubstr("9: in [port p0]: mtu = 1279 is too small"));
  EXPECT_THAT(complaints(load_more("[port p0]\nmtu = 1280\n")), IsEmpty());
}

TEST(ConfigCheck, ARootIsADirectoryAndHttps) {
  const Directory directory;
  const std::string file = directory.write("file", "");
  EXPECT_THAT(complaints(load_more("root = " + directory.path() + "\n")), IsEmpty());
  EXPECT_THAT(complaint("root = " + file + "\n"), HasSubstr("is not a directory"));
  EXPECT_THAT(complaint("root = " + directory.path() + "/none\n"),
              HasSubstr("accepted: a directory"));
  EXPECT_THAT(complaint("[service h]\nhandler = hold\nlisten = :1\nroot = /tmp\n"),
              HasSubstr("11: in [service h]: 'root' means nothing to handler = hold"));
  EXPECT_THAT(
      complaint("[service h]\nhandler = hold\nlisten = :1\nsize = 2\n"),
      HasSubstr("11: in [service h]: 'size' means nothing to handler = hold; accepted: with "
                "handler = respond"));
}

TEST(ConfigCheck, OneMistakeIsOneComplaint) {
  EXPECT_THAT(complaint("[service x]\nhandler = htpp\nlisten = :80\n"),
              HasSubstr("'htpp' is not known"));
  EXPECT_THAT(complaint("listen = :0\n"), HasSubstr("listen = ':0' has no port"));
  EXPECT_THAT(complaint("[service x]\nhandler = echo\nlisten = 192.0.2.9:7\n"),
              HasSubstr("listen = 192.0.2.9:7 is on no port"));
  EXPECT_THAT(complaint("[service x]\nhandler = echo\nlisten = :7\n[service y]\nhandler = echo\n"
                        "listen = :7\n"),
              HasSubstr("listen = :7/tcp is taken by [service x]"));
  EXPECT_THAT(complaint("[service x]\nhandler = echo\nlisen = :7\n"),
              HasSubstr("did you mean 'listen'?"));
}

TEST(ConfigCheck, WhatIsMissingIsNotAskedForBelowALostHeader) {
  EXPECT_THAT(complaints(load_text("[prot p0]\ndevice = net_tap0\n" + kService)),
              ElementsAre(HasSubstr("did you mean 'port'?")));
  EXPECT_THAT(complaints(load_text("\xFF\xFE[\0t\0")),
              ElementsAre("1: the file is in UTF-16; accepted: UTF-8"));
}

}  // namespace
}  // namespace weir::test
