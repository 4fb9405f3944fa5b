// The flight recorders' content, with all that a replay needs beside it.
#include <algorithm>

#include "control/commands_table.hpp"
#include "control/frame_text.hpp"
#include "control/recording_facts.hpp"
#include "control/recording_stream.hpp"

namespace weir {

namespace {

bool is_there(const std::unique_ptr<FlightRecorder>& recorder) { return recorder != nullptr; }

TakenRecorders take_recordings(EngineView& engine) {
  auto taken = engine.take_recordings();
  if (!taken) {
    throw NotNow{"no memory for recorders to go on with: " + taken.error().message +
                 "; those that there are keep what they hold"};
  }
  TakenRecorders recorders = std::move(taken).value();
  if (recorders.empty()) {
    throw NotNow{"nothing is recorded: set memory = 16M in [recorder] and reload (weirctl reload)"};
  }
  if (std::ranges::none_of(recorders, is_there)) {
    throw NotNow{"no worker answers: they keep what they hold"};
  }
  return recorders;
}

/// The numbers of the workers that did not answer.
Json missing_of(const TakenRecorders& recorders) {
  Json missing = Json::array();
  for (std::size_t w = 0; w < recorders.size(); ++w) {
    if (!is_there(recorders[w])) missing.push_back(w);
  }
  return missing;
}

// What may fail comes before the taking.
std::shared_ptr<KeptRecording> take_recording(ControlState& state) {
  auto recording = std::make_shared<KeptRecording>();
  recording->start_ns = since_1970(state.engine.time_at(Instant{}));
  recording->facts = recording_facts(state, recording->start_ns);
  for (const LocalPort& port : state.engine.snapshot().ports) {
    recording->interfaces.push_back(port.info.name);
  }
  recording->recorders = take_recordings(state.engine);
  recording->sums = sums_of(recording->recorders);
  return recording;
}

bool is_on(const std::shared_ptr<KeptRecording>& recording, KeptRecording::Way way) {
  return recording != nullptr && recording->way == way;
}

}  // namespace

Reply run_record(ControlState& state, const Arguments& args) {
  const bool text = args.flag("payload");
  if (is_on(state.recording, KeptRecording::Way::leaves)) {
    throw NotNow{"another weirctl record runs: one at a time"};
  }
  const bool kept = is_on(state.recording, KeptRecording::Way::waits);
  if (!kept) state.recording = take_recording(state);
  const KeptRecording& recording = *state.recording;
  const RecordingSums& sums = recording.sums;
  Json json = reply_of("record");
  json["frames"] = sums.frames;
  json["bytes"] = sums.bytes;
  json["lost_records"] = sums.torn;
  json["seconds"] = static_cast<double>((sums.last_ns - sums.first_ns) / 1'000'000) / 1000;
  json["workers"] = std::ranges::count_if(recording.recorders, is_there);
  json["missing"] = missing_of(recording.recorders);
  json["payload"] = text;
  json["kept"] = kept;
  return {to_line(json), nullptr, std::make_unique<RecordingStream>(state.recording, text)};
}

}  // namespace weir
