// One worker's stack for benchmarks, without a driver: frames are prepared, go through, and what
// leaves comes back to be prepared again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_memory.hpp"
#include "frame/text_stack.hpp"
#include "pipeline/pipeline.hpp"
#include "service/wall_clock.hpp"

namespace weir::bench {

/// What the next segment of a peer says. Peers are numbered; they are hosts in 198.18.0.0/15 behind
/// one router, or in 2001:db8:1::/64.
struct Peer {
  std::uint32_t seq = 0, ack = 0;
};

/// Where the rig listens.
enum Port : std::uint16_t { kEcho = 7, kDiscard = 9, kHttp = 80 };

struct RigSettings {
  std::uint32_t max_flows = 1 << 16;
  std::uint32_t frames = 512;  ///< that are in use by turns: 512 stay in the cache, 65536 do not
  bool v6 = false;
  bool recorded = false;      ///< by a flight recorder as weir.conf has it
  bool timestamps = true;     ///< in SYNs and segments, as Linux sends them
  bool offload = false;       ///< the port verifies checksums and fills them in
  std::string root;           ///< what the http service serves
  FramePool* pool = nullptr;  ///< where the stack takes frames of its own; nullptr: from the rig's
  Ownership ownership{};      ///< more than one worker
  std::function<void(Snapshot&)> tune;
  std::function<std::unique_ptr<TcpService>()> discard;  ///< answers at kDiscard instead
};

class Rig {
 public:
  /// What a round takes by the clock that the stack is told.
  static constexpr Duration kRound = 10us;

  explicit Rig(const RigSettings& settings);
  ~Rig();

  /// Opens connections [peers().size(), n) to a port, by real handshakes; returns the stack's
  /// cycles.
  std::uint64_t open(std::uint32_t n, Port port);
  /// Room for so many peers' numbers.
  void reserve(std::uint32_t n) { peers_.reserve(n); }
  [[nodiscard]] std::vector<Peer>& peers() noexcept { return peers_; }

  /// The frames to be written, untimed; one for each of the set.
  [[nodiscard]] std::span<Frame> frames() noexcept { return frames_; }
  void write_syn(Frame& frame, std::uint32_t peer, Port port, std::uint32_t seq) const;
  /// A segment of `text` bytes with the numbers of `from`; `flags` beside ACK.
  void write_segment(Frame& frame, std::uint32_t peer, const Peer& from, Port port,
                     std::uint32_t text, std::uint8_t flags = 0) const;
  void write_text(Frame& frame, std::uint32_t peer, const Peer& from, Port port,
                  std::string_view text) const;
  void write_datagram(Frame& frame, std::uint32_t peer, Port port, std::uint32_t text) const;

  /// The peer's end of a tuple with that listener.
  [[nodiscard]] FlowKey key(std::uint32_t peer, std::uint16_t local) const;
  /// What a segment that left says.
  struct Left {
    std::uint32_t seq = 0, text = 0;
    std::uint8_t flags = 0;
    std::uint32_t peer = 0;  ///< whom it goes to
  };
  [[nodiscard]] Left read_sent(const Frame& frame) const;

  /// Sends frames() through in bursts of `burst`, a round each, and returns the cycles of the
  /// time-stamp counter. What left is handed to `sent` afterwards.
  std::uint64_t run(std::uint32_t burst = 32);
  /// The same, neither timed nor counted.
  void warm_up(std::uint32_t burst = 32) { pass(burst); }
  /// Frames that left in the last run.
  [[nodiscard]] std::span<Frame> sent() noexcept { return sent_; }
  /// One more frame, without content.
  [[nodiscard]] Frame fresh() noexcept { return pool_.pool().allocate(); }
  /// Gives what was sent back, so that frames() is whole again.
  void recycle();

  [[nodiscard]] Pipeline& pipeline() noexcept { return *pipeline_; }
  [[nodiscard]] WorkerCounters& counters() noexcept { return *counters_; }

 private:
  void pass(std::uint32_t burst);
  void write(Frame& frame, std::uint32_t peer, Port port, std::uint32_t seq, std::uint32_t ack,
             std::uint8_t flags, std::uint32_t text, const char* bytes) const;
  void finish(Frame& frame) const;

  RigSettings settings_;
  MappedMemory memory_;
  TextStack pool_;
  Secrets secrets_;
  Snapshot snapshot_;
  NeighbourTable neighbours_;
  WallClock clock_;
  std::unique_ptr<WorkerCounters> counters_;
  std::unique_ptr<Pipeline> pipeline_;
  Instant now_ = Instant(1h);
  std::vector<Peer> peers_;
  std::vector<Frame> frames_, sent_;
};

}  // namespace weir::bench
