// The terminal by ncurses: lines in, keys and sizes out. It is left as it was found.
#pragma once

#include <memory>
#include <optional>

#include "ctl/top/layout.hpp"

namespace weir::ctl::top {

class Terminal {
 public:
  /// Throws Failure when there is none, or one of an unknown kind.
  explicit Terminal(bool colour);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] Frame frame() const;
  void paint(const Screen& screen);
  /// Everything is painted anew with the next screen.
  void forget();
  /// The window has another size.
  void resize();
  [[nodiscard]] std::optional<Press> next_press();  ///< none: nothing was pressed

 private:
  struct Curses;
  std::unique_ptr<Curses> curses_;
};

}  // namespace weir::ctl::top
