// Asking and printing, as every command does it.
#include "ctl/session.hpp"

#include <fmt/format.h>

#include <ostream>

#include "ctl/client.hpp"

namespace weir::ctl {
namespace {

std::string code_of(const AskError& error) {
  switch (error.exit_code) {
    case kTimeout:
      return "timeout";
    case kNoPermission:
      return "permission";
    case kNotRunning:
      return "not_running";
    default:
      return "refused";
  }
}

// A filter's error is easier to see below the filter.
std::string picture_of(const Json& args, std::size_t position) {
  const std::string filter = args.is_object() ? args.value("filter", "") : "";
  if (position == 0 || filter.empty()) return "";
  return fmt::format("  {}\n  {}^\n", safe(filter), std::string(position - 1, ' '));
}

[[noreturn]] void refuse(const Json& error, const Json& args) {
  const std::string code = error.value("code", "");
  const auto position = error.value("position", std::size_t{0});
  throw Failure{code == "bad_argument" ? kUsage : kRefused,
                code,
                safe(error.value("message", "the daemon refused without a reason")),
                picture_of(args, position),
                {},
                position};
}

}  // namespace

std::string Session::socket() const { return invocation.get("socket", surroundings.socket); }

bool Session::colour() const {
  const std::string when = invocation.get("color", "auto");
  return when == "auto" ? surroundings.colour : when == "always";
}

View Session::view() const {
  return {invocation, Numbers(invocation.has("numeric")), colour(), surroundings.terminal};
}

Json Session::ask(std::string_view command, Json args) const {
  Json request = Json::object();
  request["v"] = kProtocol;
  request["cmd"] = command;
  request["args"] = args;
  auto reply = ctl::ask(socket(), to_line(request), invocation.duration("timeout", 5));
  if (!reply) {
    const AskError& error = reply.error();
    throw Failure{error.exit_code, code_of(error), error.message};
  }
  Json json = Json::parse(*reply, nullptr, false);
  if (!json.is_object()) {
    throw Failure{kRefused, "bad_reply", "the daemon's reply is no JSON object"};
  }
  if (json.contains("error")) refuse(json["error"], args);
  return json;
}

void Session::print(const Json& reply, Show show) const {
  print(reply, wants_json() ? std::string() : show(reply, view()));
}

void Session::print(const Json& reply, const std::string& text) const {
  if (invocation.has("quiet")) return;
  if (invocation.has("pretty")) {
    out << reply.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else if (invocation.has("json")) {
    out << to_line(reply) << '\n';
  } else {
    out << text;
  }
}

int Session::ask_and_show(std::string_view command, Json args, Show show) const {
  print(ask(command, std::move(args)), show);
  return kDone;
}

}  // namespace weir::ctl
