#include "ctl/top/terminal.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <cstdlib>
#include <string_view>

#include "ctl/failure.hpp"
// Last: it defines macros of many short names.
#include <curses.h>

namespace weir::ctl::top {
namespace {

// Colour pairs by number.
enum Pair : short { kNoPair, kGood, kWarning, kBad, kPicture };

using Attributes = std::array<attr_t, kLooks>;

Attributes attributes(bool colour) {
  const auto pair = [colour](Pair which) -> attr_t {
    return colour ? COLOR_PAIR(which) : attr_t{A_NORMAL};
  };
  Attributes all{};
  const auto set = [&all](Look look, attr_t to) { all[static_cast<std::size_t>(look)] = to; };
  set(Look::strong, A_BOLD);
  set(Look::faint, A_DIM);
  set(Look::title, A_REVERSE);
  set(Look::sorted, A_REVERSE | A_BOLD | A_UNDERLINE);
  set(Look::good, pair(kGood) | A_BOLD);
  set(Look::warning, pair(kWarning) | A_BOLD);
  set(Look::bad, pair(kBad) | A_BOLD);
  set(Look::picture, pair(kPicture));
  return all;
}

// The terminal's own background stays.
bool set_up_colours() {
  if (!has_colors() || start_color() == ERR || use_default_colors() == ERR) return false;
  init_pair(kGood, COLOR_GREEN, -1);
  init_pair(kWarning, COLOR_YELLOW, -1);
  init_pair(kBad, COLOR_RED, -1);
  init_pair(kPicture, COLOR_CYAN, -1);
  return true;
}

Failure no_terminal(const char* why) {
  return {kUsage, "usage",
          std::string(why) + "; 'weirctl top -b -n 1' prints one look at the daemon as text"};
}

Key key_of(int code) {
  switch (code) {
    case KEY_UP:
      return Key::up;
    case KEY_DOWN:
      return Key::down;
    case KEY_PPAGE:
      return Key::page_up;
    case KEY_NPAGE:
      return Key::page_down;
    case KEY_HOME:
      return Key::home;
    case KEY_END:
      return Key::end;
    case KEY_ENTER:
    case '\n':
    case '\r':
      return Key::enter;
    case KEY_BACKSPACE:
    case 0x7f:
    case 0x08:
      return Key::erase;
    case 0x1b:
      return Key::escape;
    case 0x0c:  // Ctrl-L
      return Key::redraw;
    default:
      return Key::none;
  }
}

}  // namespace

struct Terminal::Curses {
  SCREEN* screen = nullptr;
  Attributes looks{};
  Charset charset = Charset::ascii;
};

Terminal::Terminal(bool colour) : curses_(std::make_unique<Curses>()) {
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
    throw no_terminal("top needs a terminal");
  }
  // Characters alone: numbers stay as they are everywhere.
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(nl_langinfo(CODESET)) == "UTF-8") curses_->charset = Charset::utf8;
  // Unlike initscr it returns when it cannot.
  curses_->screen = newterm(nullptr, stdout, stdin);
  if (curses_->screen == nullptr) {
    const char* kind = std::getenv("TERM");
    throw no_terminal(kind == nullptr ? "TERM is not set" : "the terminal of TERM is unknown");
  }
  curses_->looks = attributes(colour && set_up_colours());
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  set_escdelay(25);
  curs_set(0);
}

Terminal::~Terminal() {
  curs_set(1);
  endwin();
  delscreen(curses_->screen);
}

Frame Terminal::frame() const {
  return {static_cast<std::size_t>(COLS), static_cast<std::size_t>(LINES), curses_->charset};
}

void Terminal::paint(const Screen& screen) {
  werase(stdscr);
  for (std::size_t y = 0; y < screen.lines.size(); ++y) {
    wmove(stdscr, static_cast<int>(y), 0);
    for (const Piece& piece : screen.lines[y].pieces()) {
      wattrset(stdscr, static_cast<int>(curses_->looks[static_cast<std::size_t>(piece.look)]));
      waddstr(stdscr, piece.text.c_str());
    }
  }
  wattrset(stdscr, A_NORMAL);
  wrefresh(stdscr);
}

void Terminal::forget() { clearok(stdscr, TRUE); }

void Terminal::resize() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) resizeterm(size.ws_row, size.ws_col);
  forget();
}

std::optional<Press> Terminal::next_press() {
  const int code = wgetch(stdscr);
  if (code == ERR) return std::nullopt;
  if (const Key key = key_of(code); key != Key::none) return Press{key, 0};
  return Press{Key::none, code < 0x80 ? static_cast<char>(code) : char{0}};
}

}  // namespace weir::ctl::top
