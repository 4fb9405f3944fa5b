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
    case kInterrupted:
      return "interrupted";
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

std::string request_of(std::string_view command, const Json& args) {
  Json request = Json::object();
  request["v"] = kProtocol;
  request["cmd"] = command;
  request["args"] = args;
  return to_line(request);
}

Json reply_in(const std::string& line, const Json& args) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) {
    throw Failure{kRefused, "bad_reply", "the daemon's reply is no JSON object"};
  }
  if (json.contains("error")) refuse(json["error"], args);
  return json;
}

[[noreturn]] void fail_of(AskError error, const Patience& patience) {
  if (error.in_vain && !patience.when_over.empty()) {
    error.message += fmt::format("; {}", patience.when_over);
  }
  Session::fail(error);
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

void Session::fail(const AskError& error) {
  throw Failure{error.exit_code, code_of(error), error.message};
}

Json Session::ask(std::string_view command, Json args, const Patience& patience) const {
  const double seconds = static_cast<double>(patience.time.count());
  const auto reply =
      ctl::ask(socket(), request_of(command, args), invocation.duration("timeout", seconds));
  if (!reply) fail_of(reply.error(), patience);
  return reply_in(reply.value(), args);
}

std::pair<Json, Connection> Session::ask_for_stream(std::string_view command, Json args,
                                                    const Interrupt& interrupt,
                                                    const Patience& patience) const {
  const double seconds = static_cast<double>(patience.time.count());
  const auto deadline = std::chrono::steady_clock::now() + invocation.duration("timeout", seconds);
  auto connection = Connection::open(socket());
  if (!connection) fail(connection.error());
  if (const auto error = connection->send_line(request_of(command, args), deadline)) fail(*error);
  const auto line = connection->read_line(deadline, interrupt.fd());
  if (!line) fail_of(line.error(), patience);
  return {reply_in(line.value(), args), std::move(connection).value()};
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
