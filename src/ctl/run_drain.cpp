// Services that finish what they have, and how far they are.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <thread>

#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLook{500};

Json names_of(const Invocation& invocation) {
  Json args = Json::object();
  if (!invocation.operands.empty()) args["services"] = invocation.operands;
  return args;
}

std::string names_text(const Json& reply) {
  std::string text;
  for (const Json& service : reply.at("services")) {
    text += (text.empty() ? "" : ", ") + safe(service.value("name", ""));
  }
  return text;
}

std::uint64_t left_of(const Json& reply) { return reply.value("left", std::uint64_t{0}); }

std::string show_drain(const Json& reply, const View&) {
  return fmt::format("{}: no new connections; {} left\n", names_text(reply), left_of(reply));
}

std::string show_undrain(const Json& reply, const View&) {
  return fmt::format("{}: serving\n", names_text(reply));
}

// What is left of those that drain, into the reply that began it; one that a reload took away is
// listed until its connections are gone. The name of one that serves again, or nothing.
std::string look_again(Session& session, Json& drain) {
  std::string serves;
  const Json all = session.ask("services").at("services");
  std::uint64_t left = 0;
  for (Json& service : drain.at("services")) {
    const auto now = std::find_if(
        all.begin(), all.end(), [&](const Json& s) { return s.at("name") == service.at("name"); });
    service["connections"] = now == all.end() ? Json(0) : now->at("connections");
    service["half_open"] = now == all.end() ? Json(0) : now->at("half_open");
    if (now != all.end() && now->at("state") == "serving") serves = service.value("name", "");
    left += service.value("connections", std::uint64_t{0}) +
            service.value("half_open", std::uint64_t{0});
  }
  drain["left"] = left;
  return serves;
}

// The numbers as they fall, on one line.
int wait_for_end(Session& session, Json reply) {
  const auto begin = Clock::now();
  const auto end = begin + session.invocation.duration("wait", 0);
  const bool shows = !session.wants_json() && !session.invocation.has("quiet");
  if (shows) session.out << names_text(reply) << ": no new connections   " << std::flush;
  std::uint64_t said = left_of(reply) + 1;
  while (left_of(reply) != 0 && Clock::now() < end) {
    if (shows && left_of(reply) != said) session.out << left_of(reply) << " ... " << std::flush;
    said = left_of(reply);
    std::this_thread::sleep_until(std::min(Clock::now() + kLook, end));
    if (const std::string serves = look_again(session, reply); !serves.empty()) {
      if (shows) session.out << '\n';
      throw Failure{kNotDrained, "undrained",
                    safe(serves) + " serves again: somebody ended the drain"};
    }
  }
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  if (shows) session.out << fmt::format("{} left after {:.0f} s\n", left_of(reply), took);
  if (session.wants_json()) session.print(reply, show_drain);
  return left_of(reply) == 0 ? kDone : kNotDrained;
}

}  // namespace

int run_drain(Session& session) {
  const Json reply = session.ask("drain", names_of(session.invocation));
  if (session.invocation.has("wait")) return wait_for_end(session, reply);
  session.print(reply, show_drain);
  return kDone;
}

int run_undrain(Session& session) {
  return session.ask_and_show("undrain", names_of(session.invocation), show_undrain);
}

}  // namespace weir::ctl
