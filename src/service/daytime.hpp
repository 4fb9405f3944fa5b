// Daytime (RFC 867): the date and the time as a line, then the end.
#pragma once

#include "service/service.hpp"
#include "service/text_writer.hpp"
#include "service/wall_clock.hpp"

namespace weir {

/// "Tuesday, February 22, 1982 17:37:43-UTC" and CR LF: the first syntax that RFC 867 proposes.
void write_daytime(TextWriter& out, std::int64_t unix_seconds) noexcept;

/// TCP only: over UDP the answer would be longer than an empty question.
class DaytimeService final : public TcpService {
 public:
  /// `clock` outlives the service.
  explicit DaytimeService(const WallClock& clock) noexcept : clock_(clock) {}
  void on_open(Connection& connection) noexcept override;
  [[nodiscard]] std::size_t on_text(Connection& connection, Text& text) noexcept override;

 private:
  const WallClock& clock_;
};

}  // namespace weir
