// A collector on a fake engine, and the text of its readings taken apart.
#pragma once

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "metrics/reading.hpp"
#include "metrics/render.hpp"
#include "unit/ctl/fake_engine.hpp"

namespace weir {

struct MetricsKit {
  MetricsReading take(std::chrono::milliseconds later = {}) {
    return *collector.take(start + later);
  }

  LogCounts log{{{LogLevel::warn, "weir"}, 3}, {{LogLevel::info, "eal"}, 0}};
  bool differs = false;
  int asked = 0;  // whether the configuration differs
  FakeEngine engine;
  MetricsReading::Time start{};
  ControlFacts facts{"0.1.0", "22.11", "weir.conf", "", {}};
  MetricsCollector collector{engine,
                             facts,
                             {[this] { return log; },
                              [this] {
                                ++asked;
                                return differs;
                              }}};
};

/// `name{labels}` to value, as the text has them.
inline std::map<std::string, double> samples_of(const std::string& text) {
  std::map<std::string, double> samples;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const std::size_t blank = line.rfind(' ');
    if (line.starts_with('#') || blank == line.npos) continue;
    samples[line.substr(0, blank)] = std::stod(line.substr(blank + 1));
  }
  return samples;
}

}  // namespace weir
