#include "doctor/live.hpp"

namespace weir::doctor {
namespace {

/// Thrown here and caught here: the daemon's sentence.
struct NoAnswer {
  Error error;
};

Json reply(Daemon& daemon, std::string_view command, const Json& args = Json::object()) {
  const auto answer = daemon.ask(command, args, Daemon::Until::first_line);
  if (!answer) throw NoAnswer{answer.error()};
  return answer.value().front();
}

LiveLook look(Daemon& daemon, const Environment& env) {
  LiveLook now;
  now.workers = reply(daemon, "workers");
  now.ports = reply(daemon, "ports");
  now.drops = reply(daemon, "drops");
  std::vector<unsigned> cpus;
  for (const Json& worker : now.workers.at("workers")) cpus.push_back(worker.at("cpu"));
  now.cpus = look_at_cpus(env, cpus);
  return now;
}

// The questions take a second each; the last line sums up the answers. A port that cannot ask is
// what is looked for, and no reason to leave the rest unseen.
GatewayLook ask_gateway(Daemon& daemon, const std::string& port, const std::string& gateway) {
  const Json args{{"address", gateway}, {"count", 2}};
  const auto answer = daemon.ask("arping", args, Daemon::Until::end);
  if (!answer) return {port, gateway, 0, 0, answer.error().message};
  const Json& end = answer.value().back();
  const auto unsent = end.value("unsent", std::uint64_t{0});
  const std::uint64_t left = end.at("asked").get<std::uint64_t>() - unsent;
  const bool none_left = left == 0 && unsent != 0;
  return {port, gateway, left, end.at("answered"), none_left ? "weir could not send" : ""};
}

LiveReading read(Daemon& daemon, const Environment& env, const std::function<void()>& wait) {
  LiveReading reading;
  reading.pid = std::to_string(reply(daemon, "version").at("pid").get<std::int64_t>());
  reading.before = look(daemon, env);
  for (const Json& port : reading.before.ports.at("ports")) {
    for (const Json& gateway : port.at("gateways")) {
      reading.gateways.push_back(ask_gateway(daemon, port.at("name"), gateway));
    }
  }
  wait();
  reading.after = look(daemon, env);
  reading.refused = reply(daemon, "refused", {{"limit", 1000}});
  reading.stats = reply(daemon, "stats");
  return reading;
}

}  // namespace

Result<LiveReading> read_live(Daemon& daemon, const Environment& env,
                              const std::function<void()>& wait) {
  try {
    return read(daemon, env, wait);
  } catch (const NoAnswer& none) {
    return none.error;
  } catch (const Json::exception&) {
    return Error{"this weir's answers are not understood: is it of another version?"};
  }
}

}  // namespace weir::doctor
