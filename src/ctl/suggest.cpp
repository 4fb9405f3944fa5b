#include "ctl/suggest.hpp"

#include <algorithm>

#include "control/flows_filter.hpp"
#include "ctl/parse.hpp"

namespace weir::ctl {
namespace {

// The words before the last one, read as the parser does but without any complaint.
class Scan {
 public:
  Scan(const std::vector<std::string>& words, std::size_t last) {
    for (; at_ < last && inner_ == 0; ++at_) take(words[at_]);
  }

  const Command* command = nullptr;
  const Option* wants_value = nullptr;  // the option before the last word
  std::vector<std::string> operands;
  std::string socket;
  [[nodiscard]] std::size_t inner() const noexcept { return inner_; }
  [[nodiscard]] bool only_operands() const noexcept { return only_operands_; }

 private:
  void take(const std::string& word) {
    if (wants_value != nullptr) return value(word);
    if (!only_operands_ && word == "--") {
      only_operands_ = true;
    } else if (!only_operands_ && word.starts_with("--")) {
      long_option(word.substr(2));
    } else if (!only_operands_ && word.size() > 1 && word[0] == '-') {
      wants(option_lettered(command, word.back()));
    } else if (command == nullptr) {
      command = command_named(word);
      if (command != nullptr && command->words.value.kind == Kind::command) inner_ = at_ + 1;
    } else {
      operand(word);
    }
  }

  // A shell may cut "--sort=bytes" into three words.
  void value(const std::string& word) {
    if (word == "=") return;
    if (wants_value->name == "socket") socket = word;
    wants_value = nullptr;
  }

  void long_option(const std::string& text) {
    const std::size_t equals = text.find('=');
    const Option* option = option_named(command, text.substr(0, equals));
    if (equals == std::string::npos) {
      wants(option);
    } else if (option != nullptr && option->name == "socket") {
      socket = text.substr(equals + 1);
    }
  }

  void wants(const Option* option) {
    const bool takes_value =
        option != nullptr && option->value.kind != Kind::flag && !option->value.optional;
    if (takes_value) wants_value = option;
  }

  void operand(const std::string& word) {
    const Command* verb = command_named(std::string(command->name) + " " + word);
    if (operands.empty() && command->verb().empty() && verb != nullptr) {
      command = verb;
    } else if (!(operands.empty() && word == "show")) {
      operands.push_back(word);
    }
  }

  std::size_t at_ = 0, inner_ = 0;
  bool only_operands_ = false;
};

class Suggester {
 public:
  Suggester(const Scan& scan, std::string_view begin, const Names& names)
      : scan_(scan), begin_(begin), names_(names) {}

  void options() {
    const auto add_all = [this](std::span<const Option> list) {
      for (const Option& option : list) add("--" + std::string(option.name), option.help);
    };
    if (scan_.command != nullptr) add_all(scan_.command->options);
    add_all(global_options());
  }

  void nouns() {
    for (const Command& command : commands()) {
      if (command.verb().empty() && !command.hidden) add(command.name, command.help);
    }
  }

  void verbs(std::string_view noun) {
    for (const Command& command : commands()) {
      if (command.noun() == noun && !command.verb().empty()) add(command.verb(), command.help);
    }
  }

  void value(const Value& value) {
    result_.hint = value.name;
    switch (value.kind) {
      case Kind::choice:
        for (const std::string_view choice : split(value.choices)) add(choice, "");
        break;
      case Kind::file:
        result_.files = true;
        break;
      case Kind::port:
      case Kind::service:
      case Kind::reason:
        known(value.kind);
        break;
      case Kind::filter:
        filter_word();
        break;
      case Kind::topic:
        scan_.operands.empty() ? nouns() : verbs(scan_.operands[0]);
        break;
      case Kind::flag:
      case Kind::text:
      case Kind::number:
      case Kind::seconds:
      case Kind::command:
        break;
    }
  }

  void operand() {
    const Command& command = *scan_.command;
    if (command.verb().empty() && scan_.operands.empty()) verbs(command.name);
    const Count count = command.words.count;
    const bool full =
        count == Count::none ||
        ((count == Count::one || count == Count::at_most_one) && !scan_.operands.empty());
    if (!full) value(command.words.value);
  }

  Suggestions take() { return std::move(result_); }

 private:
  void add(std::string_view word, std::string_view help) {
    if (word.starts_with(begin_)) result_.words.push_back({std::string(word), std::string(help)});
  }

  void known(Kind kind) {
    for (const Candidate& name : names_(kind, scan_.socket)) add(name.word, name.help);
  }

  void filter_word() {
    const std::string before = scan_.operands.empty() ? "" : scan_.operands.back();
    if (before == "service") return known(Kind::service);
    if (before == "state") {
      for (const std::string_view state : kFilterStates) add(state, "");
    } else if (before == "proto") {
      for (const char* protocol : {"tcp", "udp"}) add(protocol, "");
    } else {
      for (const FilterTerm& term : kFilterTerms) add(term.word, term.help);
      for (const char* between : {"and", "or"}) add(between, "");
    }
  }

  const Scan& scan_;
  std::string_view begin_;
  const Names& names_;
  Suggestions result_;
};

}  // namespace

Suggestions suggest(const std::vector<std::string>& words, const Names& names, bool with_options) {
  const std::string last = words.empty() ? "" : words.back();
  const Scan scan(words, words.empty() ? 0 : words.size() - 1);
  if (scan.inner() != 0) {
    return suggest({words.begin() + static_cast<std::ptrdiff_t>(scan.inner()), words.end()}, names,
                   with_options);
  }
  Suggester suggester(scan, last == "=" ? "" : std::string_view(last), names);
  if (scan.wants_value != nullptr) {
    suggester.value(scan.wants_value->value);
    return suggester.take();
  }
  const bool dash = !scan.only_operands() && last.starts_with('-');
  if (!dash) scan.command == nullptr ? suggester.nouns() : suggester.operand();
  if (dash || (with_options && last.empty())) suggester.options();
  return suggester.take();
}

}  // namespace weir::ctl
