// From words to a command with its options, or to a sentence about the word that does not fit.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ctl/command.hpp"

namespace weir::ctl {

/// A command line that makes sense.
struct Invocation {
  const Command* command = nullptr;
  bool bare = true;                                         ///< no command was named: it is status
  std::map<std::string, std::string, std::less<>> options;  ///< by long name; flags are ""
  std::vector<std::string> operands;

  [[nodiscard]] bool has(std::string_view name) const { return options.contains(name); }
  [[nodiscard]] std::string get(std::string_view name, std::string otherwise) const;
  /// Of an option of kind number or seconds, which the parser has checked.
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t otherwise) const;
  [[nodiscard]] double seconds(std::string_view name, double otherwise) const;
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view name, double otherwise) const;
  /// The operands with blanks between.
  [[nodiscard]] std::string sentence() const;
};

struct ParseError {
  std::string message;                ///< "unknown command 'flwos', did you mean 'flows'?"
  std::size_t word = 0;               ///< index of the argument that does not fit, from 0
  std::vector<std::string> accepted;  ///< what could stand there; may be empty
};

/// Options may stand anywhere; behind "--", and behind the first word of a command line within the
/// command line (watch), there are operands only. No command means status, and "show" behind a
/// noun may be left out.
[[nodiscard]] Result<Invocation, ParseError> parse(const std::vector<std::string>& arguments);

/// The noun's verbs, without "show".
[[nodiscard]] std::vector<std::string_view> verbs_of(std::string_view noun);

}  // namespace weir::ctl
