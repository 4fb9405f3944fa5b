// What acts by itself on a worker, beside what arrives: a client, a load generator.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "pipeline/pipeline.hpp"
#include "runtime/modules.hpp"

namespace weir {

class Actor {
 public:
  virtual ~Actor() = default;
  /// Called once a round on the worker's thread, when there is room for what it may send: a frame
  /// for each of kMaxBurst actions. Returns how much it did: a worker without work may sleep.
  virtual std::uint32_t act(Pipeline& pipeline, Instant now) noexcept = 0;
};

/// What a program adds to an engine that no configuration can say. The functions are called while
/// the engine starts, on the thread that starts it.
struct EngineAdditions {
  /// Changes the snapshot before the first worker sees it: more services and places.
  std::function<void(Snapshot&)> tune;
  /// The objects of one of `workers` for the services that `tune` added, in their order.
  std::function<std::vector<ServiceObjects>(std::uint16_t worker, std::uint16_t workers)> services;
  /// Who acts on that worker; outlives the engine. May be nullptr.
  std::function<Actor*(std::uint16_t worker)> actor;
  /// What `handler = module` finds by name.
  Modules modules{};
};

}  // namespace weir
