// A log line's facts as JSON, for the log itself and for the control socket.
#pragma once

#include "control/json.hpp"
#include "control/log_field.hpp"

namespace weir {

[[nodiscard]] inline Json to_json(const LogField& field) {
  return field.is_number ? Json::parse(field.value) : Json(field.value);
}

}  // namespace weir
