// A table in a width that is given: first what can be shorter gets shorter, then columns are left
// out, the least important first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/top/line.hpp"
#include "ctl/top/trend.hpp"

namespace weir::ctl::top {

/// A screen to be filled; a batch is as wide and high as it needs, without trends.
struct Frame {
  std::size_t width = 80, height = 24;
  Charset charset = Charset::utf8;
  bool batch = false;

  /// What stands for the rest of a text.
  [[nodiscard]] std::string_view ellipsis() const noexcept {
    return charset == Charset::utf8 ? "…" : "~";
  }
};

struct Column {
  std::string_view title;
  enum Side : unsigned char { left, right } side = left;
  unsigned rank = 0;      ///< the highest is left out first, 0 never
  std::size_t least = 0;  ///< its text may be cut down to this; 0: it may not
  bool is_trend = false;  ///< it has no text, and takes the room that is left
};

struct Cell {
  Cell(std::string words, Look how = Look::plain) : text(std::move(words)), look(how) {}
  Cell(const char* words) : text(words) {}
  std::string text;
  Look look = Look::plain;
};

class Grid {
 public:
  explicit Grid(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// A cell for each column that is no trend. `trend` outlives the grid; `full` as in picture().
  void row(std::vector<Cell> cells, const Trend* trend = nullptr, double full = 0);
  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }

  /// The head and `count` rows from `first` on. `sorted` is the title of a column.
  [[nodiscard]] Lines lines(const Frame& frame, std::string_view sorted, std::size_t first,
                            std::size_t count) const;

 private:
  struct Row {
    std::vector<Cell> cells;  // one a column, that of a trend empty
    const Trend* trend;
    double full;
  };
  struct Fit {
    std::vector<std::size_t> widths;  // by column
    std::vector<bool> shown;
  };
  [[nodiscard]] Fit fit(const Frame& frame) const;
  [[nodiscard]] Line head(const Frame& frame, const Fit& fit, std::string_view sorted) const;
  [[nodiscard]] Line line(const Frame& frame, const Fit& fit, const Row& row) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace weir::ctl::top
