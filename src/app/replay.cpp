#include "app/replay.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "app/daemon.hpp"
#include "app/replay_setting.hpp"
#include "capture/describe.hpp"
#include "capture/recording.hpp"
#include "control/frame_text.hpp"
#include "control/json.hpp"
#include "replay/player.hpp"

namespace weir {
namespace {

using Fate = ReplayedFrame::Fate;

std::string_view to_string(Fate fate) noexcept {
  constexpr std::string_view kNames[] = {"same", "differs", "other_worker", "no_room", "unknown"};
  return kNames[static_cast<std::size_t>(fate)];
}

std::string words_of(const Outcome& outcome) {
  std::string words(to_string(outcome.verdict));
  if (outcome.has_reason) words += fmt::format(" ({})", text(outcome.reason).name);
  return words;
}

std::string judgement(const ReplayedFrame& frame) {
  switch (frame.fate) {
    case Fate::same:
      return words_of(frame.now);
    case Fate::differs:
      return fmt::format("{}; DIFFERS, in life: {}", words_of(frame.now),
                         words_of(frame.life.outcome));
    case Fate::other:
      return "another worker had it";
    case Fate::no_room:
      return fmt::format("left out: {} in life", words_of(frame.life.outcome));
    case Fate::unknown:
      break;
  }
  return "unknown";
}

Json outcome_json(const Outcome& outcome) {
  Json json;
  json["verdict"] = to_string(outcome.verdict);
  json["reason"] = outcome.has_reason ? Json(text(outcome.reason).name) : Json();
  return json;
}

/// Writes one worker's story.
class Printer final : public ReplaySink {
 public:
  Printer(const ReplaySetting& setting, bool json, std::ostream& out)
      : setting_(setting), json_(json), out_(out) {}

  void begin_worker(std::size_t worker) { worker_ = worker; }

  void received(const ReplayedFrame& frame) override {
    if (!json_) return line(frame.at, "in ", frame.bytes, "   [" + judgement(frame) + "]");
    Json json = begin(frame.at, "received", frame.life.port, frame.bytes);
    json["length"] = frame.life.length;
    json["fate"] = to_string(frame.fate);
    json["life"] = frame.life.has_verdict() ? outcome_json(frame.life.outcome) : Json();
    const bool run = frame.fate == Fate::same || frame.fate == Fate::differs;
    json["replay"] = run ? outcome_json(frame.now) : Json();
    out_ << to_line(json) << '\n';
  }
  void sent(Instant at, std::uint8_t port, std::span<const std::uint8_t> bytes) override {
    if (!json_) return line(at, "out", bytes, "");
    Json json = begin(at, "sent", port, bytes);
    json["length"] = bytes.size();
    out_ << to_line(json) << '\n';
  }

 private:
  [[nodiscard]] std::int64_t time_of(Instant at) const {
    return setting_.start_ns + at.since_start().count();
  }
  void line(Instant at, std::string_view way, std::span<const std::uint8_t> bytes,
            std::string_view end) {
    const std::string time = time_text(time_of(at));
    constexpr std::size_t kDate = 11, kClock = 15;  // "2026-01-31T", "12:00:00.123456"
    out_ << fmt::format("{} w{} {} {}{}\n", time.substr(kDate, kClock), worker_, way,
                        describe(bytes), end);
  }
  Json begin(Instant at, std::string_view direction, std::uint8_t port,
             std::span<const std::uint8_t> bytes) {
    Json json = reply_of("replayed_frame");
    json["time"] = time_text(time_of(at));
    json["time_ns"] = time_of(at);
    json["worker"] = worker_;
    const auto& ports = setting_.snapshot.ports;
    json["port"] = port < ports.size() ? Json(ports[port].info.name) : Json();
    json["direction"] = direction;
    json["summary"] = describe(bytes);
    return json;
  }

  const ReplaySetting& setting_;
  bool json_;
  std::ostream& out_;
  std::size_t worker_ = 0;
};

Result<std::vector<std::uint8_t>> read_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) return Error{std::strerror(errno)};
  return std::vector<std::uint8_t>(std::istreambuf_iterator<char>(file), {});
}

std::uint32_t longest_frame(const Recording& recording, const ReplaySetting& setting) {
  std::uint32_t longest = 0;
  for (const LocalPort& port : setting.snapshot.ports) {
    longest = std::max<std::uint32_t>(longest, port.info.mtu);
  }
  for (const auto& records : recording.workers) {
    FlightReader reader(records);
    FlightRecord record;
    while (reader.next(record)) {
      if (record.kind == FlightKind::frame) {
        longest = std::max(longest, record.as<FrameFacts>().length);
      }
    }
  }
  return longest;
}

void print_sums(const ReplaySums& sum, bool complete, bool json, std::ostream& out) {
  if (json) {
    Json end = reply_of("replay_end");
    end["frames"] = sum.frames;
    end["same"] = sum.same;
    end["differ"] = sum.differ;
    end["left_out"] = sum.left_out;
    end["connections"] = sum.connections;
    end["unknown_connections"] = sum.unknown_connections;
    end["complete"] = complete;
    out << to_line(end) << '\n';
    return;
  }
  out << fmt::format("{} frames: {} as in life, {} not", sum.frames, sum.same, sum.differ);
  if (sum.left_out != 0) out << fmt::format(", {} left out", sum.left_out);
  out << fmt::format("; {} connections were open before\n", sum.connections);
  if (sum.unknown_connections != 0) {
    out << fmt::format("{} connections could not be made again: their frames meet none\n",
                       sum.unknown_connections);
  }
  if (!complete) out << "the file was cut off: there were more\n";
}

}  // namespace

int run_replay(const std::string& name, bool json) {
  const auto file = read_file(name);
  if (!file) return fail("cannot read " + name + ": " + file.error().message, EX_NOINPUT);
  auto recording = read_recording(file.value());
  if (!recording) {
    return fail("cannot replay " + name + ": " + recording.error().message, EX_DATAERR);
  }
  auto setting = replay_setting(recording->facts);
  if (!setting) {
    return fail("cannot replay " + name + ": " + setting.error().message, EX_DATAERR);
  }
  const WallClock clock;
  Printer printer(setting.value(), json, std::cout);
  ReplaySums sum;
  constexpr std::uint32_t kRoomForHeaders = 256;
  for (std::size_t w = 0; w < recording->workers.size(); ++w) {
    printer.begin_worker(w);
    Player player(
        {.snapshot = setting->snapshot,
         .services = services_of(setting.value(), clock),
         .learning_takes = 1ms,
         .frame_bytes = longest_frame(recording.value(), setting.value()) + kRoomForHeaders},
        printer);
    player.play(recording->workers[w]);
    sum += player.sums();
  }
  print_sums(sum, recording->complete, json, std::cout);
  const bool compared = sum.same != 0 || sum.frames == 0;
  return recording->complete && compared && sum.differ == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace weir
