// weirctl top: a live screen, or the same again and again as text.
#include <ostream>

#include "ctl/repeat.hpp"
#include "ctl/session.hpp"
#include "ctl/top/layout.hpp"
#include "ctl/top/live.hpp"
#include "ctl/top/look.hpp"
#include "ctl/top/report.hpp"
#include "ctl/top/tables.hpp"

namespace weir::ctl {
namespace {

std::string text_of(const top::Model& model, const top::Panel& panel, const Numbers& numbers) {
  top::Frame frame;
  frame.batch = true;
  std::string text;
  for (const top::Line& line : top::screen_of(model, panel, frame, numbers).lines) {
    text += line.text() + "\n";
  }
  return text + "\n";
}

// Each look tells of the time since the one before: the first is only something to count from.
int run_batch(Session& session, const top::Panel& panel, std::uint64_t times) {
  top::Model model;
  model.take(top::look(session, {}));
  for (std::uint64_t done = 0; times == 0 || done < times; ++done) {
    if (!pause_for(panel.delay)) break;
    model.take(top::look(session, {}));
    const bool json = session.wants_json();
    session.print(json ? top::report_of(model) : Json(),
                  json ? "" : text_of(model, panel, session.view().numbers));
    if (!session.out.flush()) break;
  }
  return kDone;
}

}  // namespace

int run_top(Session& session) {
  const Invocation& invocation = session.invocation;
  top::Panel panel;
  panel.delay = invocation.seconds("delay", panel.delay);
  const std::uint64_t times = invocation.number("count", 0);
  const bool batch = invocation.has("batch") || session.wants_json() || invocation.has("quiet");
  if (batch) return run_batch(session, panel, times);
  if (!session.surroundings.terminal) {
    throw Failure{kUsage, "usage",
                  "top needs a terminal; 'weirctl top -b -n 1' prints one look as text"};
  }
  return top::run_live(session, panel, times);
}

}  // namespace weir::ctl
