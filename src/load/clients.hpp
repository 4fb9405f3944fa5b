// Who loads: the engine that the plan asks for, and a client on each of its workers.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "load/plan.hpp"
#include "load/report.hpp"
#include "runtime/actor.hpp"
#include "runtime/engine.hpp"

namespace weir::load {

[[nodiscard]] Config config_of(const LoadPlan& plan);
/// One service, and an end of connections for every source address and port.
void add_places(const LoadPlan& plan, Snapshot& snapshot);

/// Main thread; it outlives the engine that it was added to, the plan outlives both.
class Clients {
 public:
  explicit Clients(const LoadPlan& plan) : plan_(plan) {}
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  [[nodiscard]] EngineAdditions additions();
  void go() { going_.store(true); }
  void stop() { stopping_.store(true); }
  [[nodiscard]] LoadReading read(const Engine& engine) const;

 private:
  [[nodiscard]] std::vector<ServiceObjects> make(std::uint16_t worker, std::uint16_t workers);
  template <class T>
  T& keep(std::unique_ptr<T> client);

  const LoadPlan& plan_;
  std::atomic<bool> going_{false}, stopping_{false};
  std::uint32_t places_ = 0;
  std::vector<std::unique_ptr<Actor>> actors_;  // one a worker
  std::vector<const LoadCounters*> counters_;
};

}  // namespace weir::load
