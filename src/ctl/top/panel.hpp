// What the person in front of the screen has chosen, and what each key changes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir::ctl::top {

/// The tables, which are also the pages that show one of them alone.
enum class Table : std::uint8_t { workers, services, drops, ports, flows };
inline constexpr std::size_t kTables = 5;

/// Keys that are no characters.
enum class Key : std::uint8_t {
  none,
  up,
  down,
  page_up,
  page_down,
  home,
  end,
  enter,
  erase,
  escape,
  redraw
};

struct Press {
  Key key = Key::none;
  char letter = 0;  ///< of a character; neither of both: no key of ours
};

struct Panel {
  std::optional<Table> page;                 ///< none: the overview
  Table focus = Table::workers;              ///< in the overview: whose order `s` changes
  std::array<std::size_t, kTables> order{};  ///< index into orders_of
  bool help = false, paused = false, summed = false, quit = false;
  bool repaint = false;               ///< Ctrl-L: what is on the screen is not to be trusted
  bool ask = false;                   ///< for a reading at once
  double delay = 1;                   ///< seconds between readings
  std::size_t scroll = 0;             ///< of a page or the help: the first row; too far is the end
  std::optional<std::string> prompt;  ///< what has been typed as a delay
  std::string remark;                 ///< about the last key, until the next one

  /// The table that keys speak of.
  [[nodiscard]] Table table() const noexcept { return page.value_or(focus); }
  [[nodiscard]] std::string_view order_of(Table which) const noexcept;

  void press(Press press);

 private:
  void type(Press press);
  void letter(char c);
  void move(Key key);
  void show(Table which);
  void take_delay();
};

/// The titles of the columns that a table can be sorted by, the usual one first.
[[nodiscard]] std::span<const std::string_view> orders_of(Table which) noexcept;
[[nodiscard]] std::string_view name_of(Table which) noexcept;

}  // namespace weir::ctl::top
