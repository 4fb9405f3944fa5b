// A long text on a terminal goes through $PAGER.
#pragma once

#include <iosfwd>
#include <string>

#include "ctl/run.hpp"

namespace weir::ctl {

/// Through the pager when the text has more lines than the terminal; else, and when the pager
/// cannot be started, to `out`.
void show_paged(const std::string& text, const Surroundings& surroundings, std::ostream& out);

}  // namespace weir::ctl
