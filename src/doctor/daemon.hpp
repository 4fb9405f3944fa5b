// A running weir as the doctor sees it: somebody who answers questions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "control/json.hpp"

namespace weir::doctor {

class Daemon {
 public:
  enum class Until : std::uint8_t { first_line, end };  ///< how much of the answer is wanted
  virtual ~Daemon() = default;
  /// The lines of the answer (docs/control.md), at least one; the error is the daemon's sentence,
  /// or says why there is none.
  [[nodiscard]] virtual Result<std::vector<Json>> ask(std::string_view command, const Json& args,
                                                      Until until) = 0;
};

/// The daemon behind that control socket. It is not spoken to before it is asked.
[[nodiscard]] std::unique_ptr<Daemon> daemon_at(std::string socket);

}  // namespace weir::doctor
