// No more connections for a while, or for ever.
#include <fmt/format.h>

#include <algorithm>

#include "control/commands_table.hpp"
#include "control/stats_reading.hpp"
#include "control/status.hpp"

namespace weir {
namespace {

// Those that are named; without names all of them. What a reload took away has ended already.
std::vector<std::uint16_t> services_of(const ControlState& state, const Arguments& args) {
  const auto& services = state.engine.snapshot().services;
  const std::vector<std::string> names = args.texts("services");
  std::vector<std::uint16_t> numbers;
  for (std::uint16_t i = 0; i < services.size(); ++i) {
    const bool named =
        names.empty() || std::find(names.begin(), names.end(), services[i].name) != names.end();
    if (named && !services[i].retired) numbers.push_back(i);
  }
  for (const std::string& name : names) {
    const bool known = std::any_of(services.begin(), services.end(), [&](const ServiceLimits& s) {
      return s.name == name && !s.retired;
    });
    if (!known) throw BadArgument{fmt::format("there is no service '{}'", printable(name)), {}};
  }
  return numbers;
}

Reply drain(ControlState& state, const Arguments& args, bool draining) {
  const std::vector<std::uint16_t> numbers = services_of(state, args);
  const auto& before = state.engine.snapshot().services;
  const bool changes = std::any_of(numbers.begin(), numbers.end(), [&](std::uint16_t number) {
    return before[number].draining != draining;
  });
  if (changes) {
    if (const auto done = state.engine.drain(numbers, draining); !done) {
      throw NotNow{done.error().message};
    }
    std::string names;
    for (const std::uint16_t number : numbers) {
      names += (names.empty() ? "" : ",") + state.engine.snapshot().services[number].name;
    }
    state.log.write(draining ? LogEvent::drain : LogEvent::undrain, {{"services", names}});
    state.drain_changed();
  }
  const WorkerReading sum = sum_of(peek_workers(state.engine));
  Json json = reply_of(draining ? "drain" : "undrain");
  json["services"] = Json::array();
  std::uint64_t left = 0;
  for (const std::uint16_t number : numbers) {
    const ServiceReading& r = sum.services[number];
    left += r.connections + r.half_open;
    json["services"].push_back({{"name", state.engine.snapshot().services[number].name},
                                {"connections", r.connections},
                                {"half_open", r.half_open}});
  }
  json["left"] = left;
  return as_reply(json);
}

}  // namespace

Reply run_drain(ControlState& state, const Arguments& args) { return drain(state, args, true); }
Reply run_undrain(ControlState& state, const Arguments& args) { return drain(state, args, false); }

}  // namespace weir
