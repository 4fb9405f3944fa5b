// A reload, seen from the control thread: everything that can fail comes before the first worker.
#include <algorithm>
#include <new>

#include "runtime/engine_parts.hpp"
#include "runtime/next_snapshot.hpp"
#include "runtime/services.hpp"

namespace weir {
namespace {

constexpr Duration kPatience = 2s;  // with a worker that is between two bursts now and then

}  // namespace

bool Engine::Parts::is_idle(std::uint16_t service) const {
  return std::all_of(workers.begin(), workers.end(), [service](const auto& worker) {
    const ServiceCounters& c = worker->counters().services[service];
    // In this order: a handshake that completes meanwhile is counted as a connection first.
    const bool handshakes = c.half_open.get() != 0 || c.fast_opens.get() != 0;
    return !handshakes && c.connections.get() == 0;
  });
}

Result<bool> Engine::Parts::reload(const Config& wanted) try {
  if (!silent.empty()) return not_all_went_over();
  auto next = next_snapshot({*snapshot, config, numbers}, wanted,
                            [this](std::uint16_t service) { return is_idle(service); });
  if (!next) return next.error();
  const NextSnapshot& n = next.value();
  const auto is_fresh = [&](std::uint16_t number) {
    return std::find(n.fresh.begin(), n.fresh.end(), number) != n.fresh.end();
  };
  HttpContents read(wanted.services.size());
  for (std::size_t i = 0; i < wanted.services.size(); ++i) {
    if (!is_fresh(n.numbers[i])) continue;
    auto content = http.read(wanted.services[i]);
    if (!content) return content.error();
    read[i] = std::move(content).value();
  }
  const Adoptions adoptions = make_adoptions(n.snapshot, [&] {
    std::vector<ServiceObjects> made(n.snapshot->services.size());
    for (std::size_t i = 0; i < wanted.services.size(); ++i) {
      if (!is_fresh(n.numbers[i])) continue;
      made[n.numbers[i]] = make_service(wanted.services[i], wall_clock, read[i]);
    }
    return made;
  });
  const Recorders recorders = make_recorders(wanted.recorder);
  // From here on it happens.
  for (std::uint16_t number = 0; number < n.snapshot->services.size(); ++number) {
    if (n.snapshot->services[number].retired) http.retire(number);
  }
  for (std::size_t i = 0; i < wanted.services.size(); ++i) {
    if (is_fresh(n.numbers[i])) http.adopt(n.numbers[i], wanted.services[i], read[i]);
  }
  go_over(n.snapshot, adoptions);
  hand_out(recorders);
  numbers = n.numbers;
  config = wanted;
  know_addresses();
  return true;
} catch (const std::bad_alloc&) {
  return Error{"there is not enough memory for it"};
}

Result<bool> Engine::Parts::drain(const std::vector<std::uint16_t>& services, bool draining) {
  if (!silent.empty()) return not_all_went_over();
  const auto next = drained_snapshot(*snapshot, services, draining);
  go_over(next, make_adoptions(next, [] { return std::vector<ServiceObjects>(); }));
  return true;
}

Engine::Parts::Adoptions Engine::Parts::make_adoptions(
    const std::shared_ptr<const Snapshot>& next,
    const std::function<std::vector<ServiceObjects>()>& objects) const {
  Adoptions adoptions;
  for (std::size_t w = 0; w < workers.size(); ++w) {
    adoptions.push_back(std::make_shared<Adoption>(next, objects(), workers[w]->counters()));
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
