// What TCP is handed with each segment: time, keys, settings and memory. It has nothing else.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/mapped_memory.hpp"
#include "base/mib.hpp"
#include "base/secrets.hpp"
#include "base/split_mix.hpp"
#include "flow/listeners.hpp"
#include "flow/tuple_hash.hpp"
#include "tcp/cold.hpp"

namespace weir::tcp {

/// Shift of our own window (RFC 7323 §2): one value for all, so that a flow need not keep it.
/// 128-byte units offer up to 8 MiB.
inline constexpr std::uint8_t kRcvScale = 7;

enum class Cookies : std::uint8_t { off, automatic, always };

/// [tcp] of the configuration, in the units of the code.
struct Settings {
  std::uint32_t send_buffer = 256 * 1024;
  std::uint32_t receive_buffer = 256 * 1024;       ///< to begin with
  std::uint32_t receive_buffer_max = 1024 * 1024;  ///< what it grows to
  std::uint32_t rto_min_ms = 200;
  std::uint32_t rto_min_spread_ms = 0;  ///< a floor is drawn from rto_min to so much more
  std::uint32_t msl_ms = 30'000;
  std::uint32_t syn_retries = 5;
  std::uint32_t r2_ms = 300'000;
  std::uint32_t fin_wait_2_ms = 60'000;  ///< without a hold on the other side's patience
  std::uint32_t delayed_ack_ms = 40;     ///< RFC 9293 MUST-40 says below 500
  Cookies cookies = Cookies::automatic;
  Algorithm congestion = Algorithm::cubic;
  bool ecn = true;     ///< RFC 3168, when the peer offers it
  bool pacing = true;  ///< of the first flight
};

/// What a service asks of its connections.
struct ServiceSettings {
  std::uint32_t idle_ms = 60'000;   ///< 0 = never
  std::uint32_t keep_alive_ms = 0;  ///< silence before the first probe; 0 = none
  bool nagle = true;
};

/// When each flow last had a challenge ACK or a reply to a segment out of the window. Per flow,
/// never a shared count, which would tell one peer about another (CVE-2016-5696). Pages that no
/// attack touches cost nothing.
class Throttle {
 public:
  static constexpr std::uint32_t kIntervalMs = 500;

  Throttle(std::uint32_t flows, const Flow* first)
      : memory_(std::size_t{flows} * sizeof(std::uint32_t)), first_(first) {}

  /// The flow's number in its table.
  [[nodiscard]] FlowId number_of(const Flow& flow) const noexcept {
    return static_cast<FlowId>(&flow - first_);
  }
  /// Whether the flow may reply now; if so, the next time is kIntervalMs away.
  [[nodiscard]] bool allow(const Flow& flow, Tick now) noexcept {
    std::uint32_t& last = static_cast<std::uint32_t*>(memory_.data())[number_of(flow)];
    // Zero is "never", so that untouched memory allows.
    if (last != 0 && now - Tick(last - 1) < static_cast<std::int32_t>(kIntervalMs)) return false;
    last = now.value() + 1 == 0 ? 1 : now.value() + 1;
    return true;
  }
  /// The flow's note as it is, for a copy of the flow elsewhere.
  [[nodiscard]] std::uint32_t note(const Flow& flow) const noexcept {
    return static_cast<const std::uint32_t*>(memory_.data())[number_of(flow)];
  }
  void restore(const Flow& flow, std::uint32_t note) noexcept {
    static_cast<std::uint32_t*>(memory_.data())[number_of(flow)] = note;
  }
  /// A new connection took the flow's line.
  void forget(const Flow& flow) noexcept {
    std::uint32_t& last = static_cast<std::uint32_t*>(memory_.data())[number_of(flow)];
    if (last != 0) last = 0;
  }

 private:
  MappedMemory memory_;
  const Flow* first_;
};

/// One per worker; `now` is renewed once a round. References outlive every call.
struct Context {
  Instant now{};
  const Secrets& secrets;
  const Settings& settings;
  ColdSlab& cold;
  PieceSlab& pieces;
  RangeSlab& ranges;
  FramePool& pool;
  Throttle& throttle;
  MibCounters& mib;
  TupleHashes tuples;
  SplitMix64 lot;               ///< what is drawn by lot and seen by nobody but in its effect
  bool frames_scarce = false;   ///< the pool's last part is kept for receiving
  const Flow* flows = nullptr;  ///< the record of id 0
  const Listeners* listeners = nullptr;  ///< the snapshot's: where Flow::local is

  [[nodiscard]] Tick tick() const noexcept { return Tick(now); }
};

}  // namespace weir::tcp
