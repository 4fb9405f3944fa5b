// Counters as they were at `stats --reset`, kept for one user and one daemon, as nstat(8) does.
#pragma once

#include <optional>
#include <string>

#include "control/json.hpp"

namespace weir::ctl {

class Baseline {
 public:
  /// `directory` is made when something is saved; an empty one keeps nothing.
  Baseline(const std::string& directory, const std::string& socket);

  /// Throws Failure when it cannot be kept.
  void save(const Json& stats) const;
  /// Nothing when none was saved, or it is another start of the daemon's than that of `stats`.
  [[nodiscard]] std::optional<Json> load(const Json& stats) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string directory_, path_;
};

/// `after` with its counters less those of `before`: totals, workers, reasons, protocols. Gauges
/// stay as they are.
[[nodiscard]] Json difference(Json after, const Json& before);
/// The same members divided.
[[nodiscard]] Json divided(Json stats, double by);

}  // namespace weir::ctl
