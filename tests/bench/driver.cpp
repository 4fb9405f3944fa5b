// What a frame costs with a driver below the stack, in one thread: a generator's step and the
// stack's step by turns on the two ends of a net_memif link.
//   driver [--json FILE] [--quick]
//
// Timed is the stack's step alone: its port's receive burst, the stages, its port's transmit burst.
// Beside it the same step with nothing in between but the addresses swapped.
#include <unistd.h>
#include <x86intrin.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "base/split_mix.hpp"
#include "dpdk/ethernet_port.hpp"
#include "measure.hpp"
#include "rig.hpp"

namespace weir::bench {
namespace {

constexpr std::uint32_t kBurst = 32;
constexpr std::uint32_t kFlows = 10'000;

std::string socket_path() { return "/run/weir-bench-" + std::to_string(getpid()); }

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "the benchmark is void: %s\n", why.c_str());
  std::exit(1);
}

/// The two ends of the link, and the buffers of both.
class Wire {
 public:
  explicit Wire(const Eal& eal) {
    auto pool = Mempool::create({.name = "bench", .count = 16384});
    if (!pool) fail(pool.error().message);
    pool_ = std::move(pool).value();
    // Whoever finds the benchmark void exits past every destructor.
    std::atexit([] { unlink(socket_path().c_str()); });
    const std::string rest = ",socket=" + socket_path() + ",socket-abstract=no";
    stack_ = open(eal, "net_memif0,role=server" + rest);
    generator_ = open(eal, "net_memif1,role=client" + rest);
    for (int i = 0; !stack_->link().up || !generator_->link().up; ++i) {
      if (i == 100) fail("the memif link did not come up");
      std::this_thread::sleep_for(50ms);
    }
    (void)take();  // the client's end gives the server's its first buffers
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] Frame fresh() noexcept { return pool_->pool().allocate(); }
  [[nodiscard]] FramePool& frames() noexcept { return pool_->pool(); }
  [[nodiscard]] EthernetPort& stack() noexcept { return *stack_; }

  void send(std::span<Frame> frames) noexcept {
    if (generator_->tx_burst(0, frames) != frames.size()) fail("the generator's end is full");
  }
  /// Takes what came back; returns how many frames.
  std::uint32_t take() noexcept {
    Burst burst;
    std::uint32_t n = 0;
    while (generator_->rx_burst(0, burst) != 0) {
      n += burst.size();
      burst.clear();
    }
    return n;
  }

 private:
  std::unique_ptr<EthernetPort> open(const Eal& eal, const std::string& device) {
    Mempool* const pools[] = {pool_.get()};
    auto port = EthernetPort::open(eal, {.name = "bench", .device = device}, pools);
    if (!port) fail(port.error().message);
    return std::move(port).value();
  }

  std::unique_ptr<Mempool> pool_;
  std::unique_ptr<EthernetPort> stack_, generator_;
};

void leave(EthernetPort& port, std::span<Frame> frames) noexcept {
  if (port.tx_burst(0, frames) != frames.size()) fail("the stack's end is full");
}

// The stack's step, as the worker's loop does it.
std::uint64_t stack_step(Wire& link, Rig& rig, Instant now) {
  TxBuffer& out = rig.pipeline().sender().buffer(0);
  Burst burst;
  const std::uint64_t begin = __rdtsc();
  (void)link.stack().rx_burst(0, burst);
  rig.pipeline().process(burst, now);
  (void)rig.pipeline().expire(now);
  rig.pipeline().transmit(now);
  while (!out.empty()) {
    const std::span<Frame> frames = out.front();
    for (const Frame& frame : frames) {
      if (frame.pool() != &link.frames()) fail("a frame is in a buffer that no port knows");
    }
    leave(link.stack(), frames);
    out.pop(static_cast<std::uint32_t>(frames.size()));
  }
  return __rdtsc() - begin;
}

