// What the flight recorders held, on its way to a client.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "capture/recording.hpp"
#include "control/json.hpp"
#include "control/server_client.hpp"
#include "runtime/engine.hpp"

namespace weir {

struct RecordingSums {
  std::uint64_t frames = 0, bytes = 0;  ///< bytes as they are kept
  std::uint64_t torn = 0;
  std::int64_t first_ns = 0, last_ns = 0;  ///< of the workers' clocks; 0 and 0 without a frame
};
[[nodiscard]] RecordingSums sums_of(const TakenRecorders& recorders);

/// What the workers handed over, with all that its file says beside. They have begun anew, so it is
/// there until it has left as a whole: a client that breaks off leaves it to the next one.
struct KeptRecording {
  enum class Way : std::uint8_t { waits, leaves, left };

  Json facts;
  std::vector<std::string> interfaces;
  std::int64_t start_ns = 0;
  TakenRecorders recorders;  ///< one at least; none once it has left
  RecordingSums sums;
  Way way = Way::waits;
};

/// Control's thread. Writes a piece whenever the one before has left. Behind the last one the
/// client ends its side: all of it is where it should be. One that goes without that may have had
/// no room.
class RecordingStream final : public ReplyStream {
 public:
  /// `recording` waits. With `text` what frames carry is in the file too.
  RecordingStream(std::shared_ptr<KeptRecording> recording, bool text);
  ~RecordingStream() override;
  RecordingStream(const RecordingStream&) = delete;
  RecordingStream& operator=(const RecordingStream&) = delete;

  std::optional<std::string> more(bool finish) override;
  void tick(Unread unread) override {
    silent_seconds_ = over_ && unread == Unread::none ? silent_seconds_ + 1 : 0;
  }

 private:
  std::shared_ptr<KeptRecording> recording_;
  RecordingWriter writer_;
  std::string opening_;
  std::size_t worker_ = 0, half_ = 0;
  FlightReader reader_{{}};
  bool begun_ = false, over_ = false;
  unsigned silent_seconds_ = 0;  // since the client has read all of it
};

}  // namespace weir
