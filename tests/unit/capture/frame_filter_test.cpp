// tcpdump's expressions on frames of every kind.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/frame_filter.hpp"
#include "support/frames.hpp"

namespace weir::test {
namespace {

using ::testing::HasSubstr;

bool matches(const std::string& expression, const Octets& frame) {
  const auto filter = FrameFilter::compile(expression);
  EXPECT_TRUE(filter.ok()) << expression << ": " << filter.error().message;
  return filter.ok() && filter.value()->matches(frame, static_cast<std::uint32_t>(frame.size()));
}

Octets to_web(Family f, std::uint16_t vlan = 0) {
  Ends ends = from_peer(f);
  ends.vlan = vlan;
  Seg segment = syn();
  segment.destination_port = 80;
  return tcp_frame(ends, segment);
}

TEST(FrameFilter, SelectsByProtocolAddressAndPort) {
  const Octets v4 = to_web(Family::v4), v6 = to_web(Family::v6);
  for (const char* yes :
       {"", "tcp", "tcp port 80", "dst port 80", "src host 192.0.2.2", "net 192.0.2.0/24",
        "portrange 50-90", "ether src 02:00:00:00:00:02", "not udp", "ip[8] = 64", "less 60"}) {
    EXPECT_TRUE(matches(yes, v4)) << yes;
  }
  for (const char* no : {"udp", "tcp port 81", "src port 80", "dst host 192.0.2.2", "ip6", "arp",
                         "greater 100", "vlan 30"}) {
    EXPECT_FALSE(matches(no, v4)) << no;
  }
  EXPECT_TRUE(matches("ip6 and tcp port 80 and src host 2001:db8::2", v6));
  EXPECT_TRUE(matches("vlan 30 and tcp port 80", to_web(Family::v4, 30)));
  EXPECT_TRUE(matches("icmp6", echo_request(from_peer(Family::v6), "x")));
}

// A byte at an index that the header's length gives.
TEST(FrameFilter, SelectsByFlags) {
  constexpr char kSyns[] = "tcp[tcpflags] & tcp-syn != 0 and port 80";
  EXPECT_TRUE(matches(kSyns, to_web(Family::v4)));
  Seg acknowledgement = ack();
  acknowledgement.destination_port = 80;
  EXPECT_FALSE(matches(kSyns, tcp_frame(from_peer(Family::v4), acknowledgement)));
}

TEST(FrameFilter, WhatIsMissingDoesNotMatchAndIsNotRead) {
  const Octets whole = to_web(Family::v4);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Octets piece(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_EQ(matches("tcp port 80", piece), n >= 38) << n;
  }
}

TEST(FrameFilter, LengthIsThatOfTheWholeFrame) {
  const auto filter = FrameFilter::compile("greater 1000");
  const Octets head = to_web(Family::v4);
  EXPECT_TRUE(filter.value()->matches(head, 1514));
  EXPECT_FALSE(filter.value()->matches(head, 60));
}

/// The process asks this socket for names from now on, if it asks anybody.
class NameServer {
 public:
  NameServer() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof here;
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&here), length), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&here), &length), 0);
    res_init();
    _res.nscount = 1;
    _res.nsaddr_list[0] = here;
    _res.retrans = _res.retry = 1;
  }
  ~NameServer() {
    res_init();
    close(socket_);
  }
  bool was_asked() const {
    char query[512];
    return recv(socket_, query, sizeof query, 0) > 0;
  }

 private:
  int socket_;
};

TEST(FrameFilter, NamesAreNotLookedUpElsewhere) {
  const NameServer server;
  const auto filter = FrameFilter::compile("host nosuch.invalid");
  ASSERT_FALSE(filter.ok());
  EXPECT_THAT(filter.error().message, HasSubstr("nosuch.invalid"));
  EXPECT_FALSE(server.was_asked());
}

TEST(FrameFilter, HasABound) {
  std::string expression = "port 1";
  while (expression.size() <= FrameFilter::kMostExpression) expression += " or port 2";
  const auto filter = FrameFilter::compile(expression);
  ASSERT_FALSE(filter.ok());
  EXPECT_THAT(filter.error().message, HasSubstr("longer than 2000 bytes"));
}

TEST(FrameFilter, AMistakeIsLibpcapsSentence) {
  const auto filter = FrameFilter::compile("tcp prot 80");
  ASSERT_FALSE(filter.ok());
  EXPECT_THAT(filter.error().message, HasSubstr("syntax error"));
}

}  // namespace
}  // namespace weir::test
