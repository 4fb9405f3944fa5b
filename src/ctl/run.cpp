#include "ctl/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <ostream>

#include "ctl/client.hpp"
#include "ctl/options.hpp"
#include "ctl/show.hpp"

#ifndef WEIR_VERSION
#define WEIR_VERSION "unknown"
#endif

namespace weir::ctl {
namespace {

struct Shown {
  std::string_view command;
  std::string (*show)(const Json&, const View&);
};
constexpr Shown kShown[] = {
    {"status", show_status},     {"stats", show_stats},     {"drops", show_drops},
    {"flows", show_flows},       {"ports", show_ports},     {"workers", show_workers},
    {"services", show_services}, {"memory", show_memory},   {"neigh", show_neigh},
    {"config", show_config},     {"version", show_version},
};

/// What ends the program before or instead of a table.
struct Failure {
  int exit_code;
  std::string code;  ///< as in the daemon's errors
  std::string message;
};

bool wants_json(const Invocation& invocation) {
  return invocation.has("json") || invocation.has("pretty");
}

std::uint64_t number_option(const Invocation& invocation, std::string_view name) {
  const std::string text = invocation.get(name, "");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    throw Failure{kUsage, "usage", fmt::format("--{}: '{}' is no number", name, text)};
  }
  return value;
}

std::chrono::milliseconds timeout_of(const Invocation& invocation) {
  const std::string text = invocation.get("timeout", "5");
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !(seconds > 0 && seconds <= 86400)) {
    throw Failure{kUsage, "usage", fmt::format("--timeout: '{}' is no number of seconds", text)};
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000) + 1);
}

bool colour_of(const Invocation& invocation, const Surroundings& surroundings) {
  const std::string when = invocation.get("color", "auto");
  if (when == "auto") return surroundings.terminal;
  if (when == "always" || when == "never") return when == "always";
  throw Failure{kUsage, "usage", fmt::format("--color: '{}' is not auto, always or never", when)};
}

std::string request_of(const Invocation& invocation) {
  const CommandSpec& command = *invocation.command;
  Json args = Json::object();
  if (command.operands == Operands::words) {
    std::string filter;
    for (const std::string& word : invocation.operands) {
      filter += (filter.empty() ? "" : " ") + word;
    }
    if (!filter.empty()) args["filter"] = filter;
    if (invocation.has("limit")) args["limit"] = number_option(invocation, "limit");
    if (invocation.has("sort")) args["sort"] = invocation.get("sort", "");
  } else if (command.operands == Operands::one && command.name != "stats" &&
             !invocation.operands.empty()) {
    args["name"] = invocation.operands[0];
  }
  if (invocation.has("explain")) args["explain"] = invocation.get("explain", "");
  if (command.name == "drops" && invocation.has("all")) args["all"] = true;
  Json request = Json::object();
  request["v"] = 1;
  request["cmd"] = command.name;
  request["args"] = std::move(args);
  return to_line(request);
}

// A filter's error is easier to see below the filter.
std::string with_caret(const Json& error, const Invocation& invocation) {
  std::string text = safe(error.value("message", "the daemon refused without a reason"));
  const auto position = error.value("position", std::size_t{0});
  if (position == 0 || invocation.command->operands != Operands::words) return text;
  std::string filter;
  for (const std::string& word : invocation.operands) filter += (filter.empty() ? "" : " ") + word;
  return fmt::format("{}\n  {}\n  {}^", text, safe(filter), std::string(position - 1, ' '));
}

void refuse(const Json& error, const Invocation& invocation) {
  const std::string code = error.value("code", "");
  throw Failure{
      code == "bad_argument" ? kUsage : kRefused, code,
      wants_json(invocation) ? error.value("message", "") : with_caret(error, invocation)};
}

void ask_and_show(const Invocation& invocation, const Surroundings& surroundings,
                  std::ostream& out) {
  const bool colour = colour_of(invocation, surroundings);
  auto reply = ask(invocation.get("socket", surroundings.socket), request_of(invocation),
                   timeout_of(invocation));
  if (!reply) {
    const AskError& error = reply.error();
    const bool late = error.exit_code == kTimeout;
    throw Failure{error.exit_code,
                  late                               ? "timeout"
                  : error.exit_code == kNoPermission ? "permission"
                                                     : "not_running",
                  error.message};
  }
  const Json json = Json::parse(*reply, nullptr, false);
  if (json.is_object() && json.contains("error")) refuse(json["error"], invocation);
  if (!json.is_object())
    throw Failure{kRefused, "bad_reply", "the daemon's reply is no JSON object"};
  if (invocation.has("pretty")) {
    out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else if (invocation.has("json")) {
    out << *reply << '\n';
  } else {
    const View view{invocation, Numbers(invocation.has("numeric")), colour};
    for (const Shown& shown : kShown) {
      if (shown.command == invocation.command->name) out << shown.show(json, view);
    }
  }
}

void print_help(const Invocation& invocation, std::ostream& out) {
  const bool of_help = invocation.command->name == "help";
  if (of_help && invocation.operands.empty()) {
    out << help_text();
    return;
  }
  const CommandSpec* about = of_help ? command_named(invocation.operands[0]) : invocation.command;
  if (about == nullptr) {
    throw Failure{kUsage, "usage",
                  fmt::format("unknown command '{}'", safe(invocation.operands[0]))};
  }
  out << help_text(*about);
}

int fail(const Failure& failure, bool json, std::ostream& err) {
  if (json) {
    Json text = Json::object();
    text["error"] = {{"code", failure.code}, {"message", failure.message}};
    err << to_line(text) << '\n';
  } else {
    err << "weirctl: " << failure.message << '\n';
    if (failure.code == "usage") err << "Try 'weirctl help'.\n";
  }
  return failure.exit_code;
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Surroundings& surroundings,
        std::ostream& out, std::ostream& err) {
  const auto parsed = parse(arguments);
  if (!parsed) {
    const bool json = std::any_of(arguments.begin(), arguments.end(),
                                  [](const auto& a) { return a == "-j" || a == "--json"; });
    return fail({kUsage, "usage", safe(parsed.error().message)}, json, err);
  }
  const Invocation& invocation = parsed.value();
  try {
    if (invocation.has("version")) {
      out << "weirctl " << WEIR_VERSION << '\n';
    } else if (invocation.has("help") && arguments.size() == 1) {
      out << help_text();
    } else if (invocation.has("help") || invocation.command->name == "help") {
      print_help(invocation, out);
    } else {
      ask_and_show(invocation, surroundings, out);
    }
    return kDone;
  } catch (const Failure& failure) {
    return fail(failure, wants_json(invocation), err);
  } catch (const Json::exception& error) {
    return fail({kRefused, "bad_reply",
                 fmt::format("the daemon's reply is not understood; do versions differ? ({})",
                             error.what())},
                wants_json(invocation), err);
  }
}

}  // namespace weir::ctl
