#include "ctl/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace weir::ctl {
namespace {

constexpr Option kGlobal[] = {
    {'S', "socket", "PATH", "the daemon's control socket (env WEIR_SOCKET)"},
    {'j', "json", "", "print the daemon's reply: one line of JSON"},
    {'p', "pretty", "", "the same on many lines"},
    {'n', "numeric", "", "exact numbers: 1234567 and not 1.23M"},
    {0, "color", "WHEN", "auto, always or never"},
    {0, "timeout", "SEC", "wait no longer for the daemon (default 5)"},
    {'h', "help", "", "this text, or a command's"},
    {'V', "version", "", "the version of weirctl"},
};
constexpr Option kDropOptions[] = {
    {0, "explain", "REASON", "what it means and what to do about it"},
    {'a', "all", "", "reasons that did not occur too"},
};
constexpr Option kFlowOptions[] = {
    {'i', "info", "", "a second line: congestion, round-trip time, retransmissions"},
    {'l', "limit", "N", "show at most N (default 1000, at most 100000)"},
    {0, "sort", "KEY", "the largest first: bytes, rtt or age"},
};
constexpr Option kStatOptions[] = {{'a', "all", "", "counters that are zero too"}};

constexpr CommandSpec kCommands[] = {
    {"status", Operands::none, "", "one screen: ports, workers, services, drops, warnings", {}},
    {"stats", Operands::one, "[tcp|udp|ip|arp|nd|icmp]",
     "what became of the frames, and the protocols' counters", kStatOptions},
    {"drops", Operands::none, "", "why frames were refused", kDropOptions},
    {"flows", Operands::words, "[FILTER]", "TCP connections", kFlowOptions},
    {"ports", Operands::one, "[NAME]", "links, queues, traffic", {}},
    {"workers", Operands::none, "", "load of each core, cycles per packet, hand-offs", {}},
    {"services", Operands::one, "[NAME]", "who listens where, connections", {}},
    {"memory", Operands::none, "", "buffers, tables, huge pages", {}},
    {"neigh", Operands::none, "", "link-layer addresses of neighbours", {}},
    {"config", Operands::none, "", "the configuration in force and where each value is from", {}},
    {"version", Operands::none, "", "versions of weirctl and of the daemon", {}},
    {"help", Operands::one, "[COMMAND]", "this text, or a command's", {}},
};

constexpr std::string_view kFilterHelp = R"(
Filter (as in a packet that arrives, src is the peer and dst is this host):
  state STATE            established, syn-recv, fin-wait-1, close-wait, time-wait… or the bare word
  proto tcp|udp
  src, dst ADDRESS       192.0.2.1, 192.0.2.0/24, 192.0.2.1:80, :80, [2001:db8::1]:80
  sport, dport :PORT     with <, <=, !=, >=, > before the port too
  service NAME           worker N
  idle > 30s             rtt > 100ms
  and, or, not, ( )      'and' may be left out
Example: weirctl flows state established dport :80 and not src 10.0.0.0/8 --sort bytes
)";

constexpr std::string_view kExitCodes = R"(
The kernel does not see these packets: ss, tcpdump and iptables show nothing of them.
Exit codes: 0 done, 1 the daemon refused, 2 usage, 3 not running, 4 no permission, 5 timeout.
)";

template <class Matches>
const Option* find_option(const CommandSpec* command, Matches matches) {
  for (const Option& option : kGlobal) {
    if (matches(option)) return &option;
  }
  if (command == nullptr) return nullptr;
  const auto found = std::find_if(command->options.begin(), command->options.end(), matches);
  return found == command->options.end() ? nullptr : &*found;
}

