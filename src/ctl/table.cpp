#include "ctl/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace weir::ctl {
namespace {

std::string padded(std::string_view text, std::size_t to, bool right) {
  const std::string blanks(to - std::min(to, width(text)), ' ');
  return right ? blanks + std::string(text) : std::string(text) + blanks;
}

// Three digits tell enough: 1.21M, 12.1M, 121M.
std::string scaled(double value, double base, std::string_view smallest) {
  static constexpr std::string_view kUnits = "kMGTPE";
  if (value < base) {
    return value == std::floor(value) || value >= 10 ? fmt::format("{:.0f}{}", value, smallest)
                                                     : fmt::format("{:.1f}{}", value, smallest);
  }
  std::size_t unit = 0;
  value /= base;
  // 999.6 would be printed as 1000.
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= base;
    ++unit;
  }
  const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", value, digits, kUnits[unit]);
}

std::string exact_number(double value) {
  return value == std::floor(value) ? fmt::format("{:.0f}", value) : fmt::format("{:.2f}", value);
}

}  // namespace

std::size_t width(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string safe(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return result;
}

Table::Table(const std::vector<std::string_view>& titles) {
  for (std::string_view title : titles) {
    const bool right = title.starts_with('>');
    columns_.push_back({std::string(right ? title.substr(1) : title), right});
  }
}

void Table::row(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = safe(cell);
  cells.resize(columns_.size());
  rows_.push_back({std::move(cells), {}});
}

void Table::note(std::string text) { rows_.back().notes.push_back(safe(text)); }

std::string Table::text(bool bold_titles) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(width(columns_[c].title));
    for (const Row& row : rows_) widths[c] = std::max(widths[c], width(row.cells[c]));
  }
  const auto line = [&](auto cell_of) {
    std::string text;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (c > 0) text += "  ";
      text += padded(cell_of(c), widths[c], columns_[c].right);
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
  };
  std::string text = line([&](std::size_t c) { return columns_[c].title; });
  if (bold_titles) text = "\x1b[1m" + text + "\x1b[0m";
  text += '\n';
  for (const Row& row : rows_) {
    text += line([&](std::size_t c) { return row.cells[c]; }) + '\n';
    for (const std::string& note : row.notes) text += "      " + note + '\n';
  }
  return text;
}

std::string Numbers::count(double value) const {
  return exact_ ? exact_number(value) : scaled(value, 1000, "");
}

std::string Numbers::bytes(double value) const {
  if (exact_) return exact_number(value);
  std::string text = scaled(value, 1024, "B");
  std::replace(text.begin(), text.end(), 'k', 'K');
  return text;
}

std::string Numbers::bits(double value) const {
  return exact_ ? exact_number(value) : scaled(value, 1000, "");
}

std::string age(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f}s", seconds);
  const auto s = static_cast<std::uint64_t>(seconds);
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
  return fmt::format("{}d{:02}h", s / 86400, s / 3600 % 24);
}

std::string uptime(double seconds) {
  const auto s = static_cast<std::uint64_t>(seconds);
  if (s < 86400) return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}d {:02}:{:02}", s / 86400, s / 3600 % 24, s / 60 % 60);
}

std::string microseconds(double us) {
  if (us < 1000) return fmt::format("{:.0f}us", us);
  if (us < 10'000) return fmt::format("{:.1f}ms", us / 1000);
  if (us < 1'000'000) return fmt::format("{:.0f}ms", us / 1000);
  return fmt::format("{:.1f}s", us / 1'000'000);
}

}  // namespace weir::ctl
