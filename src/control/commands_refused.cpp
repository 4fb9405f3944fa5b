// Where refused frames wanted to go: what arrives although it is meant for somebody else.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/mac.hpp"
#include "capture/describe.hpp"
#include "control/commands_table.hpp"
#include "wire/ethernet.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kSeconds = 60, kMostSeconds = 86'400;
constexpr std::uint64_t kGroups = 20, kMostGroups = 1000;

/// One aim: frames of one reason, at one port, to one place.
struct Aim {
  Drop reason;
  std::uint8_t port;
  std::string mac, address;
  std::uint16_t vlan;  // 0: untagged

  friend bool operator<(const Aim& a, const Aim& b) {
    return std::tie(a.reason, a.port, a.mac, a.address, a.vlan) <
           std::tie(b.reason, b.port, b.mac, b.address, b.vlan);
  }
};

struct Seen {
  std::uint64_t frames = 0;
  std::uint32_t longest = 0;
};

Aim aim_of(const RefusedFrame& frame) {
  const std::span<const std::uint8_t> bytes(frame.bytes.data(), frame.captured);
  Aim aim{frame.outcome.reason, frame.port, {}, {}, 0};
  const auto* const ethernet = view<layout::Ethernet>(bytes);
  if (ethernet == nullptr) return aim;
  aim.mac = to_string(ethernet->destination);
  const auto* const tag = view<layout::VlanTag>(bytes, sizeof *ethernet);
  if (ethernet->type == layout::kEtherVlan && tag != nullptr) aim.vlan = tag->control & 0xfffU;
  if (const auto ends = ends_of(bytes)) aim.address = to_string(ends->destination);
  return aim;
}

Json json_of(const Aim& aim, const Seen& seen, const Snapshot& snapshot) {
  return {{"reason", text(aim.reason).name},
          {"port", snapshot.ports[aim.port].info.name},
          {"mac", aim.mac},
          {"vlan", aim.vlan},
          {"address", aim.address.empty() ? Json(nullptr) : Json(aim.address)},
          {"frames", seen.frames},
          {"longest", seen.longest}};
}

}  // namespace

Reply run_refused(ControlState& state, const Arguments& args) {
  const auto name = args.text("reason");
  const auto wanted = name ? std::optional(reason_named(*name)) : std::nullopt;
  const std::uint64_t seconds = args.number("seconds", kSeconds, kMostSeconds);
  const std::uint64_t most = args.number("limit", kGroups, kMostGroups);
  const auto since = std::chrono::system_clock::now() - std::chrono::seconds(seconds);
  std::map<Aim, Seen> aims;
  for (std::uint16_t w = 0; w < state.engine.worker_count(); ++w) {
    for (const RefusedFrame& frame : state.engine.refused_frames(w)) {
      if (wanted && frame.outcome.reason != *wanted) continue;
      if (state.engine.time_at(frame.at) < since) continue;
      Seen& seen = aims[aim_of(frame)];
      ++seen.frames;
      seen.longest = std::max(seen.longest, frame.length);
    }
  }
  std::vector<std::pair<Aim, Seen>> sorted(aims.begin(), aims.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.frames > b.second.frames; });
  Json json = reply_of("refused");
  json["seconds"] = seconds;
  json["found"] = sorted.size();
  json["aims"] = Json::array();
  for (std::size_t i = 0; i < std::min<std::size_t>(sorted.size(), most); ++i) {
    json["aims"].push_back(json_of(sorted[i].first, sorted[i].second, state.engine.snapshot()));
  }
  return as_reply(json);
}

}  // namespace weir
