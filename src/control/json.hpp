// JSON as the control socket speaks it: members keep the order in which they were written.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace weir {

using Json = nlohmann::ordered_json;

/// A reply's beginning: {"schema":"weir.<noun>.v1"}.
[[nodiscard]] inline Json reply_of(std::string_view noun) {
  Json json = Json::object();
  json["schema"] = "weir." + std::string(noun) + ".v1";
  return json;
}

/// One line without its end. Text that is no UTF-8 is mended rather than refused.
[[nodiscard]] inline std::string to_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace weir
