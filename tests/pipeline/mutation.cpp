// Two hundred thousand frames that are nearly right: nothing is lost count of, nothing leaks.
#include <algorithm>
#include <random>

#include "lab.hpp"
#include "support/fragments.hpp"

namespace weir::test {
namespace {

constexpr int kFrames = 200'000;
constexpr std::uint32_t kSeed = 20'260'101;

using Random = std::mt19937;
std::size_t below(Random& random, std::size_t n) { return random() % n; }

/// One of everything that is answered, and of much that is not.
std::vector<Octets> corpus_without_flows() {
  const Address ours = our_address(Family::v4), peer = peer_address(Family::v4);
  const Address ours6 = our_address(Family::v6), peer6 = peer_address(Family::v6);
  std::vector<Octets> all = {
      arp_frame(1, kPeerMac, peer, ours),
      arp_frame(2, kPeerMac, peer, ours, kOurMac),
      arp_frame(1, kPeerMac, stranger_address(Family::v4), ours),
      solicitation(peer6, ours6),
      solicitation(address("::"), ours6, std::nullopt),
      advertisement(peer6, ours6, kPeerMac, 3U << 29),
  };
  for (const Family f : kBoth) {
    const Ends ends = from_peer(f);
    const Ends stranger = from(stranger_address(f), f);
    const Octets udp = udp_frame(ends, 5000, kEchoPort, "datagram");
    for (const std::size_t size : {0U, 1U, 56U, 1472U}) {
      all.push_back(echo_request(ends, pattern(0, size)));
    }
    all.push_back(udp);
    all.push_back(udp_frame(stranger, 5000, kEchoPort, "waits"));
    all.push_back(udp_frame(ends, 5000, kClosedPort, pattern(0, 700)));
    all.push_back(ip_frame(ends, 132, Octets(20, 1)));
    all.push_back(tcp_frame(stranger, syn().mss(1460)));
    all.push_back(tcp_frame(ends, syn().mss(1460).ws(7).sack_ok().ts(1, 0)));
    all.push_back(tcp_frame(ends, rst_ack()));
    Octets rest(4, 0);
    rest.insert(rest.end(), udp.begin() + 14, udp.end());
    all.push_back(icmp_frame(ends, f == Family::v4 ? 3 : 1, 3, rest));
  }
  Octets chain{60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 1};
  const Octets udp6 = udp_frame(from_peer(Family::v6), 5000, kEchoPort, "extended");
  chain.insert(chain.end(), udp6.begin() + 54, udp6.end());
  all.push_back(ip_frame(from_peer(Family::v6), 0, chain));
  return all;
}

/// Opens a connection and adds segments that are right for it.
void add_flow(Stack& stack, Family f, std::uint16_t port, std::uint16_t source_port,
              std::vector<Octets>& corpus) {
  const auto frame = [&](Seg seg) {
    seg.source_port = source_port;
    seg.destination_port = port;
    return tcp_frame(from_peer(f), seg);
  };
  stack.sent().clear();
  stack.receive(frame(syn().seq(0xfffffff0).mss(1460).ws(2).sack_ok()));
  if (stack.sent().empty() || stack.sent().front().kind != Sent::Kind::tcp) return;
  const std::uint32_t una = stack.sent().front().seq + 1, nxt = 0xfffffff1;
  stack.receive(frame(ack().seq(nxt).ack(una)));
  corpus.push_back(frame(ack().seq(nxt).ack(una).win(1000)));
  corpus.push_back(frame(bytes(40).seq(nxt).ack(una)));
  corpus.push_back(frame(bytes(100).seq(nxt + 20).ack(una + 10)));
  corpus.push_back(frame(bytes(1000).seq(nxt + 200).ack(una + 40)));
  corpus.push_back(frame(ack().seq(nxt).ack(una + 1460).sack({{una + 2920, una + 4380}})));
  if (source_port % 4 != 0) return;  // else hardly a flow lived to see its text
  corpus.push_back(frame(fin().seq(nxt + 40).ack(una + 40)));
  corpus.push_back(frame(rst().seq(nxt)));
}

/// A datagram in three fragments, each of them twice as likely as other frames.
void add_fragments(std::uint32_t identification, std::vector<Octets>& corpus) {
  const Ends ends = from_peer(kBoth[identification % 2]);
  const Octets whole = udp_frame(ends, 5000, kEchoPort, pattern(0, 900));
  for (const Octets& fragment : fragments_of(whole, 304, identification)) {
    corpus.insert(corpus.end(), 2, fragment);
  }
}

constexpr std::uint8_t kEdges[] = {0, 1, 2, 4, 0x7f, 0x80, 0xff, 0x45, 0x60, 6, 17, 43, 44, 58, 60};

Octets random_bytes(Random& random, std::size_t size) {
  Octets bytes(size);
  for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(random());
  return bytes;
}

Octets mutant(Random& random, const std::vector<Octets>& corpus) {
  const auto pick = [&] { return corpus[below(random, corpus.size())]; };
  if (below(random, 16) == 0) {  // noise, with or without a header that leads it in
    Octets noise = random_bytes(random, below(random, 200));
    if (below(random, 2) == 0) return noise;
    Octets head = pick();
    head.resize(std::min(head.size(), 14 + below(random, 60)));
    head.insert(head.end(), noise.begin(), noise.end());
    return head;
  }
  Octets frame = pick();
  for (std::size_t n = below(random, 4); n != 0 && !frame.empty(); --n) {
    // Headers are what is interesting: half of the changes hit the first 80 bytes.
    const std::size_t reach =
        below(random, 2) == 0 ? frame.size() : std::min<std::size_t>(frame.size(), 80);
    const std::size_t at = below(random, reach);
    switch (below(random, 7)) {
      case 0:
        frame[at] = static_cast<std::uint8_t>(frame[at] ^ 1U << below(random, 8));
        break;
      case 1:
        frame[at] = static_cast<std::uint8_t>(random());
        break;
      case 2:
        frame[at] = kEdges[below(random, std::size(kEdges))];
        break;
      case 3:
        frame.resize(at);
        break;
      case 4:
        frame.resize(frame.size() + below(random, 40), 0xaa);
        break;
      case 5:
        frame.erase(frame.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      default: {
        const Octets other = pick();
        for (std::size_t i = at; i < std::min(frame.size(), other.size()); ++i) frame[i] = other[i];
      }
    }
  }
  if (below(random, 4) != 0) mend_checksums(frame);
  if (frame.size() > 1600) frame.resize(1600);
  return frame;
}

void runs_through(const std::function<void(Stack::Config&)>& change, std::uint64_t delivered) {
  Stack::Config config;
  change(config);
  Stack stack(config);
  Random random(kSeed);
  const std::vector<Octets> lasting = corpus_without_flows();
  std::vector<Octets> corpus;
  std::uint16_t source_port = 20'000;
  std::uint64_t left = 0;
  const std::uint16_t services[] = {kEchoPort, kDiscardPort, kChargenPort,
                                    kHoldPort, kScriptPort,  kSourcePort};
  for (int sent = 0, bursts = 0; sent < kFrames; ++bursts) {
    if (bursts % 16 == 0) {
      corpus = lasting;
      for (const std::uint16_t port : services) {
        add_flow(stack, kBoth[source_port % 2], port, source_port, corpus);
        add_fragments(source_port, corpus);
        ++source_port;
      }
    }
    std::vector<Octets> burst(1 + below(random, 32));
    for (Octets& frame : burst) frame = mutant(random, corpus);
    stack.receive_burst(burst);  // asserts that all adds up
    sent += static_cast<int>(burst.size());
    left += stack.sent().size();
    stack.sent().clear();
    if (below(random, 4) == 0) {
      stack.advance(std::chrono::milliseconds(1 + below(random, bursts % 100 == 0 ? 2000 : 20)));
    }
    if (testing::Test::HasFailure()) FAIL() << "burst " << bursts;
  }
  EXPECT_GE(stack.counters().received.get(), std::uint64_t{kFrames});
  // It did come through to the services, else this were a test of the first header.
  EXPECT_GT(stack.counters().delivered.get(), delivered);
  EXPECT_GT(stack.counters().answered.get(), 10'000U);
  EXPECT_GT(left, 10'000U);
  EXPECT_GT(stack.mib(Mib::IpReasmOKs), 50U);
}

TEST(Mutation, FramesThatAreNearlyRightAreAllAccountedFor) {
  runs_through([](Stack::Config& c) { c.source_bytes = 20'000; }, 2000);
}

// The same with little of everything, so that each limit is met.
TEST(Mutation, SoTheyAreWhenEverythingIsScarce) {
  runs_through(
      [](Stack::Config& c) {
        c.source_bytes = 20'000;
        c.pool = 640;
        c.tune = [](Snapshot& s) {
          s.max_flows = 32;
          s.rst_limit = s.icmp_limit = 100;
          for (ServiceLimits& service : s.services) service.backlog = 2;
        };
      },
      10);
}

}  // namespace
}  // namespace weir::test
