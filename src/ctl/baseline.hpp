// A reply as it was at `stats --reset` or `latency --reset`, kept for one user and one daemon, as
// nstat(8) does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "control/json.hpp"

namespace weir::ctl {

class Baseline {
 public:
  /// `directory` is made when something is saved; an empty one keeps nothing.
  /// `noun` is the command's.
  Baseline(const std::string& directory, const std::string& socket, std::string_view noun);

  /// Throws Failure when it cannot be kept.
  void save(const Json& reply) const;
  /// Nothing when none was saved, or it is another start of the daemon's than that of `reply`.
  [[nodiscard]] std::optional<Json> load(const Json& reply) const;
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
