#include "ctl/repeat.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>

#include <ctime>
#include <ostream>
#include <sstream>

#include "ctl/interrupt_mask.hpp"

namespace weir::ctl {
namespace {

constexpr std::string_view kHome = "\x1b[H", kEndOfLine = "\x1b[K\n", kEndOfScreen = "\x1b[J";
constexpr std::string_view kClear = "\x1b[2J";

// Painted over, not wiped first: no flicker. Lines that do not fit are cut by the terminal alone.
std::string painted(const std::string& text) {
  std::string screen(kHome);
  for (const char c : text) c == '\n' ? screen += kEndOfLine : screen += c;
  return screen + std::string(kEndOfScreen);
}

std::string title(const Invocation& invocation, double every) {
  return fmt::format("weirctl {}: every {:g} s, {:%H:%M:%S}; Ctrl-C ends\n\n",
                     invocation.command->name, every, fmt::localtime(std::time(nullptr)));
}

}  // namespace

bool pause_for(double seconds) {
  const sigset_t mask = mask_for_waiting();
  const auto whole = static_cast<std::time_t>(seconds);
  const timespec time{whole, static_cast<long>((seconds - static_cast<double>(whole)) * 1e9)};
  return ppoll(nullptr, 0, &time, &mask) == 0;
}

int repeat(const Invocation& invocation, Session& session, Repetition how) {
  const bool paints = session.surroundings.terminal && !session.wants_json();
  Surroundings around = session.surroundings;
  around.pager.clear();
  if (paints) session.out << kClear;
  int code = kDone;
  for (std::uint64_t done = 0;;) {
    std::ostringstream out, err;
    code = run(invocation, around, out, err);
    if (code == kInterrupted) return code;
    if (paints) {
      session.out << painted(title(invocation, how.every) + out.str() + err.str());
    } else {
      session.out << out.str();
      session.err << err.str();
    }
    session.out.flush();
    const bool hopeless = code == kUsage || (code != kDone && !paints);
    if (hopeless || !session.out || ++done == how.times || !pause_for(how.every)) return code;
  }
}

}  // namespace weir::ctl
