// Why frames were refused.
#include <fmt/format.h>

#include <algorithm>

#include "ctl/show.hpp"

namespace weir::ctl {
namespace {

std::string explained(const Json& drop, const View& view) {
  return fmt::format(
      "{}\n  now   {}/s, total {}; answered for this reason {}\n  why   {}\n  fix   {}\n",
      view.bold(safe(word(drop, "reason"))), view.numbers.count(number(drop, "per_second")),
      view.numbers.count(number(drop, "count")), view.numbers.count(number(drop, "answered")),
      safe(word(drop, "what")), safe(word(drop, "hint")));
}

std::string drop_rates(const Json& drops, const View& view) {
  std::vector<const Json*> now;
  for (const Json& drop : drops) {
    if (number(drop, "per_second") > 0) now.push_back(&drop);
  }
  std::ranges::stable_sort(now, [](const Json* a, const Json* b) {
    return number(*a, "per_second") > number(*b, "per_second");
  });
  if (now.empty()) return "nothing is being dropped\n";
  Table table({"REASON", ">PER SECOND", ">TOTAL", "WHAT"});
  for (const Json* drop : now) {
    table.row({word(*drop, "reason"), view.numbers.count(number(*drop, "per_second")),
               view.numbers.count(number(*drop, "count")), word(*drop, "what")});
  }
  return table.text(view.colour);
}

}  // namespace

std::string show_drops(const Json& reply, const View& view) {
  const Json& drops = reply.at("drops");
  if (view.invocation.has("explain")) return explained(drops.at(0), view);
  if (drops.empty()) return "no frame was refused\n";
  if (view.invocation.has("rate")) return drop_rates(drops, view);
  Table table({"REASON", ">DROPPED", ">ANSWERED", ">PER SECOND", "WHAT"});
  for (const Json& drop : drops) {
    table.row({word(drop, "reason"), view.numbers.count(number(drop, "count")),
               view.numbers.count(number(drop, "answered")),
               view.numbers.count(number(drop, "per_second")), word(drop, "what")});
  }
  return table.text(view.colour) +
         fmt::format("{} dropped; 'weirctl drops --explain REASON' says what to do\n",
                     view.numbers.count(number(reply, "total")));
}

}  // namespace weir::ctl
