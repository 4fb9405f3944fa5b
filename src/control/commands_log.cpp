// The last lines of the log, and how much is written.
#include "control/commands_table.hpp"

namespace weir {

Reply run_log(ControlState& state, const Arguments& args) {
  constexpr std::uint64_t kDefaultLines = 20;
  if (const auto levels = args.text("level")) {
    const std::string before = state.log.levels();
    if (const auto set = state.log.set_levels(*levels); !set) {
      throw BadArgument{"level: " + set.error().message, {}};
    }
    state.log.write(LogLevel::warn, "control",
                    "log level " + before + " changed to " + state.log.levels());
  }
  const std::uint64_t after = args.number("after", 0, ~std::uint64_t{0});
  const auto lines = args.number("lines", kDefaultLines, Log::kKept);
  Json list = Json::array();
  Json json = reply_of("log");
  json["level"] = state.log.levels();
  // Asked first: a line that is written in between is told twice rather than never.
  json["last"] = state.log.last();
  for (const LogRecord& line : state.log.recent(after, lines)) {
    list.push_back({{"number", line.number},
                    {"time", line.time},
                    {"level", to_string(line.level)},
                    {"sub", line.subsystem},
                    {"message", line.message}});
  }
  json["lines"] = std::move(list);
  return as_reply(json);
}

}  // namespace weir
