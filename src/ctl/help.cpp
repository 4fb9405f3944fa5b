#include "ctl/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/did_you_mean.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

constexpr std::size_t kWidth = 78;  // columns of running text
constexpr std::size_t kNameWidth = 14;

constexpr std::string_view kExitCodes = R"(
The kernel does not see these packets: ss, tcpdump and iptables show nothing of them.
Exit codes: 0 done, 1 the daemon refused or a check found errors, 2 usage, 3 not running,
4 no permission, 5 timeout, 6 not drained.
)";

std::string option_lines(std::span<const Option> options) {
  std::string text;
  for (const Option& option : options) {
    const std::string name = (option.letter == 0 ? "    " : "") + spelling_of(option);
    text += fmt::format("  {:<22} {}\n", name, option.help);
  }
  return text;
}

// Lines of whole words.
std::string wrapped(std::string_view text, std::string_view indent) {
  std::string lines, line;
  for (const std::string_view word : split(text)) {
    if (!line.empty() && line.size() + 1 + word.size() > kWidth - indent.size()) {
      lines += fmt::format("{}{}\n", indent, line);
      line.clear();
    }
    line += fmt::format("{}{}", line.empty() ? "" : " ", word);
  }
  return line.empty() ? lines : lines + fmt::format("{}{}\n", indent, line);
}

std::string one_command(const Command& command) {
  std::string text = fmt::format("Usage: {}\n\n  {}\n", usage_of(command), command.help);
  if (!command.description.empty()) text += "\n" + wrapped(command.description, "  ");
  if (!command.options.empty()) text += "\nOptions:\n" + option_lines(command.options);
  return text + fmt::format("\nExample: {}\n", command.example);
}

}  // namespace

std::string help_text() {
  std::string text =
      "Usage: weirctl [OPTIONS] [COMMAND]\n\n"
      "Asks a running weir and tells it what to do. Without a command: status.\n\nCommands:\n";
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    text += fmt::format("  {:<{}} {}\n", command.name, kNameWidth, command.help);
  }
  return text + "\nOptions of every command:\n" + option_lines(global_options()) +
         std::string(kExitCodes) + "More: weirctl help COMMAND, man weirctl\n";
}

std::string help_text(const Command& command) {
  std::string text = one_command(command);
  for (const Command& verb : commands()) {
    if (command.verb().empty() && &verb != &command && verb.noun() == command.name) {
      text += "\n" + one_command(verb);
    }
  }
  return text + "\nOptions of every command: weirctl help\n";
}

int run_help(Session& session) {
  const Invocation& invocation = session.invocation;
  if (invocation.has("man")) {
    session.out << manual_page();
    return kDone;
  }
  if (invocation.operands.empty()) {
    session.out << help_text();
    return kDone;
  }
  std::string name = invocation.sentence();
  if (name.ends_with(" show")) name.resize(name.size() - 5);
  const Command* about = command_named(name);
  if (about == nullptr) {
    std::vector<std::string_view> names;
    for (const Command& command : commands()) {
      if (!command.hidden) names.push_back(command.name);
    }
    throw Failure{kUsage,
                  "usage",
                  fmt::format("unknown command '{}'{}", safe(name), did_you_mean(name, names)),
                  {},
                  {names.begin(), names.end()}};
  }
  session.out << help_text(*about);
  return kDone;
}

}  // namespace weir::ctl
