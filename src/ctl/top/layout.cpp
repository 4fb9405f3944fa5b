#include "ctl/top/layout.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::ctl::top {
namespace {

// Lines of a screen so low that only what is most urgent is said beside the tables.
constexpr std::size_t kLow = 16;
constexpr std::size_t kMostWarnings = 2;
constexpr Table kOverview[] = {Table::workers, Table::services, Table::drops};

Screen too_small(const Frame& frame) {
  Screen screen;
  for (const std::string& text :
       {fmt::format("too small: {}x{}", frame.width, frame.height),
        fmt::format("top needs {}x{}", kLeastWidth, kLeastHeight), std::string("q quits")}) {
    if (screen.lines.size() == frame.height) break;
    Line line(Look::plain, text);
    line.cut(frame.width);
    screen.lines.push_back(line);
  }
  return screen;
}

// What is to be said at the bottom, the most urgent first.
Lines notes_of(const Model& model, const Panel& panel, const Frame& frame) {
  Lines notes;
  if (panel.prompt) {
    notes.emplace_back(Look::strong, fmt::format("seconds between looks (now {:g}): {}_",
                                                 panel.delay, *panel.prompt));
  } else if (!panel.remark.empty()) {
    notes.emplace_back(Look::strong, panel.remark);
  }
  if (!model.lost().empty()) {
    notes.emplace_back(Look::bad, "trying again: " + model.lost());
  } else if (!model.empty()) {
    const auto& warnings = model.last().warnings;
    for (std::size_t i = 0; i < std::min(warnings.size(), kMostWarnings); ++i) {
      notes.emplace_back(Look::warning, "WARN " + warnings[i]);
    }
  }
  if (frame.height < kLow && notes.size() > 1) notes.resize(1);
  Lines fitting;
  for (const Line& note : notes) {
    const std::string text =
        frame.batch ? note.text() : shortened(note.text(), frame.width, frame.ellipsis());
    fitting.emplace_back(note.pieces().front().look, text);
  }
  return fitting;
}

// How many rows each table of the overview gets; 0 leaves it out.
struct Share {
  Table table;
  Grid grid;
  std::size_t rows = 0;
  [[nodiscard]] std::size_t wanted() const noexcept {
    return std::max<std::size_t>(1, grid.rows());
  }
};

// A head and a row for as many as fit, the chosen one in any case, then row by row in turn.
void share_out(std::vector<Share>& shares, std::size_t lines, std::size_t gap, Table focus) {
  std::size_t used = 0;
  const auto enter = [&](Share& share) {
    const std::size_t needed = 2 + (used > 0 ? gap : 0);
    if (share.rows > 0 || used + needed > lines) return;
    used += needed;
    share.rows = 1;
  };
  for (Share& share : shares) {
    if (share.table == focus) enter(share);
  }
  for (Share& share : shares) enter(share);
  for (bool grew = true; grew && used < lines;) {
    grew = false;
    for (Share& share : shares) {
      if (share.rows == 0 || share.rows >= share.wanted() || used == lines) continue;
      ++share.rows;
      ++used;
      grew = true;
    }
  }
}

Lines lines_of(const Share& share, const Panel& panel, const Frame& frame) {
  Lines lines = share.grid.lines(frame, panel.order_of(share.table), 0, share.rows);
  if (share.grid.rows() == 0) lines.emplace_back(Look::faint, std::string(nothing_of(share.table)));
  if (share.rows < share.grid.rows() && share.rows > 1) {
    const std::size_t more = share.grid.rows() - share.rows + 1;
    lines.back() = Line(Look::faint, fmt::format("{} {} more", frame.ellipsis(), more));
  }
  return lines;
}

Lines overview(const Model& model, const Panel& panel, const Frame& frame, const Numbers& numbers,
               std::size_t height) {
  std::vector<Share> shares;
  for (const Table table : kOverview) {
    shares.push_back({table, grid_of(table, model, panel, numbers)});
  }
  const std::size_t gap = height > 9 ? 1 : 0;
  share_out(shares, height, gap, panel.focus);
  Lines lines;
  for (const Share& share : shares) {
    if (share.rows == 0) continue;
    if (gap > 0 && !lines.empty()) lines.emplace_back();
    for (Line& line : lines_of(share, panel, frame)) lines.push_back(std::move(line));
  }
  return lines;
}

Line caption(const Model& model, const Panel& panel, const Grid& grid, std::size_t first,
             std::size_t shown) {
  const Table table = *panel.page;
  Line line(Look::strong, std::string(name_of(table)));
  std::string text = fmt::format(" by {}", panel.order_of(table));
  if (shown < grid.rows()) {
    text += fmt::format(", {} to {} of {}", first + 1, first + shown, grid.rows());
  }
  const double matched = model.last().flows_matched;
  if (table == Table::flows && matched > static_cast<double>(grid.rows())) {
    text +=
        fmt::format(" (of {:.0f}, {})", matched,
                    panel.order_of(table) == "AGE" ? "the oldest" : "those with the most bytes");
  }
  return line.add(Look::faint, text);
}

// One table alone, which can be scrolled.
Lines page_of(const Model& model, const Panel& panel, const Frame& frame, const Numbers& numbers,
              std::size_t height, std::size_t& scroll) {
  const Table table = *panel.page;
  const Grid grid = grid_of(table, model, panel, numbers);
  const std::size_t room = frame.batch ? grid.rows() : height - std::min<std::size_t>(height, 2);
  scroll = std::min(panel.scroll, grid.rows() - std::min(grid.rows(), room));
  const std::size_t shown = std::min(room, grid.rows() - scroll);
  Lines lines{caption(model, panel, grid, scroll, shown)};
  for (Line& line : grid.lines(frame, panel.order_of(table), scroll, room)) {
    lines.push_back(std::move(line));
  }
  if (grid.rows() == 0) lines.emplace_back(Look::faint, std::string(nothing_of(table)));
  return lines;
}

Screen help_screen(const Panel& panel, const Frame& frame) {
  Lines help = help_of(frame);
  const std::size_t room = frame.height - 1;
  Screen screen;
  screen.scroll = std::min(panel.scroll, help.size() - std::min(help.size(), room));
  const auto first = help.begin() + static_cast<std::ptrdiff_t>(screen.scroll);
  const auto count = std::min(room, help.size() - screen.scroll);
  screen.lines.assign(first, first + static_cast<std::ptrdiff_t>(count));
  screen.lines.resize(room);
  screen.lines.emplace_back(Look::strong, "h or Esc leads back");
  return screen;
}

Screen full_screen(const Model& model, const Panel& panel, const Frame& frame,
                   const Numbers& numbers) {
  const std::size_t most = std::max<std::size_t>(4, frame.height / 3);
  Screen screen;
  Lines& lines = screen.lines;
  if (!model.empty()) {
    lines = head_of(model, panel, frame, numbers, frame.batch ? SIZE_MAX : most);
    if (frame.height >= kLow) lines.emplace_back();
  }
  const Lines notes = notes_of(model, panel, frame);
  const std::size_t below = notes.size() + (frame.batch ? 0 : 1);
  const std::size_t room = frame.height - std::min(frame.height, lines.size() + below);
  Lines body{Line(Look::faint, model.lost().empty() ? "asking weir" : "")};
  if (!model.empty()) {
    body = panel.page ? page_of(model, panel, frame, numbers, room, screen.scroll)
                      : overview(model, panel, frame, numbers, room);
  }
  for (Line& line : body) lines.push_back(std::move(line));
  if (frame.batch) {
    lines.emplace_back();
  } else {
    lines.resize(frame.height - below);
  }
  lines.insert(lines.end(), notes.begin(), notes.end());
  if (!frame.batch) lines.push_back(key_line(frame));
  for (Line& line : lines) line.cut(frame.width);
  return screen;
}

}  // namespace

Screen screen_of(const Model& model, const Panel& panel, const Frame& frame,
                 const Numbers& numbers) {
  if (frame.batch) {
    Frame endless = frame;
    endless.width = endless.height = 1 << 20;
    return full_screen(model, panel, endless, numbers);
  }
  if (frame.width < kLeastWidth || frame.height < kLeastHeight) return too_small(frame);
  return panel.help ? help_screen(panel, frame) : full_screen(model, panel, frame, numbers);
}

}  // namespace weir::ctl::top
