// Frames of a running engine: capture, trace, and why a peer was refused.
#include <fmt/format.h>

#include <algorithm>

#include "capture/describe.hpp"
#include "control/capture_formats.hpp"
#include "control/commands_table.hpp"
#include "control/frame_text.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kMostSeconds = 86'400, kMostFrames = 1'000'000'000;
constexpr std::uint64_t kMostMegabytes = 1'000'000;

std::shared_ptr<const FrameFilter> filter_for(const std::string& expression) {
  if (expression.empty()) return nullptr;
  auto filter = FrameFilter::compile(expression);
  if (!filter) throw BadArgument{fmt::format("filter: {}", filter.error().message), {}};
  return std::move(filter).value();
}

std::optional<std::uint8_t> port_named(const ControlState& state, const Arguments& args) {
  const auto name = args.text("port");
  if (!name) return std::nullopt;
  const auto& ports = state.engine.snapshot().ports;
  std::string known;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].info.name == *name) return static_cast<std::uint8_t>(i);
    known += fmt::format("{}{}", known.empty() ? "" : ", ", ports[i].info.name);
  }
  throw BadArgument{fmt::format("no port '{}'; there are: {}", *name, known), {}};
}

void choose_direction(TapWish& wish, const Arguments& args) {
  const std::string direction = args.text("direction").value_or("both");
  if (direction != "both" && direction != "rx" && direction != "tx") {
    throw BadArgument{fmt::format("direction '{}' is none of both, rx, tx", direction), {}};
  }
  wish.received = direction != "tx";
  wish.sent = direction != "rx";
}

void choose_drops(TapWish& wish, const Arguments& args) {
  const auto name = args.text("reason");
  wish.refused_only = args.flag("drops") || name.has_value();
  if (!wish.refused_only) return;
  if (!wish.received) throw BadArgument{"drops are received frames: not with direction tx", {}};
  wish.sent = false;
  if (name) wish.reason = reason_named(*name);
}

CaptureLimits limits_of(const Arguments& args, std::uint64_t frames) {
  return {
      std::max<std::uint64_t>(args.number("count", frames, kMostFrames), 1),
      std::max<std::uint64_t>(args.number("megabytes", 100, kMostMegabytes), 1) * 1'000'000,
      std::chrono::seconds(std::max<std::uint64_t>(args.number("seconds", 60, kMostSeconds), 1))};
}

Json header(std::string_view noun, const CaptureLimits& limits, const std::string& filter) {
  Json json = reply_of(noun);
  json["filter"] = filter;
  json["count"] = limits.frames;
  json["seconds"] = std::chrono::duration_cast<std::chrono::seconds>(limits.time).count();
  json["megabytes"] = limits.bytes / 1'000'000;
  return json;
}

/// The peer of a request: an address, and a port if one is named.
struct Peer {
  Address address;
  std::optional<std::uint16_t> port;

  [[nodiscard]] bool is_source_of(const RefusedFrame& frame) const {
    const auto ends = ends_of({frame.bytes.data(), frame.captured});
    return ends && ends->source == address && (!port || ends->source_port == *port);
  }
};

Peer peer_of(const Arguments& args) {
  const auto text = args.text("address");
  const auto address = text ? Address::parse(*text) : std::nullopt;
  if (!address) {
    throw BadArgument{fmt::format("'{}' is no address", text.value_or("")), {}};
  }
  Peer peer{*address, std::nullopt};
  if (const auto port = args.number("port", 0, 65'535); port != 0) {
    peer.port = static_cast<std::uint16_t>(port);
  }
  return peer;
}

}  // namespace

Reply run_capture(ControlState& state, const Arguments& args) {
  constexpr std::uint64_t kDefaultFrames = 10'000, kLeastBytes = 14, kMostBytes = 65'535;
  TapWish wish;
  choose_direction(wish, args);
  choose_drops(wish, args);
  wish.port = port_named(state, args);
  wish.most_bytes = static_cast<std::uint32_t>(
      std::max(args.number("snap", kMostBytes, kMostBytes), kLeastBytes));
  const std::string format = args.text("format").value_or("pcapng");
  if (format != "pcapng" && format != "json") {
    throw BadArgument{fmt::format("format '{}' is none of pcapng, json", format), {}};
  }
  const std::string filter = args.text("filter").value_or("");
  const CaptureLimits limits = limits_of(args, kDefaultFrames);
  auto writer = format == "json" ? json_format(state.engine)
                                 : pcapng_format(state.engine, "weir " + state.facts.version,
                                                 filter, wish.most_bytes);
  Json json = header("capture", limits, filter);
  json["format"] = format;
  return {to_line(json), nullptr,
          std::make_unique<CaptureStream>(state.engine, wish, filter_for(filter), limits,
                                          std::move(writer))};
}

Reply run_trace(ControlState& state, const Arguments& args) {
  constexpr std::uint64_t kDefaultFrames = 10;
  constexpr std::uint32_t kHeaders = 256;
  TapWish wish;
  wish.story = true;
  wish.most_bytes = kHeaders;
  wish.port = port_named(state, args);
  const std::string filter = args.text("filter").value_or("");
  const CaptureLimits limits = limits_of(args, kDefaultFrames);
  return {to_line(header("trace", limits, filter)), nullptr,
          std::make_unique<CaptureStream>(state.engine, wish, filter_for(filter), limits,
                                          json_format(state.engine))};
}

Reply run_why(ControlState& state, const Arguments& args) {
  constexpr std::uint64_t kDefault = 10, kMost = 1000;
  const Peer peer = peer_of(args);
  const std::uint64_t most = args.number("limit", kDefault, kMost);
  struct Found {
    RefusedFrame frame;
    std::uint16_t worker;
  };
  std::vector<Found> found;
  for (std::uint16_t w = 0; w < state.engine.worker_count(); ++w) {
    for (const RefusedFrame& frame : state.engine.refused_frames(w)) {
      if (peer.is_source_of(frame)) found.push_back({frame, w});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.frame.at < b.frame.at; });
  Json json = reply_of("why");
  json["address"] = to_string(peer.address);
  if (peer.port) json["port"] = *peer.port;
  json["found"] = found.size();
  Json frames = Json::array();
  const std::size_t skip = found.size() > most ? found.size() - most : 0;
  for (std::size_t i = skip; i < found.size(); ++i) {
    Json frame = refused_json(found[i].frame, found[i].worker, state.engine);
    const DropText& reason = text(found[i].frame.outcome.reason);
    frame["what"] = reason.what;
    frame["hint"] = reason.hint;
    frames.push_back(std::move(frame));
  }
  json["frames"] = std::move(frames);
  return as_reply(json);
}

}  // namespace weir
