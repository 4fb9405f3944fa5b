// A reload, seen from the control thread: everything that can fail comes before the first worker.
#include <algorithm>
#include <array>
#include <new>

#include "runtime/engine_parts.hpp"
#include "runtime/next_snapshot.hpp"
#include "runtime/services.hpp"

namespace weir {
namespace {

constexpr Duration kPatience = 2s;  // with a worker that is between two bursts now and then

}  // namespace

// Each worker is asked between two of its rounds, when its counts agree: from outside a handshake
// that completes could be seen in neither of two. What the task writes outlives one that comes
// late.
bool Engine::Parts::mark_services(std::vector<bool>& used) const {
  for (const auto& worker : workers) {
    auto seen = std::make_shared<std::array<bool, kMaxServices>>();
    const bool told = worker->mailbox().call(
        [seen, &counters = worker->counters()](Pipeline&) {
          for (std::size_t i = 0; i < kMaxServices; ++i) {
            const ServiceCounters& c = counters.services[i];
            (*seen)[i] = (c.half_open.get() | c.fast_opens.get() | c.connections.get()) != 0;
          }
        },
        kPatience);
    if (!told) return false;
    for (std::size_t i = 0; i < used.size(); ++i) used[i] = used[i] || (*seen)[i];
  }
  return true;
}

// Slice by slice, since a task delays packets. What is retired gets no flows meanwhile.
bool Engine::Parts::mark_listeners(std::vector<bool>& used) const {
  struct Slice {
    std::vector<bool> used;
    FlowId next = 0;
  };
  for (const auto& worker : workers) {
    auto slice = std::make_shared<Slice>(Slice{used, 0});
    while (slice->next != kNoFlow) {
      const bool told = worker->mailbox().call(
          [slice](Pipeline& pipeline) {
            slice->next = pipeline.mark_listeners(slice->next, slice->used);
          },
          kPatience);
      if (!told) return false;
    }
    used = slice->used;
  }
  return true;
}

// Nobody is asked for what is not there, and who does not answer may use everything.
StillUsed Engine::Parts::still_used() const {
  const auto& services = snapshot->services;
  const bool retired = std::any_of(services.begin(), services.end(),
                                   [](const ServiceLimits& one) { return one.retired; });
  StillUsed used{std::vector<bool>(services.size()), std::vector<bool>(snapshot->listeners.size())};
  if (retired && !mark_services(used.services)) used.services.assign(services.size(), true);
  if (snapshot->listeners.has_rows() && !mark_listeners(used.listeners)) {
    used.listeners.assign(used.listeners.size(), true);
  }
  return used;
}

struct Engine::Parts::Prepared {
  NextSnapshot next;
  Config config;
  HttpContents contents;  // by the configuration's services; of those that are fresh
  Adoptions adoptions;
  Recorders recorders;

