// The command line of weir.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace weir {

inline constexpr const char* kDefaultConfig = "/etc/weir/weir.conf";

struct Options {
  std::string config_file;    ///< -c, else WEIR_CONFIG, else /etc/weir/weir.conf
  bool config_named = false;  ///< by -c or WEIR_CONFIG
  bool test = false, dump = false, demo = false, help = false, version = false;
  std::string replay;  ///< a recording; empty: none
  bool json = false;
  unsigned verbose = 0;                ///< how often -v was said
  std::vector<std::string> overrides;  ///< the arguments of --set
  std::vector<std::string> eal_args;   ///< what stands behind "--"
};

/// `arguments` without the program's name; `environment_config` is $WEIR_CONFIG or empty. The error
/// is a sentence.
[[nodiscard]] Result<Options> parse_options(const std::vector<std::string>& arguments,
                                            const std::string& environment_config);

[[nodiscard]] std::string usage_text();

}  // namespace weir
