// Medians, lines and JSON.
#include "measure.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace weir::bench {
namespace {

nlohmann::json json_of(const Figure& f) { return {f.median, f.least, f.most}; }

}  // namespace

Figure figure_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  return {values[values.size() / 2], values.front(), values.back()};
}

void print(const Result& r) {
  std::string what = r.name;
  if (r.flows != 0) what += ", " + std::to_string(r.flows) + " flows";
  if (r.frames != 0) what += ", " + std::to_string(r.frames) + " frames";
  if (r.burst != 0 && r.burst != 32) what += ", bursts of " + std::to_string(r.burst);
  if (r.offload) what += ", offload";
  std::printf("%-62s %7.1f (%.1f to %.1f) cycles/%s", what.c_str(), r.weir.median, r.weir.least,
              r.weir.most, r.unit.c_str());
  if (r.limit.median != 0) {
    std::printf("; %s %.1f, ratio %.2f", r.other.empty() ? "limit" : r.other.c_str(),
                r.limit.median, r.ratio);
  }
  std::printf("\n");
  std::fflush(stdout);
}

bool write_json(const std::string& path, std::span<const Result> results) {
  nlohmann::json all = nlohmann::json::array();
  for (const Result& r : results) {
    all.push_back({{"name", r.name},
                   {"unit", r.unit},
                   {"flows", r.flows},
                   {"frames", r.frames},
                   {"burst", r.burst},
                   {"offload", r.offload},
                   {"weir", json_of(r.weir)},
                   {"limit", json_of(r.limit)},
                   {"ratio", r.ratio},
                   {"other", r.other}});
  }
  std::ofstream file(path);
  file << all.dump(1) << '\n';
  return file.good();
}

}  // namespace weir::bench
