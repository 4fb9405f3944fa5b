// From a line to a handler: everything that may be wrong with a request gets its own sentence.
#include "control/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/words.hpp"
#include "control/commands_table.hpp"
#include "control/status.hpp"

namespace weir {
namespace {

constexpr Command kCommands[] = {
    {"status", "", run_status},
    {"stats", "", run_stats},
    {"drops", "explain all", run_drops},
    {"flows", "filter limit sort", run_flows},
    {"flows_kill", "filter", run_flows_kill},
    {"ports", "name", run_ports},
    {"workers", "", run_workers},
    {"latency", "name workers", run_latency},
    {"services", "name", run_services},
    {"memory", "", run_memory},
    {"neigh", "", run_neigh},
    {"metrics", "", run_metrics},
    {"route", "", run_route},
    {"address", "", run_address},
    {"log", "after lines level", run_log},
    {"version", "", run_version},
    {"config", "", run_config},
    {"reload", "dry_run confirm_s", run_reload},
    {"confirm", "", run_confirm},
    {"capture", "filter port direction drops reason snap count seconds megabytes format",
     run_capture},
    {"record", "payload", run_record},
    {"trace", "filter port count seconds megabytes", run_trace},
    {"why", "address port limit", run_why},
    {"refused", "reason seconds limit", run_refused},
    {"ping", "address count", run_ping},
    {"arping", "address count", run_arping},
    {"drain", "services", run_drain},
    {"undrain", "services", run_undrain},
};

struct BadRequest {
  std::string_view code;
  std::string message;
};

bool names(std::string_view list, std::string_view word) {
  const std::vector<std::string_view> all = split(list);
  return std::ranges::find(all, word) != all.end();
}

const Command& command_of(const Json& request) {
  const auto version = request.find("v");
  if (version != request.end() && *version != kControlProtocol) {
    throw BadRequest{
        "unsupported_version",
        fmt::format("this daemon speaks version {} of the protocol", kControlProtocol)};
  }
  const auto name = request.find("cmd");
  if (name == request.end() || !name->is_string()) {
    throw BadRequest{"bad_request", "a request has a string \"cmd\": {\"v\":1,\"cmd\":\"status\"}"};
  }
  const auto* found = std::find_if(
      std::begin(kCommands), std::end(kCommands),
      [&](const Command& command) { return command.name == name->get_ref<const std::string&>(); });
  if (found != std::end(kCommands)) return *found;
  std::string known;
  for (const Command& command : kCommands) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", command.name);
  }
  throw BadRequest{"unknown_command", "no such command; there are: " + known};
}

Arguments arguments_of(const Json& request, const Command& command) {
  const auto args = request.find("args");
  if (args == request.end() || args->is_null()) return Arguments(Json::object());
  if (!args->is_object()) throw BadRequest{"bad_argument", "\"args\" is no object"};
  for (const auto& [name, value] : args->items()) {
    if (names(command.arguments, name)) continue;
    throw BadRequest{"bad_argument",
                     command.arguments.empty()
                         ? fmt::format("{} takes no arguments", command.name)
                         : fmt::format("{} takes: {}", command.name, command.arguments)};
  }
  return Arguments(*args);
}

Reply bad_argument(const BadArgument& bad) {
  Json json = Json::parse(error_reply("bad_argument", bad.message));
  if (bad.position) json["error"]["position"] = *bad.position;
  return as_reply(json);
}

}  // namespace

double rounded(double value) noexcept { return std::round(value * 100) / 100; }

const Json* Arguments::find(std::string_view name) const {
  const auto found = json_.find(name);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> Arguments::text(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) throw BadArgument{fmt::format("\"{}\" is no string", name), {}};
  return value->get<std::string>();
}

std::vector<std::string> Arguments::texts(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return {};
  std::vector<std::string> list;
  const bool good = value->is_array() && std::all_of(value->begin(), value->end(),
                                                     [](const Json& j) { return j.is_string(); });
  if (!good) throw BadArgument{fmt::format("\"{}\" is no list of strings", name), {}};
  return value->get<std::vector<std::string>>();
}

bool Arguments::flag(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) throw BadArgument{fmt::format("\"{}\" is not true or false", name), {}};
  return value->get<bool>();
}

std::uint64_t Arguments::number(std::string_view name, std::uint64_t otherwise,
                                std::uint64_t most) const {
  const Json* value = find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() > most) {
    throw BadArgument{fmt::format("\"{}\" is no number from 0 to {}", name, most), {}};
  }
  return value->get<std::uint64_t>();
}

Commands::Commands(EngineView& engine, ControlFacts facts, Log& log)
    : state_{engine, std::move(facts), log, {}, {}, std::chrono::steady_clock::now(), [] {
               return std::string();
             }} {}

Reply Commands::execute(std::string_view line) {
  try {
    const Json request = Json::parse(line, nullptr, false);
    if (!request.is_object()) {
      throw BadRequest{"bad_request", "a request is one line with one JSON object"};
    }
    const Command& command = command_of(request);
    return command.run(state_, arguments_of(request, command));
  } catch (const BadRequest& bad) {
    return {error_reply(bad.code, bad.message), nullptr};
  } catch (const BadArgument& bad) {
    return bad_argument(bad);
  } catch (const NotNow& reason) {
    return {error_reply("refused", reason.message), nullptr};
  } catch (const std::exception& error) {
    return {error_reply("internal", error.what()), nullptr};
  }
}

void Commands::every_second() {
  if (state_.reloader != nullptr) {
    if (const auto back = state_.reloader->every_second(std::chrono::steady_clock::now())) {
      state_.took_config();
      state_.log.write(back->taken ? LogEvent::reload_reverted : LogEvent::reload_stuck, {},
                       "nobody confirmed the reload: " + back->what);
    }
  }
  state_.sampler.sample(state_.engine, std::chrono::steady_clock::now());
  state_.times.sample(state_.engine);
  status_ = std::make_shared<const std::string>(status_json(state_));
  state_.engine.publish_status(status_);
}

}  // namespace weir
