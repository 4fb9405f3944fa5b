#include "ctl/top/panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace weir::ctl::top {
namespace {

constexpr double kLeastDelay = 0.1, kMostDelay = 3600;
constexpr std::size_t kLongestNumber = 8;
constexpr std::size_t kPageStep = 10;

constexpr std::string_view kWorkers[] = {"WORKER", "BUSY", "PPS", "FLOWS"};
constexpr std::string_view kServices[] = {"SERVICE", "CONNS", "NEW/s", "ENDED/s"};
constexpr std::string_view kDrops[] = {"PER SECOND", "TOTAL", "REASON"};
constexpr std::string_view kPorts[] = {"PORT", "RX PPS", "TX PPS", "MISSED/s"};
constexpr std::string_view kFlows[] = {"BYTES/s", "BYTES", "IDLE", "AGE"};
constexpr std::array<std::span<const std::string_view>, kTables> kOrders{kWorkers, kServices,
                                                                         kDrops, kPorts, kFlows};

std::size_t index(Table table) noexcept { return static_cast<std::size_t>(table); }

}  // namespace

std::span<const std::string_view> orders_of(Table which) noexcept { return kOrders[index(which)]; }

std::string_view name_of(Table which) noexcept {
  static constexpr std::array<std::string_view, kTables> kNames{"workers", "services", "drops",
                                                                "ports", "flows"};
  return kNames[index(which)];
}

std::string_view Panel::order_of(Table which) const noexcept {
  return orders_of(which)[order[index(which)]];
}

void Panel::press(Press press) {
  if (press.key == Key::none && press.letter == 0) return;
  remark.clear();
  if (press.key == Key::redraw) {
    repaint = true;
  } else if (prompt) {
    type(press);
  } else if (press.key != Key::none) {
    move(press.key);
  } else {
    letter(press.letter);
  }
}

void Panel::type(Press press) {
  const bool digit = (press.letter >= '0' && press.letter <= '9') || press.letter == '.';
  if (press.key == Key::enter) {
    take_delay();
  } else if (press.key == Key::escape || press.letter == 'q') {
    prompt.reset();
  } else if (press.key == Key::erase) {
    if (!prompt->empty()) prompt->pop_back();
  } else if (digit && prompt->size() < kLongestNumber) {
    *prompt += press.letter;
  }
}

void Panel::take_delay() {
  const std::string typed = std::move(*prompt);
  prompt.reset();
  if (typed.empty()) return;
  char* end = nullptr;
  const double seconds = std::strtod(typed.c_str(), &end);
  if (*end != 0 || seconds < kLeastDelay || seconds > kMostDelay) {
    remark =
        fmt::format("'{}' is no delay: from {:g} to {:g} seconds", typed, kLeastDelay, kMostDelay);
    return;
  }
  delay = seconds;
  ask = true;
}

void Panel::letter(char c) {
  const Table which = table();
  switch (c) {
    case 'q':
      quit = true;
      break;
    case 'h':
    case '?':
      help = !help;
      scroll = 0;
      break;
    case 'd':
      prompt.emplace();
      break;
    case 's':
      order[index(which)] = (order[index(which)] + 1) % orders_of(which).size();
      ask = which == Table::flows;
      remark = fmt::format("{} by {}", name_of(which), order_of(which));
      break;
    case '\t':
      page.reset();
      focus = static_cast<Table>((index(focus) + 1) % 3);
      remark = fmt::format("s sorts the {} now", name_of(focus));
      break;
    case '1':
      summed = !summed;
      remark = summed ? "all workers as one" : "one row a worker";
      break;
    case ' ':
      paused = !paused;
      ask = !paused;
      break;
    case 'w':
      show(Table::workers);
      break;
    case 'v':
      show(Table::services);
      break;
    case 'r':
      show(Table::drops);
      break;
    case 'p':
      show(Table::ports);
      break;
    case 'f':
      show(Table::flows);
      break;
    default:
      remark = "h shows what the keys do";
  }
}

// The same key once more leads back.
void Panel::show(Table which) {
  help = false;
  scroll = 0;
  if (page == which) {
    page.reset();
  } else {
    page = which;
  }
  ask = page == Table::flows;
}

// How far there is something to scroll to is the layout's matter.
void Panel::move(Key key) {
  switch (key) {
    case Key::escape:
      if (!help) page.reset();
      help = false;
      scroll = 0;
      break;
    case Key::up:
      scroll -= scroll > 0 ? 1 : 0;
      break;
    case Key::down:
      ++scroll;
      break;
    case Key::page_up:
      scroll -= std::min(scroll, kPageStep);
      break;
    case Key::page_down:
      scroll += kPageStep;
      break;
    case Key::home:
      scroll = 0;
      break;
    case Key::end:
      scroll = SIZE_MAX;
      break;
    default:
      break;
  }
}

}  // namespace weir::ctl::top
