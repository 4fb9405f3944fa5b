// What a flood of SYNs costs those who are connected: cycles of the time-stamp counter per segment
// of established connections, of one worker's stack in memory, with the flood between their bursts
// and without.
//   flood-cycles [CONNECTIONS [BURSTS]]
// Each burst is 32 segments of 100 bytes, of as many connections to the discard service. Between
// two bursts come none or four bursts of SYNs from random hosts, whose cost is not counted; pairs
// in turn, medians.
#include <x86intrin.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/split_mix.hpp"
#include "support/frames.hpp"
#include "support/stack.hpp"

namespace weir::test {
namespace {

constexpr unsigned kFloodBursts = 4, kPairs = 9;

class Bench {
 public:
  explicit Bench(std::uint32_t connections) : stack_(config()), next_(connections) {
    for (std::uint32_t i = 0; i < connections; ++i) {
      stack_.receive(tcp_frame(ends(), of(i, syn().mss(1460).seq(0))));
      const Sent answer = stack_.sent().back();
      next_[i] = {1, answer.seq + 1};
      stack_.receive(tcp_frame(ends(), of(i, ack().seq(1).ack(answer.seq + 1))));
      stack_.sent().clear();
    }
  }
  /// Cycles per established segment.
  double run(unsigned bursts, unsigned flood) {
    std::uint64_t cycles = 0;
    for (unsigned n = 0; n < bursts; ++n) {
      for (unsigned i = 0; i < flood; ++i) receive(syns());
      Burst burst = frames(segments());
      const std::uint64_t begin = __rdtsc();
      stack_.pipeline().process(burst, stack_.now());
      stack_.pipeline().transmit(stack_.now());
      cycles += __rdtsc() - begin;
      stack_.round();
      stack_.sent().clear();
      stack_.set_time(stack_.now() + 100us);
    }
    return static_cast<double>(cycles) / (bursts * kMaxBurst);
  }
  [[nodiscard]] Stack& stack() { return stack_; }

 private:
  struct Numbers {
    std::uint32_t seq = 0, ack = 0;
  };
  static Stack::Config config() {
    Stack::Config c;
    c.tune = [](Snapshot& s) { s.max_flows = 1U << 20; };
    return c;
  }
  static Ends ends() { return from_peer(Family::v4); }
  static Seg of(std::uint32_t connection, Seg seg) {
    seg.source_port = static_cast<std::uint16_t>(1024 + connection);
    seg.destination_port = kDiscardPort;
    return seg;
  }
  Burst frames(const std::vector<Octets>& all) {
    Burst burst;
    for (const Octets& bytes : all) burst.push(stack_.pool().make(bytes));
    return burst;
  }
  void receive(const std::vector<Octets>& all) {
    Burst burst = frames(all);
    stack_.receive(burst);
    stack_.sent().clear();
  }
  std::vector<Octets> segments() {
    std::vector<Octets> all;
    for (std::uint32_t i = 0; i < kMaxBurst; ++i) {
      Numbers& n = next_[at_];
      all.push_back(tcp_frame(ends(), of(at_, test::data(text_).seq(n.seq).ack(n.ack))));
      n.seq += 100;
      at_ = static_cast<std::uint32_t>((at_ + 1) % next_.size());
    }
    return all;
  }
  std::vector<Octets> syns() {
    std::vector<Octets> all;
    for (std::uint32_t i = 0; i < kMaxBurst; ++i) {
      Seg seg = syn().mss(1460).seq(static_cast<std::uint32_t>(dice_.next()));
      seg.source_port = static_cast<std::uint16_t>(1024 + dice_.up_to(64'000));
      seg.destination_port = kEchoPort;
      Ends from = ends();
      from.source = Address::v4(0xc6120000U | dice_.up_to(0x1ffff));
      all.push_back(tcp_frame(from, seg));
    }
    return all;
  }

  Stack stack_;
  std::vector<Numbers> next_;
  std::uint32_t at_ = 0;
  std::string text_ = std::string(100, 'x');
  SplitMix64 dice_{1};
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int run(std::uint32_t connections, unsigned bursts) {
  Bench bench(connections);
  (void)bench.run(bursts, kFloodBursts);  // the backlog is full, tables are touched
  std::vector<double> calm, flooded, ratios;
  for (unsigned pair = 0; pair < kPairs; ++pair) {
    calm.push_back(bench.run(bursts, 0));
    flooded.push_back(bench.run(bursts, kFloodBursts));
    ratios.push_back(flooded.back() / calm.back());
  }
  std::printf(
      "%u connections, cycles per established segment: %.0f alone, %.0f under flood, "
      "ratio %.3f (pairs %.3f to %.3f)\n",
      connections, median(calm), median(flooded), median(ratios), *std::ranges::min_element(ratios),
      *std::ranges::max_element(ratios));
  std::printf("SYNs answered with a cookie: %llu\n",
              static_cast<unsigned long long>(bench.stack().mib(Mib::TcpSynCookiesSent)));
  std::uint64_t open = 0;
  for (const ServiceCounters& s : bench.stack().counters().services) open += s.connections.get();
  if (open != connections) std::fputs("connections were lost: the figures are void\n", stderr);
  return open == connections && !testing::UnitTest::GetInstance()->Failed() ? 0 : 1;
}

}  // namespace
}  // namespace weir::test

int main(int argc, char** argv) {
  const auto number = [&](int i, int fallback) { return argc > i ? std::atoi(argv[i]) : fallback; };
  const int connections = number(1, 10'000), bursts = number(2, 2000);
  if (argc > 3 || connections < 32 || connections > 64'000 || bursts < 1) {
    std::fputs("usage: flood-cycles [CONNECTIONS (32 to 64000) [BURSTS]]\n", stderr);
    return 2;
  }
  return weir::test::run(static_cast<std::uint32_t>(connections), static_cast<unsigned>(bursts));
}
