// What an engine is made of, and in which order it comes and goes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "control/config.hpp"
#include "dpdk/clock.hpp"
#include "dpdk/eal.hpp"
#include "dpdk/ethernet_port.hpp"
#include "dpdk/mempool.hpp"
#include "ip/address_keeper.hpp"
#include "ip/neighbour_keeper.hpp"
#include "runtime/actor.hpp"
#include "runtime/engine.hpp"
#include "runtime/http_publisher.hpp"
#include "runtime/next_snapshot.hpp"
#include "runtime/read_aheads.hpp"
#include "runtime/topology.hpp"
#include "runtime/worker.hpp"
#include "service/wall_clock.hpp"

namespace weir {

/// Members stand in the order in which they are made; what is below goes before what is above.
/// Control thread only.
struct Engine::Parts {
  explicit Parts(const Config& wanted) : config(wanted) {}
  ~Parts() { stop_threads(); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  /// All of it, up to running workers. The error is one sentence, with the exit code.
  [[nodiscard]] Result<bool, StartError> start(EalLogSink log, const EngineAdditions& additions);
  void stop_threads();
  /// So much of the workers' clock in the kernel's: what DPDK measured of the counter's rate is
  /// off by up to two in a thousand in virtual machines.
  [[nodiscard]] Duration real_time(Duration by_workers) const;
  /// Engine::reload.
  [[nodiscard]] Result<bool> reload(const Config& wanted, const std::function<void()>& begins);
  /// As the configuration says; none when it says off. Throws std::bad_alloc.
  [[nodiscard]] std::unique_ptr<FlightRecorder> make_recorder(const RecorderConfig& wanted) const;
  /// Engine::drain.
  [[nodiscard]] Result<bool> drain(const std::vector<std::uint16_t>& services, bool draining);

  Config config;
  std::vector<std::string> warnings;
  std::unique_ptr<Eal> eal;
  LongWork long_work;
  // What these two hold may be read by the ports until they are closed.
  HttpPublisher http{long_work};
  std::unique_ptr<ReadAheads> read_aheads;
  std::unique_ptr<Mempool> pool;
  std::vector<std::unique_ptr<EthernetPort>> ports;
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<std::uint16_t> numbers;  ///< of config.services, in the snapshot
  Secrets secrets;
  std::unique_ptr<NeighbourTable> neighbours;
  std::unique_ptr<NeighbourKeeper> keeper;
  AddressKeeper addresses;
  std::vector<EngineNotice> notices;
  std::unique_ptr<Toeplitz> toeplitz;
  std::unique_ptr<Owners> owners;
  WallClock wall_clock;
  Modules modules;
  std::unique_ptr<TscClock> clock;
  std::chrono::steady_clock::time_point clock_made;  ///< the kernel's word on when
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<RecorderConfig> records;                ///< how each worker does
  std::vector<std::shared_ptr<const Snapshot>> kept;  ///< that a worker may still have
  std::string silent;               ///< CPUs of workers that did not go over to a snapshot in time
  IdleMode idle = IdleMode::sleep;  ///< as the ports allow
  bool running = false;

 private:
  [[nodiscard]] Result<bool> start_eal(const CpuPlan& plan, EalLogSink log);
  [[nodiscard]] Result<bool> open_ports(std::size_t worker_count);
  [[nodiscard]] Result<bool, StartError> make_workers(const CpuPlan& plan,
                                                      const EngineAdditions& additions);
  void know_addresses();
  /// Of memory that read_aheads has made and no worker has yet.
  void hand_out_chunks();
  [[nodiscard]] StillUsed still_used() const;
  [[nodiscard]] bool mark_services(std::vector<bool>& used) const;
  [[nodiscard]] bool mark_listeners(std::vector<bool>& used) const;
  using Recorders = std::vector<std::shared_ptr<std::unique_ptr<FlightRecorder>>>;  // one a worker
  /// Whether a worker records in another way: so far, or because it missed its own.
  [[nodiscard]] bool needs_recorder(std::size_t worker, const RecorderConfig& wanted) const {
    return records[worker] != wanted;
  }
  /// Fresh ones for the workers that need one, no exchange for the others.
  [[nodiscard]] Recorders make_recorders(const RecorderConfig& wanted) const;
  /// Whether the kernel has so much to give: it would say yes to any amount, and kill later.
  [[nodiscard]] Result<bool> room_for_recorders(const Config& wanted) const;
  void hand_out(const Recorders& recorders, const RecorderConfig& wanted);
  using Adoptions = std::vector<std::shared_ptr<Adoption>>;  // one a worker
  struct Prepared;
  /// All of a reload that can fail; nothing has changed yet.
  [[nodiscard]] Result<Prepared> prepare(const Config& wanted);
  [[nodiscard]] Result<bool> read_fresh(Prepared& ready) const;
  [[nodiscard]] Result<std::vector<ServiceObjects>> make_fresh(const Prepared& ready,
                                                               std::uint16_t worker);
  /// `objects`: the fresh ones, by worker.
  [[nodiscard]] Adoptions make_adoptions(const std::shared_ptr<const Snapshot>& next,
                                         std::vector<std::vector<ServiceObjects>> objects) const;
  void go_over(const std::shared_ptr<const Snapshot>& next, const Adoptions& adoptions);
  [[nodiscard]] Error not_all_went_over() const;
  void send_leftovers();
};

}  // namespace weir