// The same with no stack: every frame goes back whence it came.
std::uint64_t forward_step(Wire& link) {
  Burst burst;
  std::array<Frame, kBurst> frames;
  const std::uint64_t begin = __rdtsc();
  const std::uint32_t n = link.stack().rx_burst(0, burst);
  for (std::uint32_t i = 0; i < n; ++i) {
    std::uint8_t* const at = burst[i].bytes().data();
    std::swap_ranges(at, at + 6, at + 6);
    frames[i] = std::move(burst[i]);
  }
  leave(link.stack(), {frames.data(), n});
  return __rdtsc() - begin;
}

/// Frames of `write`, a burst at a time, through the stack and through nothing by turns.
template <class Write>
Result measure(const char* name, std::uint32_t flows, Wire& link, Rig& rig, const Effort& effort,
               Write&& write) {
  Instant now = Instant(1h) + 10s;  // the rig opened its connections at one
  const auto bursts = [&](auto&& step, bool to_stack) {
    std::uint64_t cycles = 0;
    for (std::uint32_t done = 0; done < effort.work; done += kBurst) {
      std::array<Frame, kBurst> frames;
      for (Frame& frame : frames) {
        frame = link.fresh();
        if (!frame) fail("no buffers");
        write(frame, to_stack);
      }
      link.send(frames);
      now = now + 10us;
      cycles += step(now);
      const std::uint32_t back = link.take();
      // Two segments of a flow in one burst have one ACK.
      if (back < kBurst / 2 || (back != kBurst && !(to_stack && flows != 0)))
        fail("frames were not answered");
    }
    return static_cast<double>(cycles) / effort.work;
  };
  Result result;
  result.name = name;
  result.unit = "frame";
  result.flows = flows;
  result.frames = 512;
  result.burst = kBurst;
  result.other = "forwarding";
  measure_pairs(
      result, effort,
      [&] { return bursts([&](Instant at) { return stack_step(link, rig, at); }, true); },
      [&] { return bursts([&](Instant) { return forward_step(link); }, false); });
  return result;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir;
  using namespace weir::bench;
  std::string json;
  Effort effort;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--json" && i + 1 < argc) {
      json = argv[++i];
    } else if (word == "--quick") {
      effort.repeats = 5;
    } else {
      std::fputs("usage: driver [--json FILE] [--quick]\n", stderr);
      return 2;
    }
  }
  auto eal = Eal::start({});
  if (!eal) {
    std::fprintf(stderr, "%s\n", eal.error().message.c_str());
    return 1;
  }
  const WorkerLcore lcore;
  std::vector<bench::Result> results;
  {
    Wire link(*eal.value());
    RigSettings settings;
    settings.pool = &link.frames();
    settings.tune = [](Snapshot& s) {
      s.tcp.cookies = tcp::Cookies::always;
      s.tcp.delayed_ack_ms = 0;
    };
    Rig rig(settings);
    rig.open(kFlows, kDiscard);
    SplitMix64 dice{1};
    std::uint32_t next = kFlows;
    results.push_back(measure(
        "SYN -> SYN-ACK with cookie", 0, link, rig, effort,
        [&](Frame& f, bool) { rig.write_syn(f, next++ % (1U << 20) + kFlows, kEcho, 1000); }));
    results.push_back(
        measure("data -> ACK", kFlows, link, rig, effort, [&](Frame& f, bool to_stack) {
          const std::uint32_t peer = dice.up_to(kFlows - 1);
          rig.write_segment(f, peer, rig.peers()[peer], kDiscard, 10, kPsh);
          if (to_stack) rig.peers()[peer].seq += 10;
        }));
    results.push_back(measure("UDP echo", 0, link, rig, effort, [&](Frame& f, bool) {
      rig.write_datagram(f, dice.up_to(kFlows - 1), kEcho, 10);
    }));
  }
  for (const bench::Result& result : results) print(result);
  return json.empty() || write_json(json, results) ? 0 : 1;
}
