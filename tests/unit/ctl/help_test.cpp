// The table of commands as help and as a manual page.
#include "ctl/help.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "control/log_event.hpp"
#include "fake_daemon.hpp"
#include "support/manual.hpp"

namespace weir::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(CtlHelp, ListsEveryCommandAndOption) {
  const std::string all = help_text();
  for (const Command& command : commands()) {
    const auto line = "\n  " + std::string(command.name) + " ";
    EXPECT_EQ(all.find(line) != std::string::npos, !command.hidden) << command.name;
    for (const Option& option : command.options) {
      EXPECT_THAT(help_text(command), HasSubstr("--" + std::string(option.name)));
    }
    EXPECT_THAT(help_text(command), HasSubstr(std::string(command.example)));
  }
  for (const Option& option : global_options()) {
    EXPECT_THAT(all, HasSubstr(spelling_of(option)));
  }
}

TEST(CtlHelp, OfTheLogNamesItsSubsystems) {
  const auto log = std::ranges::find(commands(), "log", &Command::name);
  for (const LogEventText& event : kLogEvents) {
    EXPECT_THAT(help_text(*log), HasSubstr(std::string(event.subsystem))) << event.name;
  }
}

TEST(CtlHelp, FitsATerminal) {
  for (const Command& command : commands()) {
    const std::string text = help_text(command);
    for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      EXPECT_LE(end - at, 100u) << text.substr(at, end - at);
    }
  }
}

// mandoc's linter knows mdoc(7) better than we do.
TEST(CtlManual, IsCleanMdoc) {
  TemporaryDirectory directory;
  const std::string page = directory.path() + "/weirctl.1";
  std::ofstream(page) << manual_page();

  EXPECT_EQ(mandoc_complaints(page), "");
  const ProgramOutcome text = run_program("mandoc -T ascii " + page + " | col -b 2>/dev/null");
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    EXPECT_THAT(text.out, HasSubstr(std::string(command.help))) << command.name;
  }
}

}  // namespace
}  // namespace weir::ctl
