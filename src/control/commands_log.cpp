// The last lines of the log, and how much is written.
#include "control/commands_table.hpp"
#include "control/log_json.hpp"

namespace weir {

Reply run_log(ControlState& state, const Arguments& args) {
  constexpr std::uint64_t kDefaultLines = 20;
  if (const auto levels = args.text("level")) {
    const std::string before = state.log.levels();
    if (const auto set = state.log.set_levels(*levels); !set) {
      throw BadArgument{"level: " + set.error().message, {}};
    }
    state.log.write(LogEvent::log_level, {{"before", before}, {"now", state.log.levels()}});
  }
  const std::uint64_t after = args.number("after", 0, ~std::uint64_t{0});
  const auto lines = args.number("lines", kDefaultLines, Log::kKept);
  Json list = Json::array();
  Json json = reply_of("log");
  json["level"] = state.log.levels();
  // Asked first: a line that is written in between is told twice rather than never.
  json["last"] = state.log.last();
  for (const LogRecord& line : state.log.recent(after, lines)) {
    Json fields = Json::object();
    for (const LogField& field : line.fields) fields[field.name] = to_json(field);
    list.push_back({{"number", line.number},
                    {"time", log_time(line.at)},
                    {"level", to_string(line.level)},
                    {"sub", text(line.event).subsystem},
                    {"event", text(line.event).name},
                    {"message", printable_line(line.message)},
                    {"fields", std::move(fields)}});
  }
  json["lines"] = std::move(list);
  return as_reply(json);
}

}  // namespace weir
