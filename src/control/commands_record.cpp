// The flight recorders' content, with all that a replay needs beside it.
#include <algorithm>

#include "control/commands_table.hpp"
#include "control/frame_text.hpp"
#include "control/recording_stream.hpp"

namespace weir {
namespace {

Json ports_of(const Snapshot& snapshot) {
  Json ports = Json::array();
  for (const LocalPort& port : snapshot.ports) {
    Json states = Json::array();
    for (std::size_t i = 0; i < port.addresses.size(); ++i) {
      states.push_back(
          {{"address", to_string(port.addresses[i].address)}, {"in_use", port.in_use(i)}});
    }
    ports.push_back({{"name", port.info.name},
                     {"mac", to_string(port.info.mac)},
                     {"mtu", port.info.mtu},
                     {"addresses", std::move(states)}});
  }
  return ports;
}

Json services_of(const Snapshot& snapshot) {
  Json services = Json::array();
  for (const ServiceLimits& service : snapshot.services) {
    if (!service.retired) {
      services.push_back({{"name", service.name}, {"draining", service.draining}});
    }
  }
  return services;
}

/// What stands in the file before the frames (docs/replay.md).
Json facts_of(const ControlState& state, std::int64_t start_ns, bool text) {
  const EngineView& engine = state.engine;
  Json json = reply_of("recording");
  json["version"] = state.facts.version;
  json["layout"] = flight_layout();
  json["start_ns"] = start_ns;
  json["payload"] = text;
  json["workers"] = engine.worker_count();
  json["config"] = state.facts.config_text;
  json["ports"] = ports_of(engine.snapshot());
  json["services"] = services_of(engine.snapshot());
  return json;
}

}  // namespace

Reply run_record(ControlState& state, const Arguments& args) {
  EngineView& engine = state.engine;
  const bool text = args.flag("payload");
  TakenRecorders recorders;
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) {
    recorders.push_back(engine.take_recording(w));
  }
  const auto there = [](const auto& recorder) { return recorder != nullptr; };
  const auto found = std::find_if(recorders.begin(), recorders.end(), there);
  if (found == recorders.end()) {
    throw NotNow{"nothing is recorded: set memory = 16M in [recorder] and reload (weirctl reload)"};
  }
  const std::uint32_t frame_bytes = (*found)->settings().frame_bytes;
  const std::int64_t start_ns = since_1970(engine.time_at(Instant{}));
  const RecordingSums sums = sums_of(recorders);
  std::vector<std::string> interfaces;
  for (const LocalPort& port : engine.snapshot().ports) interfaces.push_back(port.info.name);
  RecordingWriter writer(start_ns, text);
  std::string opening;
  writer.begin(opening, "weir " + state.facts.version, to_line(facts_of(state, start_ns, text)),
               interfaces, frame_bytes);
  Json json = reply_of("record");
  json["frames"] = sums.frames;
  json["bytes"] = sums.bytes;
  json["lost_records"] = sums.torn;
  json["seconds"] = static_cast<double>((sums.last_ns - sums.first_ns) / 1'000'000) / 1000;
  json["workers"] = std::count_if(recorders.begin(), recorders.end(), there);
  json["payload"] = text;
  return {
      to_line(json), nullptr,
      std::make_unique<RecordingStream>(std::move(opening), writer, std::move(recorders), sums)};
}

}  // namespace weir
