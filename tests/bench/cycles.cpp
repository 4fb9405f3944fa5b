// Cycles per packet of one worker's stack, in process.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "rig.hpp"

namespace weir::bench {
namespace {

const bool kOnce = std::getenv("WEIR_BENCH_ONCE") != nullptr;
const unsigned kRepeats = kOnce ? 1 : 15;

struct Figure {
  double median = 0, least = 0, most = 0;
};

Figure figure_of(std::vector<double> values) {
  std::ranges::sort(values);
  return {values[values.size() / 2], values.front(), values.back()};
}

/// Fills, runs, and looks at the frames, over and over, and says what a frame costs.
template <class Fill, class Look>
Figure measure(Rig& rig, Fill&& fill, Look&& look) {
  const std::size_t set = rig.frames().size();
  const std::size_t loops = kOnce ? 1 : std::max<std::size_t>(1, 65536 / set);
  std::vector<double> values;
  for (unsigned repeat = 0; repeat < kRepeats + (kOnce ? 0 : 2); ++repeat) {
    std::uint64_t cycles = 0;
    for (std::size_t loop = 0; loop < loops; ++loop) {
      fill();
      cycles += rig.run();
      look();
      rig.recycle();
    }
    if (repeat >= 2 || kOnce)
      values.push_back(static_cast<double>(cycles) / static_cast<double>(loops * set));
  }
  return figure_of(values);
}

void print(const std::string& name, std::size_t set, const Figure& f) {
  std::printf("%-58s %6zu frames %7.1f (%.1f to %.1f) cycles\n", name.c_str(), set, f.median,
              f.least, f.most);
  std::fflush(stdout);
}

void syn_cookie(std::uint32_t set, bool verified) {
  RigSettings settings;
  settings.frames = set;
  settings.verified = verified;
  settings.tune = [](Snapshot& s) { s.tcp.cookies = tcp::Cookies::always; };
  Rig rig(settings);
  SplitMix64 dice{1};
  const auto fill = [&] {
    for (Frame& f : rig.frames()) {
      rig.write_syn(f, dice.up_to(1 << 23), kDiscard, static_cast<std::uint32_t>(dice.next()));
    }
  };
  const auto look = [&] {
    if (rig.sent().size() != set) std::exit(1);
  };
  print(std::string("SYN -> SYN-ACK with cookie") + (verified ? ", offload" : ""), set,
        measure(rig, fill, look));
}

void data_ack(std::uint32_t flows, std::uint32_t set, bool verified, bool timestamps) {
  RigSettings settings;
  settings.frames = set;
  settings.max_flows = flows + flows / 16;
  settings.verified = verified;
  settings.timestamps = timestamps;
  settings.tune = [](Snapshot& s) { s.tcp.delayed_ack_ms = 0; };
  Rig rig(settings);
  rig.open(flows, kDiscard);
  SplitMix64 dice{1};
  const auto fill = [&] {
    for (Frame& f : rig.frames()) {
      const std::uint32_t peer = dice.up_to(flows - 1);
      rig.write_segment(f, peer, kDiscard, 10, kPsh);
      rig.peers()[peer].seq += 10;
    }
  };
  const auto look = [&] {
    if (rig.sent().size() < set * 9 / 10) std::fprintf(stderr, "sent %zu\n", rig.sent().size());
  };
  print("data -> ACK, " + std::to_string(flows) + " flows" + (timestamps ? ", timestamps" : "") +
            (verified ? ", offload" : ""),
        set, measure(rig, fill, look));
}

void udp_echo(std::uint32_t set, bool verified) {
  RigSettings settings;
  settings.frames = set;
  settings.verified = verified;
  Rig rig(settings);
  SplitMix64 dice{1};
  const auto fill = [&] {
    for (Frame& f : rig.frames()) rig.write_datagram(f, dice.up_to(1 << 23), kEcho, 10);
  };
  const auto look = [&] {
    if (rig.sent().size() != set) std::exit(1);
  };
  print(std::string("UDP echo") + (verified ? ", offload" : ""), set, measure(rig, fill, look));
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  const auto want = [&](const char* s) { return argc < 2 || std::strstr(s, argv[1]) != nullptr; };
  if (want("syn")) {
    for (const bool verified : {false, true}) {
      for (const std::uint32_t set : {512U, 8192U}) syn_cookie(set, verified);
    }
  }
  if (want("udp")) {
    for (const bool verified : {false, true}) udp_echo(512, verified);
  }
  if (want("one")) data_ack(10000, 512, false, true);
  if (want("data")) {
    for (const std::uint32_t flows : {10'000U, 1'000'000U}) {
      for (const bool ts : {false, true}) data_ack(flows, 512, false, ts);
      data_ack(flows, 512, true, false);
    }
  }
}
