#include "ctl/top/grid.hpp"

#include <algorithm>
#include <numeric>

#include "ctl/table.hpp"

namespace weir::ctl::top {
namespace {

constexpr std::size_t kGap = 2;

std::string blanks(std::size_t count) { return std::string(count, ' '); }

}  // namespace

void Grid::row(std::vector<Cell> cells, const Trend* trend, double full) {
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].is_trend) cells.insert(cells.begin() + static_cast<std::ptrdiff_t>(c), "");
  }
  rows_.push_back({std::move(cells), trend, full});
}

Grid::Fit Grid::fit(const Frame& frame) const {
  Fit fit;
  std::vector<std::size_t> natural;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const Column& column = columns_[c];
    std::size_t wide = width(column.title);
    for (const Row& row : rows_) wide = std::max(wide, width(row.cells[c].text));
    const bool elastic = column.least > 0 && !frame.batch;
    natural.push_back(column.is_trend ? Trend::kMost : wide);
    fit.widths.push_back(column.is_trend ? column.least
                         : elastic ? std::min(wide, std::max(column.least, width(column.title)))
                                   : wide);
    fit.shown.push_back(!(column.is_trend && frame.batch));
  }
  const auto used = [&] {
    std::size_t sum = 0;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (fit.shown[c]) sum += fit.widths[c] + (sum > 0 ? kGap : 0);
    }
    return sum;
  };
  while (!frame.batch && used() > frame.width) {
    std::size_t worst = 0;
    for (std::size_t c = 1; c < columns_.size(); ++c) {
      if (fit.shown[c] && (!fit.shown[worst] || columns_[c].rank > columns_[worst].rank)) worst = c;
    }
    if (columns_[worst].rank == 0) break;  // the line is cut
    fit.shown[worst] = false;
  }
  // Texts come before trends: a word that is cut says less than a short trend.
  for (const bool trends : {false, true}) {
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (!fit.shown[c] || columns_[c].is_trend != trends || frame.batch) continue;
      const std::size_t room = frame.width - std::min(frame.width, used());
      fit.widths[c] += std::min(room, natural[c] - fit.widths[c]);
    }
  }
  return fit;
}

Line Grid::head(const Frame& frame, const Fit& fit, std::string_view sorted) const {
  Line line;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (!fit.shown[c]) continue;
    const Column& column = columns_[c];
    if (line.width() > 0) line.add(Look::title, blanks(kGap));
    const std::size_t pad = fit.widths[c] - std::min(fit.widths[c], width(column.title));
    if (column.side == Column::right) line.add(Look::title, blanks(pad));
    line.add(column.title == sorted ? Look::sorted : Look::title, std::string(column.title));
    if (column.side == Column::left) line.add(Look::title, blanks(pad));
  }
  if (!frame.batch) {
    line.cut(frame.width);
    line.fill(frame.width, Look::title);
  }
  return line;
}

Line Grid::line(const Frame& frame, const Fit& fit, const Row& row) const {
  Line line;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (!fit.shown[c]) continue;
    if (line.width() > 0) line.add(Look::plain, blanks(kGap));
    const std::size_t wide = fit.widths[c];
    if (columns_[c].is_trend) {
      const std::string picture =
          row.trend != nullptr ? row.trend->picture(wide, frame.charset, row.full) : blanks(wide);
      line.add(Look::picture, picture);
      continue;
    }
    const Cell& cell = row.cells[c];
    const std::string text = shortened(cell.text, wide, frame.ellipsis());
    const std::string pad = blanks(wide - std::min(wide, width(text)));
    if (columns_[c].side == Column::right) line.add(Look::plain, pad);
    line.add(cell.look, text);
    if (columns_[c].side == Column::left) line.add(Look::plain, pad);
  }
  if (!frame.batch) line.cut(frame.width);
  return line;
}

Lines Grid::lines(const Frame& frame, std::string_view sorted, std::size_t first,
                  std::size_t count) const {
  const Fit fits = fit(frame);
  Lines lines{head(frame, fits, sorted)};
  const std::size_t end = std::min(rows_.size(), first + std::min(count, rows_.size()));
  for (std::size_t r = first; r < end; ++r) lines.push_back(line(frame, fits, rows_[r]));
  return lines;
}

}  // namespace weir::ctl::top
