// Replies as people read them. Each function takes one reply and returns the text.
#pragma once

#include <string>

#include "control/json.hpp"
#include "ctl/parse.hpp"
#include "ctl/table.hpp"

namespace weir::ctl {

struct View {
  const Invocation& invocation;
  Numbers numbers;
  bool colour = false;
  bool terminal = false;

  [[nodiscard]] std::string bold(const std::string& text) const {
    return colour ? "\x1b[1m" + text + "\x1b[0m" : text;
  }
  [[nodiscard]] std::string warning(const std::string& text) const {
    return colour ? "\x1b[33m" + text + "\x1b[0m" : text;
  }
};

// They throw nlohmann's exceptions for a reply that lacks what they show.
[[nodiscard]] std::string show_status(const Json& reply, const View& view);    // show_status.cpp
[[nodiscard]] std::string show_drops(const Json& reply, const View& view);     // show_drops.cpp
[[nodiscard]] std::string show_flows(const Json& reply, const View& view);     // show_flows.cpp
[[nodiscard]] std::string show_ports(const Json& reply, const View& view);     // show_tables.cpp
[[nodiscard]] std::string show_workers(const Json& reply, const View& view);   // show_tables.cpp
[[nodiscard]] std::string show_services(const Json& reply, const View& view);  // show_tables.cpp
[[nodiscard]] std::string show_memory(const Json& reply, const View& view);    // show_tables.cpp
[[nodiscard]] std::string show_neigh(const Json& reply, const View& view);     // show_tables.cpp
[[nodiscard]] std::string show_route(const Json& reply, const View& view);     // show_tables.cpp
[[nodiscard]] std::string show_address(const Json& reply, const View& view);   // show_tables.cpp
[[nodiscard]] std::string show_killed(const Json& reply, const View& view);    // show_flows.cpp
[[nodiscard]] std::string show_why(const Json& reply, const View& view);       // run_why.cpp
[[nodiscard]] std::string show_log(const Json& reply, const View& view);       // run_log.cpp
[[nodiscard]] std::string show_version(const Json& reply, const View& view);   // show_tables.cpp
[[nodiscard]] std::string show_config(const Json& reply, const View& view);    // show_tables.cpp

/// A number of the reply.
[[nodiscard]] inline double number(const Json& json, std::string_view key) {
  return json.at(std::string(key)).get<double>();
}
[[nodiscard]] inline std::string word(const Json& json, std::string_view key) {
  return json.at(std::string(key)).get<std::string>();
}
/// "25G", "up", "down".
[[nodiscard]] std::string link_text(bool up, double bits_per_second);
/// "estab" for "ESTABLISHED", as ss(8) has it.
[[nodiscard]] std::string state_text(const std::string& state);  // show_flows.cpp
/// The items of a list of texts.
[[nodiscard]] std::string joined(const Json& list, std::string_view between);

}  // namespace weir::ctl
