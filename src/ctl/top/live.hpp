// The live screen until somebody ends it.
#pragma once

#include <cstdint>

#include "ctl/session.hpp"
#include "ctl/top/panel.hpp"

namespace weir::ctl::top {

/// `looks`: ends after so many; 0: at a key or a signal.
int run_live(const Session& session, Panel panel, std::uint64_t looks);

}  // namespace weir::ctl::top
