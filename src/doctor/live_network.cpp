// NET01-NET03: what the network makes of us: no answers, frames for others, frames too long.
#include <fmt/format.h>

#include <algorithm>

#include "doctor/checks_by_subject.hpp"
#include "doctor/live.hpp"

namespace weir::doctor {
namespace {

constexpr std::uint64_t kFew = 3;  // a stray frame is no misconfiguration

std::uint64_t dropped(const LiveLook& look, std::string_view reason) {
  for (const Json& drop : look.drops.at("drops")) {
    if (drop.at("reason") == reason) return drop.at("count");
  }
  return 0;
}

std::uint64_t dropped_meanwhile(const LiveReading& reading, std::string_view reason) {
  const std::uint64_t before = dropped(reading.before, reason);
  return std::max(dropped(reading.after, reason), before) - before;
}

const Json& port_named(const LiveReading& reading, const std::string& name) {
  const Json& ports = reading.after.ports.at("ports");
  const auto found = std::find_if(ports.begin(), ports.end(),
                                  [&](const Json& port) { return port.at("name") == name; });
  return found == ports.end() ? ports.at(0) : *found;
}

Finding judge(const GatewayLook& gateway, const Json& port) {
  const std::string who = fmt::format("port {}: gateway {}", gateway.port, gateway.address);
  if (!gateway.refused.empty()) {
    return warn(fmt::format("{} could not be asked: {}", who, gateway.refused),
                {"", fmt::format("mend that, then weirctl arping {}", gateway.address)});
  }
  if (gateway.answered == gateway.asked) return ok(who + " answers");
  if (gateway.answered != 0) {
    return warn(fmt::format("{} answered {} of {} questions", who, gateway.answered, gateway.asked),
                {"", "frames are lost on the link: weirctl ports -s, the switch's counters"});
  }
  const bool up = port.at("link").at("up");
  const auto received = port.at("rx").at("packets").get<std::uint64_t>();
  return fail(fmt::format("{} has not answered {} questions; the link is {}, {} frames were "
                          "received",
                          who, gateway.asked, up ? "up" : "down", received),
              {"", fmt::format("is the address right ([port {}] gateway)? VLAN? switch port? try "
                               "weirctl arping {} and weirctl capture -c 20",
                               gateway.port, gateway.address)});
}

std::string mac_of(const LiveReading& reading, const std::string& port) {
  return port_named(reading, port).at("mac");
}

Finding wrong_vlan(const Json& aim, const LiveReading& reading) {
  const std::string port = aim.at("port");
  const auto ours = port_named(reading, port).at("vlan").get<unsigned>();
  const auto theirs = aim.at("vlan").get<unsigned>();
  const std::string have = ours == 0 ? fmt::format("port {} has no vlan", port)
                                     : fmt::format("port {} has vlan = {}", port, ours);
  if (theirs == 0) {
    return warn(
        "frames without a VLAN tag arrive; " + have,
        {"", fmt::format("[port {}] without vlan, or have the switch port tag them", port)});
  }
  return warn(fmt::format("frames arrive that carry VLAN {}; {}", theirs, have),
              {"", fmt::format("[port {}] vlan = {}", port, theirs)});
}

Finding wrong_address(const Json& aim, const LiveReading&) {
  const std::string port = aim.at("port"), address = aim.at("address");
  return warn(fmt::format("packets arrive for {}, which is no address of port {}", address, port),
              {"", fmt::format("[port {}] address = {}/LENGTH, or mend the route that leads here",
                               port, address)});
}

Finding wrong_mac(const Json& aim, const LiveReading& reading) {
  const std::string port = aim.at("port");
  return warn(fmt::format("frames arrive for {}; port {} is {}", aim.at("mac").get<std::string>(),
                          port, mac_of(reading, port)),
              {"",
               "harmless where a switch floods; else somebody has a wrong neighbour entry: ip "
               "neigh flush there"});
}

struct Sort {
  std::string_view reason;
  Finding (*say)(const Json& aim, const LiveReading&);
};
constexpr Sort kSorts[] = {
    {"eth_vlan_unknown", wrong_vlan}, {"ip_not_ours", wrong_address}, {"eth_not_ours", wrong_mac}};

/// To a multicast or broadcast address everybody's packets come, whoever wants them.
bool is_for_one(const Json& aim) {
  const std::string mac = aim.at("mac");
  return mac.size() > 1 && std::string_view("02468ace").find(mac[1]) != std::string_view::npos;
}

Finding judge_lengths(const Json& aims, const Json& then, const Json& now) {
  const std::string name = now.at("name");
  const auto mtu = now.at("mtu").get<unsigned>();
  const Remedy larger{
      "", fmt::format("[port {}] mtu = the network's, or a smaller one at the senders", name)};
  const auto is_too_long = [&](const Json& aim) {
    return aim.at("reason") == "eth_chained" && aim.at("port") == name;
  };
  if (std::any_of(aims.begin(), aims.end(), is_too_long)) {
    return warn(fmt::format("frames arrive that are longer than mtu = {} allows", mtu), larger);
  }
  // A driver that cannot cut a frame counts it as damaged.
  const auto before = then.at("rx").at("errors").get<std::uint64_t>();
  const auto errors = now.at("rx").at("errors").get<std::uint64_t>();
  if (errors > before) {
    return warn(fmt::format("{} frames just now were damaged, or longer than mtu = {} allows",
                            errors - before, mtu),
                larger);
  }
  std::string what = fmt::format("nothing is longer than mtu = {}", mtu);
  if (errors != 0) what += fmt::format("; {} damaged frames since the start", errors);
  return ok(what);
}

}  // namespace

Findings gateway_answers(const LiveSubject& subject) {
  const LiveReading& reading = subject.reading;
  Findings findings;
  for (const GatewayLook& gateway : reading.gateways) {
    findings.push_back(judge(gateway, port_named(reading, gateway.port)));
  }
  if (const auto lost = dropped_meanwhile(reading, "neighbour_no_route"); lost != 0) {
    findings.push_back(warn(fmt::format("{} replies just now had no way to go", lost),
                            {"", "[port NAME] gateway = the router's address"}));
  }
  if (const auto lost = dropped_meanwhile(reading, "neighbour_unresolved"); lost != 0) {
    findings.push_back(
        warn(fmt::format("{} replies just now went to hosts that are not there", lost),
             {"", "weirctl neigh; a scan from forged addresses looks like this too"}));
  }
  if (findings.empty())
    findings.push_back(ok("no gateway is set: only the link's own hosts are reached"));
  return findings;
}

Findings what_arrives_is_ours(const LiveSubject& subject) {
  Findings findings;
  for (const Sort& sort : kSorts) {
    for (const Json& aim : subject.reading.refused.at("aims")) {
      const bool counts = aim.at("reason") == sort.reason && is_for_one(aim) &&
                          aim.at("frames").get<std::uint64_t>() >= kFew;
      if (!counts) continue;
      findings.push_back(sort.say(aim, subject.reading));
      break;  // the most frequent one is enough
    }
  }
  if (findings.empty()) findings.push_back(ok("what arrived in the last minute was for us"));
  return findings;
}

Findings frames_fit(const LiveSubject& subject) {
  const Json& aims = subject.reading.refused.at("aims");
  Findings findings = for_each_port(subject.reading, [&](const Json& then, const Json& now) {
    return Findings{judge_lengths(aims, then, now)};
  });
  const Json& mib = subject.reading.stats.at("mib");
  const auto smaller = mib.at("TcpPathMtuReductions").get<std::uint64_t>();
  if (smaller != 0) {
    findings.push_back(ok(fmt::format(
        "{} connections had to send smaller segments: their paths carry less", smaller)));
  }
  return findings;
}

}  // namespace weir::doctor
