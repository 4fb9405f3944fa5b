// The wanted snapshot as if nothing ran, then its services and listeners brought to the numbers
// that they have.
#include "runtime/next_snapshot.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "pipeline/counters.hpp"
#include "runtime/make_snapshot.hpp"

namespace weir {
namespace {

// The other keys are the snapshot's.
bool same_objects(const ServiceConfig& a, const ServiceConfig& b) {
  return a.handler == b.handler && a.root == b.root && a.cache == b.cache && a.status == b.status &&
         a.header_timeout == b.header_timeout && a.size == b.size && a.close == b.close &&
         a.fast_open == b.fast_open && a.module == b.module && a.argument == b.argument;
}

std::optional<std::uint16_t> number_in(const RunningSnapshot& running,
                                       const ServiceConfig& wanted) {
  for (std::size_t i = 0; i < running.config.services.size(); ++i) {
    const ServiceConfig& there = running.config.services[i];
    if (there.name == wanted.name && same_objects(there, wanted)) return running.numbers[i];
  }
  return std::nullopt;
}

// Not of those that this reload retires: until the workers have gone over they take connections.
// The number of a service that had this name, or any (nullptr).
std::optional<std::uint16_t> free_number(const Snapshot& running,
                                         const std::vector<ServiceLimits>& services,
                                         const StillUsed& used, const std::string* name) {
  for (std::uint16_t i = 0; i < running.services.size(); ++i) {
    const bool is_free = running.services[i].retired && services[i].retired && !used.services[i];
    if (is_free && (name == nullptr || running.services[i].name == *name)) return i;
  }
  return std::nullopt;
}

bool drains(const Snapshot& running, const std::string& name) {
  return std::any_of(running.services.begin(), running.services.end(), [&](const auto& service) {
    return service.name == name && service.draining && !service.retired;
  });
}

/// Gives the wanted services their numbers among those that there are.
struct Numbering {
  const RunningSnapshot& running;
  const Config& config;
  const StillUsed& used;
  std::vector<ServiceLimits> wanted;
  std::vector<ServiceLimits>& services;  // becomes the next snapshot's
  NextSnapshot& out;
  std::vector<bool> done{};

  void give(std::size_t i, std::uint16_t number) {
    const bool draining = drains(running.snapshot, wanted[i].name);
    services[number] = std::move(wanted[i]);
    services[number].draining = draining;
    out.numbers[i] = number;
    done[i] = true;
  }
  void give_fresh(std::size_t i, std::uint16_t number) {
    out.fresh.push_back(number);
    if (number == services.size()) services.emplace_back();
    give(i, number);
  }
  [[nodiscard]] std::optional<std::uint16_t> any_number() const {
    const auto number = free_number(running.snapshot, services, used, nullptr);
    if (number || services.size() == kMaxServices) return number;
    return static_cast<std::uint16_t>(services.size());
  }

  // Who stays comes first, since his number is not free, then who was here under this name, and
  // goes on counting where he stopped. False when there are no numbers left.
  [[nodiscard]] bool give_all() {
    for (ServiceLimits& service : services) service.retired = true;
    out.numbers.resize(wanted.size());
    done.resize(wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (const auto number = number_in(running, config.services[i])) give(i, *number);
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (done[i]) continue;
      const auto number = free_number(running.snapshot, services, used, &wanted[i].name);
      if (number) give_fresh(i, *number);
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (done[i]) continue;
      const auto number = any_number();
      if (!number) return false;
      give_fresh(i, *number);
    }
    return true;
  }
};

bool is_wanted(const Listener& listener, const Snapshot& wanted,
               const std::vector<std::uint16_t>& numbers) {
  const std::uint16_t i =
      wanted.listeners.find(listener.transport, listener.address, listener.port);
  return i != kNoListener && numbers[wanted.listeners[i].service] == listener.service;
}

Listeners next_listeners(const Listeners& running, const Snapshot& wanted,
                         const std::vector<std::uint16_t>& numbers, const StillUsed& used) {
  Listeners listeners = running;
  for (std::uint16_t i = 0; i < running.size(); ++i) {
    if (running[i].retired && !used.listeners[i]) listeners.unlink(i);
    if (!running[i].retired && !is_wanted(running[i], wanted, numbers)) listeners.retire(i);
  }
  for (Listener listener : wanted.listeners.all()) {
    listener.service = numbers[listener.service];
    const std::uint16_t there = listeners.find(listener.transport, listener.address, listener.port);
    if (there != kNoListener && !listeners[there].retired) continue;
    const std::uint16_t before = listeners.find_retired(listener);
    before == kNoListener ? (void)listeners.add(listener) : listeners.revive(before);
  }
  return listeners;
}

void close_listeners(Snapshot& snapshot) {
  for (std::uint16_t i = 0; i < snapshot.listeners.size(); ++i) {
    const ServiceLimits& service = snapshot.services[snapshot.listeners[i].service];
    snapshot.listeners.set_passive(i, !service.draining);
  }
}

// An address that was there is in the state that it was in.
void keep_states(const LocalPort& running, LocalPort& next) {
  if (next.addresses == running.addresses) {
    next.states = running.states;
    return;
  }
  for (std::size_t i = 0; i < next.addresses.size(); ++i) {
    for (std::size_t j = 0; j < running.addresses.size(); ++j) {
      if (running.addresses[j].address != next.addresses[i].address) continue;
      next.states->set(i, running.states->at(j));
    }
  }
}

}  // namespace

Result<NextSnapshot> next_snapshot(const RunningSnapshot& running, const Config& wanted,
                                   const StillUsed& used) {
  std::vector<PortInfo> infos;
  for (const LocalPort& port : running.snapshot.ports) infos.push_back(port.info);
  auto next = std::make_shared<Snapshot>(make_snapshot(wanted, infos));
  for (std::size_t i = 0; i < infos.size(); ++i) {
    keep_states(running.snapshot.ports[i], next->ports[i]);
  }
  NextSnapshot out;
  std::vector<ServiceLimits> services = running.snapshot.services;
  if (!Numbering{running, wanted, used, next->services, services, out}.give_all()) {
    return Error{"more than " + std::to_string(kMaxServices) +
                 " services, those that finish their connections among them: try again when they "
                 "are through"};
  }
  try {
    next->listeners = next_listeners(running.snapshot.listeners, *next, out.numbers, used);
  } catch (const std::length_error&) {
    return Error{"too many changes of where services listen since the start: restart"};
  }
  next->services = std::move(services);
  find_client_places(*next);
  close_listeners(*next);
  out.snapshot = std::move(next);
  return out;
}

std::shared_ptr<const Snapshot> drained_snapshot(const Snapshot& running,
                                                 const std::vector<std::uint16_t>& services,
                                                 bool draining) {
  auto next = std::make_shared<Snapshot>(running);
  for (const std::uint16_t service : services) next->services[service].draining = draining;
  close_listeners(*next);
  return next;
}

}  // namespace weir
