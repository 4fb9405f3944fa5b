// Hold: accepts and never reads. The far end for testing zero windows, persist timers and idle
// flows.
#pragma once

#include "service/service.hpp"

namespace weir {

class HoldService final : public TcpService {
 public:
  [[nodiscard]] std::size_t on_text(Connection&, Text&) noexcept override { return 0; }
};

}  // namespace weir
