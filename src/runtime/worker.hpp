// One core: a thread that polls its queues and drives its pipeline.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "capture/tap.hpp"
#include "control/config.hpp"
#include "dpdk/clock.hpp"
#include "dpdk/ethernet_port.hpp"
#include "dpdk/frame_wait.hpp"
#include "dpdk/queue_ring.hpp"
#include "pipeline/pipeline.hpp"
#include "runtime/actor.hpp"
#include "runtime/inbox.hpp"
#include "runtime/mailbox.hpp"

namespace weir {

/// What the worker shares with the others. Rings: many producers, this worker consumes.
struct WorkerLinks {
  FrameRing handoff;                 ///< received frames whose flows live here
  FrameRing transmit;                ///< frames of workers that have no transmit queue of their own
  std::unique_ptr<Doorbell> bell;    ///< rung with each of them and by the mailbox; or nullptr
  std::unique_ptr<Mailbox> mailbox;  ///< to and from control
  Inbox inbox;                       ///< for services, from any thread
};

struct WorkerSettings {
  std::uint16_t number = 0;
  unsigned cpu = 0;
  IdleMode idle = IdleMode::sleep;
};

class Worker {
 public:
  Worker(const WorkerSettings& settings, std::vector<std::unique_ptr<EthernetPort>>& ports,
         std::unique_ptr<Pipeline> pipeline, std::unique_ptr<WorkerCounters> counters,
         WorkerLinks links, const TscClock& clock);

  /// Tells the worker who the others are; before start.
  void know(std::vector<Worker*> all) { all_ = std::move(all); }
  /// Who acts on this worker beside what arrives, if not nullptr; before start.
  void employ(Actor* actor) {
    if (actor != nullptr) actors_.push_back(actor);
  }
  /// Returns when the thread runs; false: DPDK has no room for it.
  [[nodiscard]] bool start();
  void ask_to_stop() noexcept {
    stop_.store(true, std::memory_order_release);
    wake();
  }
  void join();

  [[nodiscard]] WorkerLinks& links() noexcept { return links_; }
  [[nodiscard]] Mailbox& mailbox() noexcept { return *links_.mailbox; }
  [[nodiscard]] const WorkerCounters& counters() const noexcept { return *counters_; }
  /// What this worker needs to go over to another snapshot. Control's thread.
  [[nodiscard]] std::shared_ptr<Adoption> make_adoption(std::shared_ptr<const Snapshot> next,
                                                        std::vector<ServiceObjects> fresh) {
    return std::make_shared<Adoption>(std::move(next), std::move(fresh), *counters_);
  }
  [[nodiscard]] unsigned cpu() const noexcept { return settings_.cpu; }
  [[nodiscard]] Pipeline& pipeline() noexcept { return *pipeline_; }  ///< before start, after join
  [[nodiscard]] Tap& tap() noexcept { return tap_; }                  ///< for tasks on this worker

 private:
  void loop() noexcept;
  [[nodiscard]] std::uint32_t round(Instant now) noexcept;
  void end(Stage stage) noexcept;
  [[nodiscard]] bool can_answer() noexcept;
  [[nodiscard]] std::uint32_t receive(Instant now) noexcept;
  [[nodiscard]] std::uint32_t next_burst(std::size_t port) noexcept;
  void sound(std::size_t port) noexcept;
  std::uint32_t receive_strays(Instant now) noexcept;
  void hand_over() noexcept;
  void received(std::uint32_t frames) noexcept;
  void record_bursts() noexcept;
  std::uint32_t flush() noexcept;
  std::uint32_t flush_port(std::uint8_t port) noexcept;
  void housekeeping(Instant now) noexcept;
  /// After something was put where this worker looks. Any thread.
  void wake() noexcept {
    if (links_.bell) links_.bell->ring();
  }
  void prepare_to_wait();
  void rest(std::uint32_t idle_rounds) noexcept;
  void nap(std::uint32_t idle_rounds) noexcept;
  [[nodiscard]] bool wait_for_frames() noexcept;
  [[nodiscard]] bool has_something_to_send() noexcept;
  void stay_awake() noexcept;
  void shut_down() noexcept;

  WorkerSettings settings_;
  std::vector<std::unique_ptr<EthernetPort>>& ports_;
  std::unique_ptr<WorkerCounters> counters_;  // outlives the pipeline, which counts into it
  Tap tap_;                                   // outlives the pipeline, which it watches
  std::unique_ptr<Pipeline> pipeline_;
  WorkerLinks links_;
  TscClock clock_;
  std::vector<Worker*> all_;
  std::vector<Actor*> actors_;
  Burst burst_, theirs_;  // received; of workers that send by our queue
  // What was taken from a queue to see how much it holds, and has still to be processed.
  struct Ahead {
    std::vector<Burst> bursts;  // as many as half of the queue
    std::size_t next = 0, count = 0;
  };
  std::vector<Ahead> ahead_;  // by port
  Instant kept_house_{};
  std::unique_ptr<FrameWait> frame_wait_;  // the worker's thread: made, used and freed
  bool armed_ = false;
  struct OpenBurst {
    std::uint64_t received = 0, frames = 0;  // when, in cycles, and how many
  };
  std::vector<OpenBurst> open_bursts_;                    // whose answers have not all left
  std::uint64_t lap_ = 0;                                 // when the last stage ended, in cycles
  std::array<std::uint64_t, kStageNames.size()> laps_{};  // of the round, by stage
  std::atomic<bool> stop_{false};                         // control: writes, worker: reads
  std::thread thread_;
};

}  // namespace weir
