// What a command has in its hands while it runs, and the commands' functions.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

#include "control/json.hpp"
#include "ctl/client.hpp"
#include "ctl/failure.hpp"
#include "ctl/interrupt.hpp"
#include "ctl/parse.hpp"
#include "ctl/run.hpp"
#include "ctl/show.hpp"

namespace weir::ctl {

inline constexpr int kProtocol = 1;  ///< "v" of our requests

/// How long a reply is waited for unless --timeout says otherwise.
struct Patience {
  std::chrono::seconds time{5};
  std::string_view when_over{};  ///< what is good to know when none came
};
/// Of what is more than a look at the engine: files are read, segments are sent.
inline constexpr std::chrono::minutes kLongPatience{5};

struct Session {
  using Show = std::string (*)(const Json&, const View&);

  const Invocation& invocation;
  const Surroundings& surroundings;
  std::ostream& out;
  std::ostream& err;

  /// The daemon's reply; throws Failure for its errors and when there is none.
  [[nodiscard]] Json ask(std::string_view command, Json args = Json::object(),
                         const Patience& patience = {}) const;
  /// The same for a command whose reply is followed by more, which is read from the connection.
  [[nodiscard]] std::pair<Json, Connection> ask_for_stream(std::string_view command, Json args,
                                                           const Interrupt& interrupt,
                                                           const Patience& patience = {}) const;
  /// Throws the error that a connection came back with.
  [[noreturn]] static void fail(const AskError& error);
  /// As --json, --pretty and --quiet want it, else as text.
  void print(const Json& reply, Show show) const;
  void print(const Json& reply, const std::string& text) const;
  /// Asks and prints.
  int ask_and_show(std::string_view command, Json args, Show show) const;

  [[nodiscard]] bool wants_json() const {
    return invocation.has("json") || invocation.has("pretty");
  }
  [[nodiscard]] bool colour() const;
  [[nodiscard]] View view() const;
  [[nodiscard]] std::string socket() const;
};

// They return the exit code.
int run_status(Session&);        // run_show.cpp
int run_top(Session&);           // run_top.cpp
int run_ports(Session&);         // run_show.cpp
int run_workers(Session&);       // run_show.cpp
int run_services(Session&);      // run_show.cpp
int run_neigh(Session&);         // run_show.cpp
int run_route(Session&);         // run_show.cpp
int run_address(Session&);       // run_show.cpp
int run_memory(Session&);        // run_show.cpp
int run_metrics(Session&);       // run_show.cpp
int run_drops(Session&);         // run_show.cpp
int run_flows(Session&);         // run_flows.cpp
int run_flows_kill(Session&);    // run_flows.cpp
int run_stats(Session&);         // run_stats.cpp
int run_latency(Session&);       // run_latency.cpp
int run_config(Session&);        // run_show.cpp
int run_config_check(Session&);  // run_config.cpp
int run_config_diff(Session&);   // run_config.cpp
int run_capture(Session&);       // run_capture.cpp
int run_record(Session&);        // run_record.cpp
int run_trace(Session&);         // run_trace.cpp
int run_why(Session&);           // run_why.cpp
int run_ping(Session&);          // run_ping.cpp
int run_arping(Session&);        // run_ping.cpp
int run_log(Session&);           // run_log.cpp
int run_reload(Session&);        // run_reload.cpp
int run_confirm(Session&);       // run_reload.cpp
int run_drain(Session&);         // run_drain.cpp
int run_undrain(Session&);       // run_drain.cpp
int run_doctor(Session&);        // run_doctor.cpp
int run_version(Session&);       // run_version.cpp
int run_support(Session&);       // run_support.cpp
int run_watch(Session&);         // run_watch.cpp
int run_shell(Session&);         // run_shell.cpp
int run_completion(Session&);    // completion.cpp
int run_complete(Session&);      // completion.cpp
int run_help(Session&);          // help.cpp

}  // namespace weir::ctl
