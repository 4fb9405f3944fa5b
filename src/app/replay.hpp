// weir --replay FILE: recorded frames run again through this build, and what becomes of them.
#pragma once

#include <string>

namespace weir {

/// Prints a line a frame and the sums. The exit code: 0 when each frame that could be run again met
/// the verdict that it had, 1 when some did not, 66 (EX_NOINPUT) when the file cannot be read, 65
/// (EX_DATAERR) when it is no recording that this build can run.
[[nodiscard]] int run_replay(const std::string& file, bool json);

}  // namespace weir
