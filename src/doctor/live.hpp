// What a running weir says of itself, and what the machine says of it, at two moments.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "doctor/check.hpp"
#include "doctor/cpu_look.hpp"
#include "doctor/daemon.hpp"

namespace weir::doctor {

struct LiveLook {
  Json workers, ports, drops;  ///< its answers to these commands
  CpuLook cpus;                ///< of its workers' CPUs
};

/// What became of asking a gateway where it is on the link.
struct GatewayLook {
  std::string port, address;
  std::uint64_t asked = 0, answered = 0;
  std::string refused{};  ///< why it was not asked, in the daemon's words; empty: it was
};

struct LiveReading {
  std::string pid;  ///< of the daemon
  LiveLook before, after;
  Json refused;  ///< where the refused frames of the last minute wanted to go
  Json stats;
  std::vector<GatewayLook> gateways;
};

/// What a check of a running weir examines. Checks read members of answers and throw
/// Json::exception for one that is not there.
struct LiveSubject {
  const Environment& env;
  const LiveReading& reading;
};

/// Asks all that the checks want to know. Each gateway is asked on the data plane, twice; `wait` is
/// called between the two looks, which should be a second apart. The error is a sentence.
[[nodiscard]] Result<LiveReading> read_live(Daemon& daemon, const Environment& env,
                                            const std::function<void()>& wait);

/// `look` at each port as it was and is; "port NAME: " before what it found.
template <class Look>
[[nodiscard]] Findings for_each_port(const LiveReading& reading, Look look) {
  Findings findings;
  for (const Json& now : reading.after.ports.at("ports")) {
    const std::string name = now.at("name");
    for (const Json& then : reading.before.ports.at("ports")) {
      if (then.at("name") != name) continue;
      for (Finding& finding : look(then, now)) {
        finding.what = "port " + name + ": " + finding.what;
        findings.push_back(std::move(finding));
      }
    }
  }
  if (findings.empty()) findings.push_back(skip("there is no port"));
  return findings;
}

}  // namespace weir::doctor
