// The keys, as a reminder and as a page.
#include <algorithm>

#include "ctl/table.hpp"
#include "ctl/top/layout.hpp"

namespace weir::ctl::top {
namespace {

struct KeyText {
  std::string_view key, reminder, meaning;  // no reminder: it is only in the help
};

// In the order in which reminders are left out from the end.
constexpr KeyText kKeys[] = {
    {"q", "quit", "quit"},
    {"h ?", "help", "this help, and back"},
    {"s", "sort", "sort the table by its next column"},
    {"d", "delay", "seconds between two looks"},
    {"f", "flows", "connections, and back"},
    {"r", "drops", "all drop reasons, and back"},
    {"w", "workers", "all workers, and back"},
    {"p", "ports", "ports, and back"},
    {"v", "services", "all services, and back"},
    {"Tab", "table", "which table of the overview s sorts"},
    {"1", "sum", "workers one by one or as one"},
    {"Space", "pause", "stop looking, or go on"},
    {"Esc", "", "back to the overview"},
    {"Up Down", "", "scroll (also PgUp, PgDn, Home, End)"},
    {"Ctrl-L", "", "paint the screen anew"},
};
constexpr std::size_t kKeyWidth = 9;

constexpr std::string_view kText[] = {
    "Rates are those between the last two looks; a trend shows the looks before them, the newest "
    "at",
    "the right, the highest as a full column (of BUSY: 100 %).",
    "BUSY is a worker's real load: the kernel shows its CPU as used even when it only looks "
    "around.",
    "CYC/PKT are the cycles of a frame, BURST the frames that came at once, HANDOFF the share of",
    "frames that another worker received.",
};

}  // namespace

Line key_line(const Frame& frame) {
  Line line;
  for (const KeyText& key : kKeys) {
    if (key.reminder.empty()) break;
    const std::string name(key.key.substr(0, key.key == "h ?" ? 1 : key.key.size()));
    const std::size_t needed = name.size() + 1 + key.reminder.size() + (line.width() > 0 ? 2 : 0);
    if (line.width() + needed > frame.width) break;
    if (line.width() > 0) line.add(Look::plain, "  ");
    line.add(Look::strong, name).add(Look::faint, " " + std::string(key.reminder));
  }
  return line;
}

Lines help_of(const Frame& frame) {
  Lines lines{Line(Look::strong, "Keys of weirctl top"), Line()};
  for (const KeyText& key : kKeys) {
    Line line(Look::strong, std::string(key.key));
    line.fill(kKeyWidth, Look::plain);
    line.add(Look::plain, std::string(key.meaning));
    lines.push_back(line);
  }
  lines.emplace_back();
  Lines words;
  for (const std::string_view text : kText) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      words.emplace_back(Look::faint, std::string(text.substr(at, end - at)));
      at = end + 1;
    }
  }
  for (const Line& line : wrapped(words, std::min<std::size_t>(frame.width, 100), " ")) {
    lines.push_back(line);
  }
  for (Line& line : lines) line.cut(frame.width);
  return lines;
}

}  // namespace weir::ctl::top
