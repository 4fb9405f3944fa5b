// What was counted: verdicts, reasons, protocols.
#include <fmt/format.h>

#include <algorithm>

#include "ctl/show.hpp"

namespace weir::ctl {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) ==
                  std::tolower(static_cast<unsigned char>(b));
         });
}

std::string verdicts(const Json& reply, const View& view) {
  Table table({"WORKER", ">RECEIVED", ">ANSWERED", ">DELIVERED", ">CONSUMED", ">FORWARDED",
               ">DROPPED", ">HELD", "ADDS UP"});
  const auto add = [&](const std::string& name, const Json& json) {
    std::vector<std::string> cells{name};
    for (const char* key :
         {"received", "answered", "delivered", "consumed", "forwarded", "dropped", "held"}) {
      cells.push_back(view.numbers.count(number(json, key)));
    }
    cells.emplace_back(json.at("adds_up").get<bool>() ? "yes" : "NO");
    table.row(std::move(cells));
  };
  for (const Json& worker : reply.at("workers")) {
    add(fmt::format("{:.0f}", number(worker, "worker")), worker);
  }
  add("all", reply.at("totals"));
  return table.text(view.colour);
}

std::string explained(const Json& drop, const View& view) {
  return fmt::format("{}   {}\n  now   {}/s, total {}; answered for this reason {}\n  fix   {}\n",
                     view.bold(safe(word(drop, "reason"))), safe(word(drop, "what")),
                     view.numbers.count(number(drop, "per_second")),
                     view.numbers.count(number(drop, "count")),
                     view.numbers.count(number(drop, "answered")), safe(word(drop, "hint")));
}

}  // namespace

std::string show_stats(const Json& reply, const View& view) {
  const auto& operands = view.invocation.operands;
  Table counters({"COUNTER", ">VALUE"});
  for (const auto& [name, value] : reply.at("mib").items()) {
    const bool wanted = operands.empty() || starts_with_ignoring_case(name, operands[0]);
    const auto count = value.get<double>();
    if (wanted && (count > 0 || view.invocation.has("all"))) {
      counters.row({name, view.numbers.count(count)});
    }
  }
  std::string text = operands.empty() ? verdicts(reply, view) + "\n" : "";
  if (!counters.empty()) return text + counters.text(view.colour);
  return text + "all of these counters are zero; 'weirctl stats --all' shows them\n";
}

std::string show_drops(const Json& reply, const View& view) {
  const Json& drops = reply.at("drops");
  if (view.invocation.has("explain")) return explained(drops.at(0), view);
  if (drops.empty()) return "no frame was refused\n";
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
