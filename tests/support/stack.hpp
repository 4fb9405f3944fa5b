// One worker's whole stack in memory: pool, snapshot, neighbours, pipeline, and a clock set by
// hand.
#pragma once

#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "frame/memory_pool.hpp"
#include "ip/address_keeper.hpp"
#include "ip/neighbour_keeper.hpp"
#include "pipeline/pipeline.hpp"
#include "support/sent.hpp"
#include "support/services.hpp"
#include "support/watcher.hpp"

namespace weir::test {

/// After every step it asserts that the counters add up, and at the end that every frame is back in
/// the pool.
class Stack {
 public:
  struct Config {
    /// WEIR_TEST_RECORDED is `whole` or `each`.
    enum class Recorded { no, whole, each };
    [[nodiscard]] static Recorded recorded_by_environment();

    std::uint32_t pool = 2048;
    std::uint16_t data_room = 2304;
    std::uint16_t vlan = 0;
    bool neighbours_known = true;  ///< the peer's MAC, both families
    bool keeper_listens = true;    ///< else news pile up
    bool dad = false;              ///< else every address is in use from the start
    bool neighbours_age = false;   ///< else what was learnt stays reachable
    std::size_t source_bytes = 100'000;
    SourceService::By source_by = SourceService::By::reference;
    bool chargen = true;     ///< else its port discards: the pattern takes a while to write
    std::uint64_t seed = 1;  ///< of the secrets
    Instant start = Instant(1h);
    std::function<void(Snapshot&)> tune;
    /// The port computes checksums, reads text where it lies and cuts it into segments.
    bool nic = std::getenv("WEIR_TEST_NIC") != nullptr;
    /// A capture of everything runs along (support/watcher.hpp): nothing may change by it.
    bool watched = std::getenv("WEIR_TEST_WATCHED") != nullptr;
    /// The flight recorder runs along, and what it holds is played again (support/replayed.hpp):
    /// all of it at the end, or each burst by itself, from what it met.
    Recorded recorded = recorded_by_environment();
    std::uint32_t recorded_bytes = 192;   ///< of each frame
    std::uint16_t self = 0, workers = 1;  ///< more than one: strays by Toeplitz
  };

  Stack() : Stack(Config{}) {}
  explicit Stack(Config config);
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  /// One round: the frame arrives, timers run, flows transmit.
  void receive(const Octets& frame, std::uint16_t frame_flags = 0);
  /// The same with all of them in one burst (at most kMaxBurst).
  void receive_burst(std::span<const Octets> frames);
  void receive(Burst& burst);
  /// Lets time pass, a round each millisecond; where nothing is due, rounds are left out.
  void advance(Duration d);
  /// One round without anything received.
  void round();
  void set_time(Instant now) { now_ = now; }

  /// What left since the last call, oldest first; every frame was checked.
  [[nodiscard]] std::deque<Sent>& sent() { return sent_; }
  /// For those who want frames instead: called with each one that leaves, which may be taken.
  std::function<void(Frame&, const Sent&)> on_sent;

  [[nodiscard]] Instant now() const { return now_; }
  /// Whether the last round sent something: then the next one may have more.
  [[nodiscard]] bool is_busy() const {
    return left_something_ || pipeline_->sender().somebody_waits();
  }
  /// Frames handed to the port, and the largest of them with what hung on it, in bytes.
  [[nodiscard]] std::uint64_t frames_left() const { return frames_left_; }
  [[nodiscard]] std::uint32_t largest_packet() const { return largest_packet_; }
  [[nodiscard]] Pipeline& pipeline() { return *pipeline_; }
  [[nodiscard]] WorkerCounters& counters() { return *counters_; }
  [[nodiscard]] MemoryPool& pool() { return pool_; }
  [[nodiscard]] Snapshot& snapshot() { return snapshot_; }
  [[nodiscard]] NeighbourTable& neighbours() { return neighbours_; }
  [[nodiscard]] NeighbourKeeper& keeper() { return keeper_; }
  [[nodiscard]] ScriptedService& script() { return *script_; }
  [[nodiscard]] std::vector<FlowEntry> flows();
  [[nodiscard]] std::uint64_t dropped(Drop d) { return counters_->dropped[index(d)].get(); }
  [[nodiscard]] std::uint64_t refused(Drop d) { return counters_->refused[index(d)].get(); }
  [[nodiscard]] std::uint64_t mib(Mib m) { return counters_->mib.get(m); }
  void learn(const Address& a, const Mac& mac, Reachability state = Reachability::reachable);
  /// Ends all connections and asserts that nothing is left.
  void shut_down();

 private:
  void finish_round();
  void record();
  void play_again();
  void keep_addresses();
  void flush();
  void leave(Frame& frame, std::span<const std::uint8_t> bytes);

  Config config_;
  MemoryPool pool_;
  Secrets secrets_;
  Snapshot snapshot_;
  NeighbourTable neighbours_;
  NeighbourKeeper keeper_;
  AddressKeeper addresses_;
  Toeplitz toeplitz_;
  Owners owners_;
  std::unique_ptr<WorkerCounters> counters_;
  std::uint64_t received_before_ = 0;        // when the recorder began,
  const Snapshot* recorded_from_ = nullptr;  // and by which snapshot
  std::unique_ptr<Watcher> watcher_;
  std::unique_ptr<Pipeline> pipeline_;
  ScriptedService* script_ = nullptr;
  Instant now_;
  std::deque<Sent> sent_;
  Instant aged_{};
  std::uint64_t frames_left_ = 0;
  std::uint32_t largest_packet_ = 0;
  bool left_something_ = false;
  bool down_ = false;
};

}  // namespace weir::test
