// What the flight recorders held, on its way to a client.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "capture/recording.hpp"
#include "control/server_client.hpp"
#include "runtime/engine.hpp"

namespace weir {

struct RecordingSums {
  std::uint64_t frames = 0, bytes = 0;  ///< bytes as they are kept
  std::uint64_t torn = 0;
  std::int64_t first_ns = 0, last_ns = 0;  ///< of the workers' clocks; 0 and 0 without a frame
};
[[nodiscard]] RecordingSums sums_of(const TakenRecorders& recorders);

/// Control's thread. Writes a piece whenever the one before has left.
class RecordingStream final : public ReplyStream {
 public:
  /// `opening` is what the file begins with.
  RecordingStream(std::string opening, RecordingWriter writer, TakenRecorders recorders,
                  const RecordingSums& sums);

  std::optional<std::string> more(bool finish) override;

 private:
  std::string opening_;
  RecordingWriter writer_;
  TakenRecorders recorders_;
  RecordingSums sums_;
  std::size_t worker_ = 0, half_ = 0;
  FlightReader reader_{{}};
  bool begun_ = false, over_ = false;
};

}  // namespace weir
