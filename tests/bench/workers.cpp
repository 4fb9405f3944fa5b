// What a second worker costs a frame: SYNs that come to the worker that owns their tuple, as RSS
// brings them, and SYNs that all come to the first, which hands them over.
#include "workers.hpp"

#include <x86intrin.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace weir::bench {
namespace {

constexpr std::uint32_t kBurst = 32;
constexpr std::uint16_t kListener = 0;  // the rig's first: TCP, kEcho, IPv4

/// Some workers in one thread, so that nothing but the handing over is different from one.
class Crew {
 public:
  explicit Crew(std::uint16_t count)
      : toeplitz_(Secrets::derive(1, 0x5eed).rss_key), owners_(Owners::spread(count)) {
    for (std::uint16_t i = 0; i < count; ++i) {
      RigSettings settings;
      settings.ownership = {&toeplitz_, &owners_, i, count};
      settings.tune = [](Snapshot& s) { s.tcp.cookies = tcp::Cookies::always; };
      rigs_.push_back(std::make_unique<Rig>(settings));
    }
  }

  /// A burst for each worker, from fresh peers.
  void fill(bool steered) {
    arriving_.resize(rigs_.size());
    std::size_t wanted = rigs_.size() * kBurst;
    while (wanted != 0) {
      const std::uint32_t peer = next_++ % (1U << 22);
      Burst& burst = arriving_[steered ? owner_of(peer) : at_first_++ % rigs_.size()];
      if (burst.size() == kBurst) continue;
      Frame frame = rigs_[0]->fresh();
      rigs_[0]->write_syn(frame, peer, kEcho, 1000);
      burst.push(std::move(frame));
      --wanted;
    }
  }

  /// Bursts of arriving_ to their workers, or all to the first; then what it handed over.
  std::uint64_t run(bool steered) {
    const std::uint64_t begin = __rdtsc();
    now_ = now_ + 10us;
    for (std::size_t i = 0; i < rigs_.size(); ++i) {
      rigs_[steered ? i : 0]->pipeline().process(arriving_[i], now_);
      for (std::uint16_t to = 1; !steered && to < rigs_.size(); ++to) {
        Burst& strays = rigs_[0]->pipeline().strays(to);
        if (!strays.empty()) rigs_[to]->pipeline().process(strays, now_);
      }
    }
    for (auto& rig : rigs_) {
      (void)rig->pipeline().expire(now_);
      rig->pipeline().transmit(now_);
    }
    return __rdtsc() - begin;
  }

  /// How many left.
  std::uint32_t take() {
    std::uint32_t n = 0;
    for (auto& rig : rigs_) {
      TxBuffer& out = rig->pipeline().sender().buffer(0);
      while (!out.empty()) {
        const std::span<Frame> frames = out.front();
        for (Frame& frame : frames) frame.reset();
        n += static_cast<std::uint32_t>(frames.size());
        out.pop(static_cast<std::uint32_t>(frames.size()));
      }
    }
    return n;
  }

 private:
  [[nodiscard]] std::size_t owner_of(std::uint32_t peer) const {
    const FlowKey key = rigs_[0]->key(peer, kListener);
    std::size_t owner = 0;
    while (!rigs_[owner]->pipeline().owns(kListener, key.remote, key.remote_port)) ++owner;
    return owner;
  }

  Toeplitz toeplitz_;
  Owners owners_;
  std::vector<std::unique_ptr<Rig>> rigs_;
  std::vector<Burst> arriving_;
  std::uint32_t next_ = 0;
  std::size_t at_first_ = 0;
  Instant now_ = Instant(1h);
};

}  // namespace

Result with_workers(std::uint16_t count, const Effort& effort) {
  Crew crew(count);
  const auto pass = [&](bool steered) {
    std::uint64_t cycles = 0, frames = 0;
    while (frames < effort.work) {
      crew.fill(steered);
      cycles += crew.run(steered);
      const std::uint32_t answered = crew.take();
      if (answered != count * kBurst) {
        std::fputs("the benchmark is void: a SYN went astray\n", stderr);
        std::exit(1);
      }
      frames += answered;
    }
    return static_cast<double>(cycles) / static_cast<double>(frames);
  };
  Result result;
  result.name = std::to_string(count) + (count == 1 ? " worker" : " workers");
  result.unit = "frame";
  result.other = "handed over";
  measure_pairs(
      result, effort, [&] { return pass(true); }, [&] { return pass(false); });
  return result;
}

}  // namespace weir::bench
