#include "ctl/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/did_you_mean.hpp"

namespace weir::ctl {
namespace {

constexpr double kMostSeconds = 86400;

template <class T>
std::optional<T> parsed_as(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "30", "0.5", "30s", "5m", "1h".
std::optional<double> parsed_seconds(std::string_view text) {
  double unit = 1;
  if (text.ends_with('s') || text.ends_with('m') || text.ends_with('h')) {
    unit = text.back() == 's' ? 1 : text.back() == 'm' ? 60 : 3600;
    text.remove_suffix(1);
  }
  const auto value = parsed_as<double>(text);
  return value ? std::optional(*value * unit) : std::nullopt;
}

std::vector<std::string> strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

std::vector<std::string_view> nouns() {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) {
    if (command.verb().empty() && !command.hidden) names.push_back(command.name);
  }
  return names;
}

std::vector<std::string> option_spellings(const Command* command) {
  std::vector<std::string> names;
  const auto add = [&names](std::span<const Option> options) {
    for (const Option& option : options) names.push_back(fmt::format("--{}", option.name));
  };
  if (command != nullptr) add(command->options);
  add(global_options());
  return names;
}

// What is wrong with a value of this kind, if anything.
std::optional<std::string> value_problem(const Value& value, const std::string& text) {
  if (value.kind == Kind::number && !parsed_as<std::uint64_t>(text)) {
    return fmt::format("'{}' is no number", text);
  }
  if (value.kind == Kind::seconds) {
    const auto seconds = parsed_seconds(text);
    if (!seconds || !(*seconds > 0 && *seconds <= kMostSeconds)) {
      return fmt::format("'{}' is no number of seconds from 0 to {:.0f}", text, kMostSeconds);
    }
  }
  if (value.kind == Kind::choice) {
    const auto choices = split(value.choices);
    if (std::ranges::find(choices, text) == choices.end()) {
      return fmt::format("'{}' is not {}{}", text, join_words(choices, ", "),
                         did_you_mean(text, choices));
    }
  }
  return std::nullopt;
}

// The command is the first word that is neither an option nor an option's value.
class Reader {
 public:
  explicit Reader(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Result<Invocation, ParseError> read() {
    while (at_ < arguments_.size() && !error_) {
      const std::string& word = arguments_[at_++];
      if (!only_operands_ && word == "--") {
        only_operands_ = true;
      } else if (!only_operands_ && word.starts_with("--")) {
        long_option(word.substr(2));
      } else if (!only_operands_ && word.size() > 1 && word[0] == '-') {
        short_options(word.substr(1));
      } else {
        plain(word);
      }
    }
    result_.bare = result_.command == nullptr;
    if (result_.bare) result_.command = command_named("status");
    if (!error_ && !result_.has("help")) check_operands();
    if (error_) return *error_;
    return std::move(result_);
  }

 private:
  void fail(std::string message, std::vector<std::string> accepted = {}) {
    error_ = ParseError{std::move(message), at_ == 0 ? 0 : at_ - 1, std::move(accepted)};
  }

  void unknown_option(const std::string& shown) {
    auto accepted = option_spellings(result_.command);
    const std::vector<std::string_view> names(accepted.begin(), accepted.end());
    fail(fmt::format("unknown option {}{}{}", shown,
                     result_.command == nullptr ? "" : fmt::format(" of {}", result_.command->name),
                     did_you_mean(shown, names)),
         std::move(accepted));
  }

  void long_option(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const Option* option = option_named(result_.command, name);
    if (option == nullptr) {
      unknown_option("--" + name);
    } else if (equals != std::string::npos && option->value.kind == Kind::flag) {
      fail(fmt::format("option --{} takes no value", name));
    } else {
      set(*option,
          equals == std::string::npos ? std::nullopt : std::optional(text.substr(equals + 1)));
    }
  }

  void short_options(const std::string& letters) {
    for (std::size_t i = 0; i < letters.size() && !error_; ++i) {
      const Option* option = option_lettered(result_.command, letters[i]);
      if (option == nullptr) {
        unknown_option(fmt::format("-{}", letters[i]));
      } else if (option->value.kind == Kind::flag || option->value.optional ||
                 i + 1 == letters.size()) {
        set(*option, std::nullopt);
      } else {
        return set(*option, letters.substr(i + 1));
      }
    }
  }

  void set(const Option& option, std::optional<std::string> value) {
    const bool needs_value = option.value.kind != Kind::flag && !option.value.optional;
    if (needs_value || value) {
      if (!value && at_ == arguments_.size()) {
        return fail(fmt::format("option --{} needs a value: {}", option.name, option.value.name),
                    strings(split(option.value.choices)));
      }
      if (!value) value = arguments_[at_++];
      if (const auto problem = value_problem(option.value, *value)) {
        return fail(fmt::format("--{}: {}", option.name, *problem),
                    strings(split(option.value.choices)));
      }
    }
    result_.options[std::string(option.name)] = value.value_or("");
  }

  void plain(const std::string& word) {
    if (result_.command == nullptr) {
      result_.command = command_named(word);
      if (result_.command == nullptr || !result_.command->verb().empty()) {
        fail(fmt::format("unknown command '{}'{}", word, did_you_mean(word, nouns())),
             strings(nouns()));
      }
      return;
    }
    if (result_.operands.empty() && !verb_taken_ && take_verb(word)) return;
    result_.operands.push_back(word);
    places_.push_back(at_ - 1);
    if (result_.command->words.value.kind == Kind::command) only_operands_ = true;
  }

  bool take_verb(const std::string& word) {
    const Command* with_verb = command_named(fmt::format("{} {}", result_.command->name, word));
    if (with_verb != nullptr && result_.command->verb().empty()) result_.command = with_verb;
    verb_taken_ = with_verb != nullptr ||
                  (word == "show" && result_.command->words.value.kind != Kind::command);
    return verb_taken_;
  }

  void check_operands() {
    const Command& command = *result_.command;
    const Words& words = command.words;
    const std::size_t count = result_.operands.size();
    const std::size_t most = words.count == Count::none ? 0
                             : words.count == Count::at_most_one || words.count == Count::one
                                 ? 1
                                 : count;
    const bool needed = words.count == Count::one || words.count == Count::some;
    if (needed && count == 0) {
      at_ = arguments_.size() + 1;  // behind the last one
      return fail(fmt::format("{} needs {}", command.name, words.value.name),
                  strings(split(words.value.choices)));
    }
    if (count > most) return refuse_operand(most);
    for (std::size_t i = 0; i < count; ++i) {
      if (const auto problem = value_problem(words.value, result_.operands[i])) {
        at_ = places_[i] + 1;
        return fail(*problem, strings(split(words.value.choices)));
      }
    }
  }

  void refuse_operand(std::size_t i) {
    at_ = places_[i] + 1;
    auto verbs = verbs_of(result_.command->noun());
    const bool verb_fits = i == 0 && !verb_taken_ && !verbs.empty();
    fail(fmt::format("{}: '{}' is too much{}", result_.command->name, result_.operands[i],
                     verb_fits ? did_you_mean(result_.operands[i], verbs) : ""),
         verb_fits ? strings(verbs) : option_spellings(result_.command));
  }

  const std::vector<std::string>& arguments_;
  std::size_t at_ = 0;
  bool only_operands_ = false, verb_taken_ = false;
  Invocation result_;
  std::vector<std::size_t> places_;  // of the operands among the arguments
  std::optional<ParseError> error_;
};

}  // namespace

std::string Invocation::get(std::string_view name, std::string otherwise) const {
  const auto found = options.find(name);
  return found == options.end() ? std::move(otherwise) : found->second;
}

std::uint64_t Invocation::number(std::string_view name, std::uint64_t otherwise) const {
  return parsed_as<std::uint64_t>(get(name, "")).value_or(otherwise);
}

double Invocation::seconds(std::string_view name, double otherwise) const {
  return parsed_seconds(get(name, "")).value_or(otherwise);
}

std::chrono::milliseconds Invocation::duration(std::string_view name, double otherwise) const {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds(name, otherwise) * 1000) + 1);
}

std::string Invocation::sentence() const {
  return join_words({operands.begin(), operands.end()}, " ");
}

Result<Invocation, ParseError> parse(const std::vector<std::string>& arguments) {
  return Reader(arguments).read();
}

std::vector<std::string_view> verbs_of(std::string_view noun) {
  std::vector<std::string_view> verbs;
  for (const Command& command : commands()) {
    if (command.noun() == noun && !command.verb().empty()) verbs.push_back(command.verb());
  }
  return verbs;
}

}  // namespace weir::ctl
