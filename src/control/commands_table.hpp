// The handlers of the commands and what they share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/drop.hpp"
#include "control/commands.hpp"
#include "control/flows_filter.hpp"

namespace weir {

/// Thrown by a handler: the request is at fault. `position` is that of a character in the argument.
struct BadArgument {
  std::string message;
  std::optional<std::size_t> position;
};

/// Thrown by a handler: the request is sound, and cannot be done now. The message says why.
struct NotNow {
  std::string message;
};

/// A request's "args". Throws BadArgument for a value of the wrong type.
class Arguments {
 public:
  explicit Arguments(Json json) : json_(std::move(json)) {}

  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  /// A list of them; empty when it is not given.
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t otherwise,
                                     std::uint64_t most) const;

 private:
  [[nodiscard]] const Json* find(std::string_view name) const;
  Json json_;
};

struct Command {
  std::string_view name;
  std::string_view arguments;  ///< names of what "args" may hold, with blanks between
  Reply (*run)(ControlState&, const Arguments&);
};

/// The reply's line.
[[nodiscard]] inline Reply as_reply(const Json& json) { return {to_line(json), nullptr}; }
/// For people to read: 0.1 and not 0.10000000000000001.
[[nodiscard]] double rounded(double value) noexcept;
/// "now_ns" of a reply: what is asked for twice yields rates.
[[nodiscard]] inline std::int64_t monotonic_ns() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[nodiscard]] Reply run_drain(ControlState&, const Arguments&);     // commands_drain.cpp
[[nodiscard]] Reply run_undrain(ControlState&, const Arguments&);   // commands_drain.cpp
[[nodiscard]] Reply run_reload(ControlState&, const Arguments&);    // commands_reload.cpp
[[nodiscard]] Reply run_confirm(ControlState&, const Arguments&);   // commands_reload.cpp
[[nodiscard]] Reply run_status(ControlState&, const Arguments&);    // commands_state.cpp
[[nodiscard]] Reply run_ports(ControlState&, const Arguments&);     // commands_state.cpp
[[nodiscard]] Reply run_services(ControlState&, const Arguments&);  // commands_state.cpp
[[nodiscard]] Reply run_neigh(ControlState&, const Arguments&);     // commands_network.cpp
[[nodiscard]] Reply run_metrics(ControlState&, const Arguments&);   // commands_state.cpp
[[nodiscard]] Reply run_version(ControlState&, const Arguments&);   // commands_state.cpp
[[nodiscard]] Reply run_config(ControlState&, const Arguments&);    // commands_state.cpp
[[nodiscard]] Reply run_stats(ControlState&, const Arguments&);     // commands_counters.cpp
[[nodiscard]] Reply run_drops(ControlState&, const Arguments&);     // commands_counters.cpp
[[nodiscard]] Reply run_workers(ControlState&, const Arguments&);   // commands_counters.cpp
[[nodiscard]] Reply run_memory(ControlState&, const Arguments&);    // commands_memory.cpp
[[nodiscard]] Reply run_flows(ControlState&, const Arguments&);     // commands_flows.cpp

[[nodiscard]] Reply run_flows_kill(ControlState&, const Arguments&);  // commands_flows_kill.cpp
[[nodiscard]] Reply run_capture(ControlState&, const Arguments&);     // commands_capture.cpp
[[nodiscard]] Reply run_record(ControlState&, const Arguments&);      // commands_record.cpp
[[nodiscard]] Reply run_trace(ControlState&, const Arguments&);       // commands_capture.cpp
[[nodiscard]] Reply run_ping(ControlState&, const Arguments&);        // commands_ping.cpp
[[nodiscard]] Reply run_arping(ControlState&, const Arguments&);      // commands_ping.cpp
[[nodiscard]] Reply run_why(ControlState&, const Arguments&);         // commands_capture.cpp
[[nodiscard]] Reply run_refused(ControlState&, const Arguments&);     // commands_refused.cpp
[[nodiscard]] Reply run_route(ControlState&, const Arguments&);       // commands_network.cpp
[[nodiscard]] Reply run_address(ControlState&, const Arguments&);     // commands_network.cpp
[[nodiscard]] Reply run_latency(ControlState&, const Arguments&);     // commands_latency.cpp
[[nodiscard]] Reply run_log(ControlState&, const Arguments&);         // commands_log.cpp

/// Throws BadArgument, which guesses what was meant.
[[nodiscard]] Drop reason_named(const std::string& name);  // commands_counters.cpp
/// The filter of a request, whose names are those of the engine. Throws BadArgument.
[[nodiscard]] FlowsFilter filter_of(const ControlState&, const Arguments&);  // commands_flows.cpp

}  // namespace weir
