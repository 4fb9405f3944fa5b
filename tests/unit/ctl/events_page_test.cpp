// The table of events: each is told somewhere, and docs/events.md, which is made from it, is as it
// says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "control/log_line.hpp"

namespace weir {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string events_page() {
  std::ostringstream page;
  page
      << "# What the log tells\n\n"
         "A line an event. Its name stands in `event=`, in JSON under `event`, and stays: alert on "
         "it, not\non the words. docs/control.md says what a line looks like.\n\n"
         "Made from `src/control/events.def`; `WEIR_WRITE_DOCS=1 "
         "build/tests/unit/ctl/test-control-server`\nwrites it anew.\n\n"
         "| event | sub | level | says | means | lines a second |\n|---|---|---|---|---|---|\n";
  for (const LogEventText& event : kLogEvents) {
    page << "| `" << event.name << "` | " << event.subsystem << " | " << to_string(event.level)
         << " | " << event.message << " | " << event.meaning << " | "
         << (event.per_second == 0 ? "all" : std::to_string(event.per_second)) << " |\n";
  }
  return page.str();
}

TEST(EventsPage, IsWhatTheTableSays) {
  const std::string path = WEIR_SOURCE_ROOT "/docs/events.md";
  if (std::getenv("WEIR_WRITE_DOCS") != nullptr) std::ofstream(path) << events_page();
  EXPECT_EQ(text_of(path), events_page());
}

TEST(Events, AreAllTold) {
  std::string source;
  for (const auto& file : std::filesystem::recursive_directory_iterator(WEIR_SOURCE_ROOT "/src")) {
    const auto kind = file.path().extension();
    if (kind == ".cpp" || kind == ".hpp") source += text_of(file.path());
  }
  for (const LogEventText& event : kLogEvents) {
    const std::string use = "LogEvent::" + std::string(event.name);
    bool used = false;
    for (std::size_t at = source.find(use); at != std::string::npos && !used;
         at = source.find(use, at + 1)) {
      const char next = source[at + use.size()];
      used = next != '_' && std::isalnum(static_cast<unsigned char>(next)) == 0;
    }
    EXPECT_TRUE(used) << event.name;
  }
}

TEST(Events, HaveNamesOfOneShape) {
  std::set<std::string_view> names;
  for (const LogEventText& event : kLogEvents) {
    EXPECT_TRUE(names.insert(event.name).second) << event.name;
    EXPECT_TRUE(std::all_of(event.name.begin(), event.name.end(), [](char c) {
      return c == '_' || (c >= 'a' && c <= 'z');
    })) << event.name;
    EXPECT_FALSE(event.message.empty() || event.meaning.empty()) << event.name;
  }
}

}  // namespace
}  // namespace weir
