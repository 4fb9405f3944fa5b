// Columns that line up, and numbers that people read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::ctl {

/// Cells are never cut off: a pipe wants them whole.
class Table {
 public:
  /// A title that begins with '>' is a column of numbers, set to the right.
  explicit Table(const std::vector<std::string_view>& titles);

  void row(std::vector<std::string> cells);
  /// A line of its own below the last row.
  void note(std::string text);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// `bold_titles`: for a terminal.
  [[nodiscard]] std::string text(bool bold_titles) const;

 private:
  struct Column {
    std::string title;
    bool right;
  };
  struct Row {
    std::vector<std::string> cells;
    std::vector<std::string> notes;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

/// Columns that a terminal gives to the text: UTF-8 continuation bytes count nothing.
[[nodiscard]] std::size_t width(std::string_view text) noexcept;
/// Text from outside, fit for a terminal: control bytes are shown as '?'.
[[nodiscard]] std::string safe(std::string_view text);

/// Numbers as asked for by -n.
class Numbers {
 public:
  explicit Numbers(bool exact) noexcept : exact_(exact) {}
  [[nodiscard]] std::string count(double value) const;  ///< 999, 1.21M
  [[nodiscard]] std::string bytes(double value) const;  ///< 412B, 88.1K, by 1024
  [[nodiscard]] std::string bits(double value) const;   ///< 8.9G, by 1000

 private:
  bool exact_;
};

/// "2.1s", "14s", "4m10s", "3h04m", "3d04h".
[[nodiscard]] std::string age(double seconds);
/// "3d 04:11", "00:12:07".
[[nodiscard]] std::string uptime(double seconds);
/// "340us", "9.4ms", "2.1s".
[[nodiscard]] std::string microseconds(double us);

}  // namespace weir::ctl
