#include "control/frame_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "capture/describe.hpp"

namespace weir {
namespace {

/// The service that listens where the frame was sent to.
std::string service_of(std::span<const std::uint8_t> bytes, const Snapshot& snapshot) {
  const auto ends = ends_of(bytes);
  if (!ends || ends->destination_port == 0) return "";
  constexpr std::uint8_t kUdp = 17;
  const Transport transport = ends->protocol == kUdp ? Transport::udp : Transport::tcp;
  const std::uint16_t local =
      snapshot.listeners.find(transport, ends->destination, ends->destination_port);
  if (local == kNoListener) return "";
  return snapshot.services[snapshot.listeners[local].service].name;
}

Json steps_of(const FrameRecord& head, double cycles_per_second) {
  Json steps = Json::array();
  const auto add = [&](std::string_view name, std::uint64_t at) {
    if (at == 0) return;
    const double ns = static_cast<double>(at - head.begun) * 1e9 / cycles_per_second;
    steps.push_back({{"step", name}, {"ns", static_cast<std::uint64_t>(ns)}});
  };
  add("parsed", head.parsed);
  add("looked_up", head.looked_up);
  add("done", head.done);
  return steps;
}

Json counters_of(const FrameRecordView& record) {
  Json counters = Json::object();
  for (std::size_t i = 0; i < record.head.steps; ++i) {
    const CounterStep step = record.step(i);
    counters[std::string(kMibTexts[step.counter].name)] = step.by;
  }
  return counters;
}

void add_outcome(Json& json, const Outcome& outcome) {
  json["verdict"] = to_string(outcome.verdict);
  if (outcome.has_reason) json["reason"] = text(outcome.reason).name;
}

}  // namespace

std::string time_text(std::int64_t ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                     fmt::gmtime(static_cast<std::time_t>(ns / kSecond)), ns % kSecond / 1000);
}

std::string comment_of(const CapturedFrame& frame) {
  const FrameRecord& head = frame.record.head;
  if (head.direction == Direction::sent) return "";
  const Observation& what = head.what;
  std::string comment = fmt::format("verdict={}", to_string(what.outcome.verdict));
  if (what.outcome.has_reason) comment += fmt::format(" reason={}", text(what.outcome.reason).name);
  if (what.flow != kNoFlow) {
    comment += fmt::format(" flow={}.{} state={}", frame.worker, what.flow, to_string(what.before));
    if (what.after != what.before) comment += fmt::format("->{}", to_string(what.after));
  }
  return comment;
}

Json frame_json(const CapturedFrame& frame, const EngineView& engine) {
  const FrameRecord& head = frame.record.head;
  const bool received = head.direction == Direction::received;
  const Snapshot& snapshot = engine.snapshot();
  Json json = reply_of("frame");
  json["time"] = time_text(frame.time_ns);
  json["time_ns"] = frame.time_ns;
  json["worker"] = frame.worker;
  json["cpu"] = engine.cpu(frame.worker);
  json["port"] = snapshot.ports[head.port].info.name;
  json["direction"] = received ? "received" : "sent";
  json["length"] = head.length;
  json["summary"] = describe(frame.record.bytes());
  if (!received) return json;
  add_outcome(json, head.what.outcome);
  if (const std::string service = service_of(frame.record.bytes(), snapshot); !service.empty()) {
    json["service"] = service;
  }
  if (head.what.flow != kNoFlow) {
    json["flow"] = head.what.flow;
    json["state_before"] = to_string(head.what.before);
    json["state_after"] = to_string(head.what.after);
  }
  if (head.room_for_steps == 0) return json;
  json["sent"] = head.what.sent;
  json["steps"] = steps_of(head, engine.cycles_per_second());
  json["counters"] = counters_of(frame.record);
  return json;
}

Json refused_json(const RefusedFrame& frame, std::uint16_t worker, const EngineView& engine) {
  const std::span<const std::uint8_t> bytes(frame.bytes.data(), frame.captured);
  const std::int64_t ns = since_1970(engine.time_at(frame.at));
  Json json = Json::object();
  json["time"] = time_text(ns);
  json["time_ns"] = ns;
  json["worker"] = worker;
  json["port"] = engine.snapshot().ports[frame.port].info.name;
  json["length"] = frame.length;
  json["summary"] = describe(bytes);
  add_outcome(json, frame.outcome);
  return json;
}

}  // namespace weir
