// Which files of a listing are held in memory, and which are read when they are asked for.
#pragma once

#include <cstdint>
#include <vector>

#include "service/http/content_directory.hpp"

namespace weir {

/// By file of the listing, true: held in memory. The smallest are, as many as fit into
/// `limit_bytes` together: the fewest files wait for a disk then, and a large one does not mind.
[[nodiscard]] std::vector<bool> plan_cache(const ContentListing& listing,
                                           std::uint64_t limit_bytes);

}  // namespace weir
