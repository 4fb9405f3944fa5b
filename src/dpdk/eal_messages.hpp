// What DPDK says, and what it means: one table that calms what frightens without need and
// translates what is fatal into the doctor's terms.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weir {

enum class EalLogLevel : std::uint8_t { debug, info, warn, error };

struct EalMessage {
  std::string_view piece;  ///< of DPDK's own wording
  EalLogLevel level;       ///< that it deserves
  std::string_view id;     ///< the doctor's check that says more; empty: none
  std::string_view text;   ///< harmless: why, if that needs words; else the meaning
};

/// The first row that fits a line is the one.
[[nodiscard]] std::span<const EalMessage> eal_messages() noexcept;
/// nullptr when the line is not in the table.
[[nodiscard]] const EalMessage* eal_message_for(std::string_view line) noexcept;

/// The level that a line deserves: the table's, else the one it was said with.
[[nodiscard]] EalLogLevel deserved_level(EalLogLevel said, std::string_view line) noexcept;

/// A line of DPDK begins with its component, "EAL: " or "tap_nl_init(): ", which tells users
/// nothing.
[[nodiscard]] std::string_view without_component(std::string_view line) noexcept;

/// What an operator should read instead of a line of the table: our words, the check that says
/// more, and DPDK's words. A line that is not in the table stays as it is.
[[nodiscard]] std::string translated(std::string_view line);

}  // namespace weir
