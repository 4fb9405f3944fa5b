// What weirctl's commands are: the parser, the help, the completion and the manual read this table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/words.hpp"

namespace weir::ctl {

struct Session;

/// What a value or a word stands for: how it is checked and what completes it.
enum class Kind : std::uint8_t {
  flag,     ///< no value at all
  text,     ///< anything
  number,   ///< 0, 1, 2, …
  seconds,  ///< above zero, at most a day; fractions are fine
  choice,   ///< one of Value::choices
  file,
  port,     ///< the name of one, which the daemon knows
  service,  ///< likewise
  reason,   ///< of a drop, likewise
  filter,   ///< words of the flows filter
  topic,    ///< the name of a command, word by word
  command,  ///< a command line of weirctl, options and all
};

struct Value {
  Kind kind = Kind::flag;
  std::string_view name{};     ///< as the help shows it: "SEC"
  std::string_view choices{};  ///< with blanks between
  bool optional = false;       ///< an option's: given behind '=' or not at all
};

struct Option {
  char letter;            ///< 0: long form only
  std::string_view name;  ///< without its dashes
  Value value;
  std::string_view help;
};

/// How many words may stand behind the name of a command.
enum class Count : std::uint8_t { none, at_most_one, one, any, some };

struct Words {
  Count count = Count::none;
  Value value{};
};

struct Command {
  std::string_view name;  ///< "flows", or with its verb, "flows kill"
  std::string_view help;  ///< one line
  Words words;
  std::span<const Option> options;
  std::string_view description;  ///< sentences for help and manual; paragraphs end with \n\n
  std::string_view example;      ///< what one would type
  int (*run)(Session&);          ///< returns the exit code; throws Failure
  /// It writes as it goes, or speaks with the terminal: no pager, no repetition from outside.
  bool streams = false;
  bool hidden = false;  ///< for scripts of ours, not for people

  [[nodiscard]] std::string_view noun() const noexcept { return name.substr(0, name.find(' ')); }
  [[nodiscard]] std::string_view verb() const noexcept {
    return name.size() == noun().size() ? std::string_view{} : name.substr(noun().size() + 1);
  }
};

/// In the order in which help shows them; a noun stands before its verbs.
[[nodiscard]] std::span<const Command> commands() noexcept;
[[nodiscard]] const Command* command_named(std::string_view name) noexcept;
/// Options of every command.
[[nodiscard]] std::span<const Option> global_options() noexcept;
/// By long name or letter, of the command (or nullptr) and then of all.
[[nodiscard]] const Option* option_named(const Command* command, std::string_view name) noexcept;
[[nodiscard]] const Option* option_lettered(const Command* command, char letter) noexcept;

/// Words with something between.
[[nodiscard]] std::string join_words(const std::vector<std::string_view>& words,
                                     std::string_view between);

/// "weirctl [OPTIONS] flows kill FILTER…"
[[nodiscard]] std::string usage_of(const Command& command);
/// "-l, --limit N"
[[nodiscard]] std::string spelling_of(const Option& option);

}  // namespace weir::ctl
