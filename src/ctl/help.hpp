// The table of commands as text to read: --help and the manual page.
#pragma once

#include <string>

#include "ctl/command.hpp"

namespace weir::ctl {

/// All commands in one screen.
[[nodiscard]] std::string help_text();
/// One command, or a noun with all its verbs.
[[nodiscard]] std::string help_text(const Command& command);
/// weirctl(1) in mdoc(7).
[[nodiscard]] std::string manual_page();

}  // namespace weir::ctl
