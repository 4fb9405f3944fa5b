// weirctl watch COMMAND: a command line within the command line.
#include <ostream>

#include "ctl/repeat.hpp"

namespace weir::ctl {

int run_watch(Session& session) {
  const Invocation& outer = session.invocation;
  auto parsed = parse(outer.operands);
  if (!parsed) throw Failure{kUsage, "usage", parsed.error().message, {}, parsed.error().accepted};
  Invocation inner = std::move(parsed).value();
  if (inner.command->streams) {
    throw Failure{kUsage, "usage",
                  "watch: " + std::string(inner.command->name) + " cannot be repeated"};
  }
  const double every = outer.seconds("watch", inner.seconds("watch", 2));
  for (const auto& [name, value] : outer.options) {
    if (name != "count") inner.options.try_emplace(name, value);
  }
  inner.options.erase("watch");
  return repeat(inner, session, {every, outer.number("count", 0)});
}

}  // namespace weir::ctl
