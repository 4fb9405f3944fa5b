// Looking things up in the table of commands.
#include "ctl/command.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::ctl {
namespace {

template <class Matches>
const Option* find_option(const Command* command, Matches matches) {
  if (command != nullptr) {
    const auto own = std::ranges::find_if(command->options, matches);
    if (own != command->options.end()) return &*own;
  }
  const auto global = std::ranges::find_if(global_options(), matches);
  return global == global_options().end() ? nullptr : &*global;
}

std::string words_of(const Words& words) {
  switch (words.count) {
    case Count::none:
      return "";
    case Count::at_most_one:
      return fmt::format(" [{}]", words.value.name);
    case Count::one:
      return fmt::format(" {}", words.value.name);
    case Count::any:
      return fmt::format(" [{}…]", words.value.name);
    case Count::some:
      return fmt::format(" {}…", words.value.name);
  }
  return "";
}

}  // namespace

const Command* command_named(std::string_view name) noexcept {
  const auto found = std::ranges::find(commands(), name, &Command::name);
  return found == commands().end() ? nullptr : &*found;
}

const Option* option_named(const Command* command, std::string_view name) noexcept {
  return find_option(command, [name](const Option& option) { return option.name == name; });
}

const Option* option_lettered(const Command* command, char letter) noexcept {
  return find_option(command, [letter](const Option& option) { return option.letter == letter; });
}

std::string join_words(const std::vector<std::string_view>& words, std::string_view between) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

std::string usage_of(const Command& command) {
  return fmt::format("weirctl [OPTIONS] {}{}{}", command.name, words_of(command.words),
                     command.options.empty() ? "" : " [OPTIONS]");
}

std::string spelling_of(const Option& option) {
  const Value& value = option.value;
  const std::string letter =
      option.letter != 0 ? fmt::format("-{}, ", option.letter) : std::string();
  if (value.kind == Kind::flag) return fmt::format("{}--{}", letter, option.name);
  if (value.optional) return fmt::format("{}--{}[={}]", letter, option.name, value.name);
  return fmt::format("{}--{} {}", letter, option.name, value.name);
}

}  // namespace weir::ctl
