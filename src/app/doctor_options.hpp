// The command line of `weir doctor`.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "doctor/command.hpp"

namespace weir {

struct DoctorOptions {
  std::string config_file;    ///< -c, else WEIR_CONFIG, else /etc/weir/weir.conf
  bool config_named = false;  ///< by -c or WEIR_CONFIG: it must be there
  bool help = false;
  std::vector<std::string> overrides;  ///< the arguments of --set
  doctor::Request request;
  bool live = false;   ///< ask a running weir
  std::string socket;  ///< of that weir; empty: as the configuration has it
};

/// `arguments` without "weir doctor". The error is a sentence.
[[nodiscard]] Result<DoctorOptions> parse_doctor_options(const std::vector<std::string>& arguments,
                                                         const std::string& environment_config);
[[nodiscard]] std::string doctor_usage_text();

}  // namespace weir