  [[nodiscard]] bool is_fresh(std::size_t i) const {
    return std::find(next.fresh.begin(), next.fresh.end(), next.numbers[i]) != next.fresh.end();
  }
};

Result<bool> Engine::Parts::read_fresh(Prepared& ready) const {
  const auto& services = ready.config.services;
  std::vector<ServiceConfig> fresh;
  for (std::size_t i = 0; i < services.size(); ++i) {
    if (ready.is_fresh(i)) fresh.push_back(services[i]);
  }
  auto read = http.read(fresh);
  if (!read) return read.error();
  ready.contents.resize(services.size());
  auto next = read->begin();
  for (std::size_t i = 0; i < services.size(); ++i) {
    if (ready.is_fresh(i)) ready.contents[i] = std::move(*next++);
  }
  return true;
}

// One worker's, by number.
Result<std::vector<ServiceObjects>> Engine::Parts::make_fresh(const Prepared& ready,
                                                              std::uint16_t worker) {
  const auto count = static_cast<std::uint16_t>(workers.size());
  const ServiceMaker maker{{wall_clock, read_aheads->of(worker)}, modules, worker, count};
  std::vector<ServiceObjects> fresh(ready.next.snapshot->services.size());
  for (std::size_t i = 0; i < ready.config.services.size(); ++i) {
    if (!ready.is_fresh(i)) continue;
    auto made = maker.make(ready.config.services[i], ready.contents[i]);
    if (!made) return made.error();
    fresh[ready.next.numbers[i]] = std::move(made).value();
  }
  return fresh;
}

Result<Engine::Parts::Prepared> Engine::Parts::prepare(const Config& said) try {
  Config wanted = said;
  if (auto known = know_modules(wanted, modules); !known) return known.error();
  auto next = next_snapshot({*snapshot, config, numbers}, wanted, still_used());
  if (!next) return next.error();
  if (auto room = room_for_recorders(wanted); !room) return room.error();
  Prepared ready{std::move(next).value(), wanted, {}, {}, {}};
  if (auto read = read_fresh(ready); !read) return read.error();
  const auto& snapshot_then = ready.next.snapshot;
  if (serves_files(wanted.services)) read_aheads->make_chunks();
  std::vector<std::vector<ServiceObjects>> objects;
  for (std::uint16_t w = 0; w < workers.size(); ++w) {
    auto made = make_fresh(ready, w);
    if (!made) return made.error();
    objects.push_back(std::move(made).value());
  }
  ready.adoptions = make_adoptions(snapshot_then, std::move(objects));
  ready.recorders = make_recorders(wanted.recorder);
  http.make_room(snapshot_then->services.size());
  kept.reserve(kept.size() + 2);
  return ready;
} catch (const std::bad_alloc&) {
  return Error{"there is not enough memory for it"};
}

Result<bool> Engine::Parts::reload(const Config& wanted, const std::function<void()>& begins) {
  if (!silent.empty()) return not_all_went_over();
  // Files are read, gigabytes of recorders are touched, and a worker may take its time.
  const LongWork::Scope reloading(long_work);
  auto prepared = prepare(wanted);
  if (!prepared) return prepared.error();
  // From here on it happens, and nobody is told that it did not.
  begins();
  Prepared& ready = prepared.value();
  const Snapshot& then = *ready.next.snapshot;
  for (std::uint16_t number = 0; number < then.services.size(); ++number) {
    if (then.services[number].retired) http.retire(number);
  }
  for (std::size_t i = 0; i < ready.config.services.size(); ++i) {
    if (!ready.is_fresh(i)) continue;
    http.adopt(ready.next.numbers[i], ready.config.services[i], std::move(ready.contents[i]));
  }
  hand_out_chunks();
  go_over(ready.next.snapshot, ready.adoptions);
  hand_out(ready.recorders, ready.config.recorder);
  numbers = std::move(ready.next.numbers);
  config = std::move(ready.config);
  know_addresses();
  return true;
}

// The task comes before the one that brings the first service which wants them.
void Engine::Parts::hand_out_chunks() {
  for (std::size_t w = 0; w < workers.size(); ++w) {
    auto chunks = read_aheads->take_chunks(w);
    if (chunks.empty()) continue;
    (void)workers[w]->mailbox().post([ahead = read_aheads->of(w), chunks = std::move(chunks)](
                                         Pipeline&) { ahead->furnish(chunks); });
  }
}

Result<bool> Engine::Parts::drain(const std::vector<std::uint16_t>& services, bool draining) {
  if (!silent.empty()) return not_all_went_over();
  const auto next = drained_snapshot(*snapshot, services, draining);
  go_over(next, make_adoptions(next, std::vector<std::vector<ServiceObjects>>(workers.size())));
  return true;
}

Engine::Parts::Adoptions Engine::Parts::make_adoptions(
    const std::shared_ptr<const Snapshot>& next,
    std::vector<std::vector<ServiceObjects>> objects) const {
  Adoptions adoptions;
  for (std::size_t w = 0; w < workers.size(); ++w) {
    adoptions.push_back(workers[w]->make_adoption(next, std::move(objects[w])));
  }
  return adoptions;
}

// Whatever happens on the way, both snapshots live as long as a worker may have either.
void Engine::Parts::go_over(const std::shared_ptr<const Snapshot>& next,
                            const Adoptions& adoptions) {
  kept.push_back(snapshot);
  kept.push_back(next);
  for (std::size_t w = 0; w < workers.size(); ++w) {
    const bool took = workers[w]->mailbox().call(
        [adoption = adoptions[w]](Pipeline& pipeline) { pipeline.adopt(*adoption); }, kPatience);
    if (!took) silent += (silent.empty() ? "" : ", ") + std::to_string(workers[w]->cpu());
  }
  snapshot = next;
  if (silent.empty()) {
    kept.clear();
  } else {
    notices.push_back({EngineNotice::Kind::reload_incomplete, not_all_went_over().message});
  }
}

Error Engine::Parts::not_all_went_over() const {
  return Error{"the worker on CPU " + silent +
               " did not take a configuration in time and goes on with the last one: restart"};
}

}  // namespace weir
