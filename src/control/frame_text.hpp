// Frames of captures, and refused ones, as JSON and as comments.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "control/capture_stream.hpp"
#include "control/json.hpp"

namespace weir {

/// Nanoseconds since 1970, UTC.
[[nodiscard]] inline std::int64_t since_1970(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}
/// "2026-01-31T12:00:00.123456Z".
[[nodiscard]] std::string time_text(std::int64_t ns_since_1970);

/// What a pcapng comment says: "verdict=dropped reason=tcp_bad_seq flow=0.17 state=ESTABLISHED".
/// Empty for a frame that was sent.
[[nodiscard]] std::string comment_of(const CapturedFrame& frame);

/// A line's members, `weir.frame.v1` (docs/control.md); with its story if the record has one.
[[nodiscard]] Json frame_json(const CapturedFrame& frame, const EngineView& engine);

/// `weir.why.v1`'s element.
[[nodiscard]] Json refused_json(const RefusedFrame& frame, std::uint16_t worker,
                                const EngineView& engine);

}  // namespace weir
