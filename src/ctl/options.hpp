// The command line of weirctl: one table makes the parser and the help.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace weir::ctl {

struct Option {
  char letter;             ///< 0: long form only
  std::string_view name;   ///< without its dashes
  std::string_view value;  ///< what the help calls the value; empty: a flag
  std::string_view help;
};

/// What stands behind the name of a command.
enum class Operands : std::uint8_t { none, one, words };

struct CommandSpec {
  std::string_view name;
  Operands operands;
  std::string_view operand_help;  ///< "[NAME]"
  std::string_view help;
  std::span<const Option> options;
};

[[nodiscard]] std::span<const CommandSpec> commands() noexcept;
[[nodiscard]] const CommandSpec* command_named(std::string_view name) noexcept;

/// A command line that makes sense.
struct Invocation {
  const CommandSpec* command = nullptr;
  std::map<std::string, std::string, std::less<>> options;  ///< by long name; flags are ""
  std::vector<std::string> operands;

  [[nodiscard]] bool has(std::string_view name) const { return options.contains(name); }
  [[nodiscard]] std::string get(std::string_view name, std::string otherwise) const;
};

/// Options may stand anywhere; behind "--" there are operands only. No command means status, and
/// "show" behind a command may be left out. The error is a sentence.
[[nodiscard]] Result<Invocation> parse(const std::vector<std::string>& arguments);

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string help_text(const CommandSpec& command);

}  // namespace weir::ctl