// The command is the first word that is neither an option nor an option's value.
class Reader {
 public:
  explicit Reader(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Result<Invocation> read() {
    while (at_ < arguments_.size() && problem_.empty()) {
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
    if (result_.command == nullptr) result_.command = command_named("status");
    if (problem_.empty()) check_operands();
    if (!problem_.empty()) return Error{problem_};
    return std::move(result_);
  }

 private:
  void long_option(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const Option* option =
        find_option(result_.command, [&](const Option& o) { return o.name == name; });
    if (option == nullptr) {
      problem_ = fmt::format("unknown option --{}", name);
    } else if (equals != std::string::npos && option->value.empty()) {
      problem_ = fmt::format("option --{} takes no value", name);
    } else {
      set(*option,
          equals == std::string::npos ? std::nullopt : std::optional(text.substr(equals + 1)));
    }
  }

  void short_options(const std::string& letters) {
    for (std::size_t i = 0; i < letters.size() && problem_.empty(); ++i) {
      const Option* option =
          find_option(result_.command, [&](const Option& o) { return o.letter == letters[i]; });
      if (option == nullptr) {
        problem_ = fmt::format("unknown option -{}", letters[i]);
      } else if (option->value.empty() || i + 1 == letters.size()) {
        set(*option, std::nullopt);
      } else {
        return set(*option, letters.substr(i + 1));
      }
    }
  }

  void set(const Option& option, std::optional<std::string> value) {
    if (!option.value.empty() && !value) {
      if (at_ == arguments_.size()) {
        problem_ = fmt::format("option --{} needs a value: {}", option.name, option.value);
        return;
      }
      value = arguments_[at_++];
    }
    result_.options[std::string(option.name)] = value.value_or("");
  }

  void plain(const std::string& word) {
    if (result_.command == nullptr) {
      result_.command = command_named(word);
      if (result_.command == nullptr) {
        problem_ = fmt::format("unknown command '{}'", word);
      }
    } else if (word != "show" || !result_.operands.empty() ||
               result_.command->operands == Operands::words) {
      result_.operands.push_back(word);
    }
  }

  void check_operands() {
    const CommandSpec& command = *result_.command;
    const std::size_t most = command.operands == Operands::none  ? 0
                             : command.operands == Operands::one ? 1
                                                                 : result_.operands.size();
    if (result_.operands.size() > most) {
      problem_ = fmt::format("{}: '{}' is too much", command.name, result_.operands[most]);
    }
  }

  const std::vector<std::string>& arguments_;
  std::size_t at_ = 0;
  bool only_operands_ = false;
  Invocation result_;
  std::string problem_;
};

std::string option_lines(std::span<const Option> options) {
  std::string text;
  for (const Option& option : options) {
    const std::string letter = option.letter != 0 ? fmt::format("-{},", option.letter) : "   ";
    const std::string name =
        fmt::format("--{}{}{}", option.name, option.value.empty() ? "" : " ", option.value);
    text += fmt::format("  {} {:<18} {}\n", letter, name, option.help);
  }
  return text;
}

}  // namespace

std::span<const CommandSpec> commands() noexcept { return kCommands; }

const CommandSpec* command_named(std::string_view name) noexcept {
  for (const CommandSpec& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::string Invocation::get(std::string_view name, std::string otherwise) const {
  const auto found = options.find(name);
  return found == options.end() ? std::move(otherwise) : found->second;
}

Result<Invocation> parse(const std::vector<std::string>& arguments) {
  return Reader(arguments).read();
}

std::string help_text() {
  std::string text =
      "Usage: weirctl [OPTIONS] [COMMAND]\n\nAsks a running weir. Without a command: "
      "status.\n\nCommands:\n";
  for (const CommandSpec& command : kCommands) {
    const std::string name = fmt::format(
        "{}{}{}", command.name, command.operand_help.empty() ? "" : " ", command.operand_help);
    text += fmt::format("  {:<22} {}\n",
                        command.name.size() + command.operand_help.size() < 22
                            ? name
                            : fmt::format("{} …", command.name),
                        command.help);
  }
  return text + "\nOptions:\n" + option_lines(kGlobal) + std::string(kExitCodes);
}

std::string help_text(const CommandSpec& command) {
  std::string text = fmt::format("Usage: weirctl [OPTIONS] {}{}{}{}\n\n  {}\n", command.name,
                                 command.operand_help.empty() ? "" : " ", command.operand_help,
                                 command.options.empty() ? "" : " [OPTIONS]", command.help);
  if (!command.options.empty()) text += "\nOptions:\n" + option_lines(command.options);
  if (command.operands == Operands::words) text += kFilterHelp;
  return text + "\nOptions of every command: weirctl help\n";
}

}  // namespace weir::ctl
