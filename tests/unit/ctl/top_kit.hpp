// Readings as a daemon would give them, a second apart.
#pragma once

#include <string>

#include "ctl/top/layout.hpp"

namespace weir::ctl::top {

/// Two workers, three services, two ports and as many drop reasons as asked for, after `second`
/// seconds of steady traffic: worker 0 is half busy and receives 1000 frames a second, worker 1
/// does nothing.
inline Reading reading_after(double second, std::size_t reasons = 2) {
  Reading r;
  r.version = "0.1.0";
  r.ready = true;
  r.uptime = r.at = r.workers_at = second;
  r.cycles_per_second = 1e9;
  r.connections = 243746;
  r.ports = {{"wan", "ice", true, 25e9, 4, 1000 * second, 900 * second, 64000 * second,
              57600 * second, 3 * second},
             {"lan", "net_tap", false, 0, 1, 0, 0, 0, 0, 0}};
  r.workers = {{0, 2, 1000 * second, 1000 * second, 125 * second, 10 * second, 200, 5e8 * second,
                1e9 * second, 0},
               {1, 3, 0, 0, 0, 0, 0, 0, 0, 0}};
  r.services = {{"web",
                 "http",
                 "serving",
                 {"192.0.2.10:80/tcp", "[2001:db8::10]:80/tcp"},
                 200,
                 1,
                 40 * second,
                 30 * second,
                 0},
                {"dns", "respond", "draining", {"192.0.2.10:53/udp"}, 0, 0, 0, 0, 500 * second},
                {"a-service-with-a-long-name", "echo", "serving", {}, 0, 0, 0, 0, 0}};
  for (std::size_t i = 0; i < reasons; ++i) {
    r.drops.push_back({"reason_" + std::to_string(i), "what it means when this occurs",
                       static_cast<double>(i) * 10 * second});
    r.dropped += r.drops.back().count;
  }
  r.pools = {{"node0", 1000, 630}};
  r.warnings = {"mempool node0: once only 11 % were free; see 'weirctl memory'"};
  return r;
}

inline Model model_after(int seconds, std::size_t reasons = 2) {
  Model model;
  for (int second = 1; second <= seconds; ++second) model.take(reading_after(second, reasons));
  return model;
}

inline std::string text_of(const Lines& lines) {
  std::string text;
  for (const Line& line : lines) text += line.text() + "\n";
  return text;
}

}  // namespace weir::ctl::top
