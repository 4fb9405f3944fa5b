// The flight recorders' content, with all that a replay needs beside it.
#include <algorithm>
#include <new>

#include "control/commands_table.hpp"
#include "control/frame_text.hpp"
#include "control/recording_facts.hpp"
#include "control/recording_stream.hpp"

namespace weir {

namespace {

bool is_there(const std::unique_ptr<FlightRecorder>& recorder) { return recorder != nullptr; }

TakenRecorders take_recordings(EngineView& engine) try {
  TakenRecorders recorders = engine.take_recordings();
  if (recorders.empty()) {
    throw NotNow{"nothing is recorded: set memory = 16M in [recorder] and reload (weirctl reload)"};
  }
  if (std::ranges::none_of(recorders, is_there)) {
    throw NotNow{"no worker answers: they keep what they hold"};
  }
  return recorders;
} catch (const std::bad_alloc&) {
  throw NotNow{"no memory for recorders to go on with: those that there are keep what they hold"};
}

/// The numbers of the workers that did not answer.
Json missing_of(const TakenRecorders& recorders) {
  Json missing = Json::array();
  for (std::size_t w = 0; w < recorders.size(); ++w) {
    if (!is_there(recorders[w])) missing.push_back(w);
  }
  return missing;
}

}  // namespace

Reply run_record(ControlState& state, const Arguments& args) {
  EngineView& engine = state.engine;
  const bool text = args.flag("payload");
  TakenRecorders recorders = take_recordings(engine);
  const std::uint32_t frame_bytes =
      (*std::ranges::find_if(recorders, is_there))->settings().frame_bytes;
  const std::int64_t start_ns = since_1970(engine.time_at(Instant{}));
  const RecordingSums sums = sums_of(recorders);
  std::vector<std::string> interfaces;
  for (const LocalPort& port : engine.snapshot().ports) interfaces.push_back(port.info.name);
  Json facts = recording_facts(state, start_ns);
  facts["payload"] = text;
  RecordingWriter writer(start_ns, text);
  std::string opening;
  writer.begin(opening, "weir " + state.facts.version, to_line(facts), interfaces, frame_bytes);
  Json json = reply_of("record");
  json["frames"] = sums.frames;
  json["bytes"] = sums.bytes;
  json["lost_records"] = sums.torn;
  json["seconds"] = static_cast<double>((sums.last_ns - sums.first_ns) / 1'000'000) / 1000;
  json["workers"] = std::ranges::count_if(recorders, is_there);
  json["missing"] = missing_of(recorders);
  json["payload"] = text;
  return {
      to_line(json), nullptr,
      std::make_unique<RecordingStream>(std::move(opening), writer, std::move(recorders), sums)};
}

}  // namespace weir
