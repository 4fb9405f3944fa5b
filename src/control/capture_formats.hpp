// The two ways to write a capture.
#pragma once

#include <memory>
#include <string>

#include "control/capture_stream.hpp"

namespace weir {

/// pcapng with a comment a received frame. `filter` is what was asked for.
[[nodiscard]] std::unique_ptr<CaptureFormat> pcapng_format(const EngineView& engine,
                                                           std::string program, std::string filter,
                                                           std::uint32_t most_bytes);
/// A line of JSON a frame, and one at the end.
[[nodiscard]] std::unique_ptr<CaptureFormat> json_format(const EngineView& engine);

}  // namespace weir
