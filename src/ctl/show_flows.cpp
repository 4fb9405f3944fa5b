// Connections, one a line as in ss(8).
#include <fmt/format.h>

#include <algorithm>

#include "control/flows_filter.hpp"
#include "ctl/show.hpp"

namespace weir::ctl {
namespace {

constexpr double kNoThreshold = 0xffffffff;  // nothing was lost yet

std::string details(const Json& flow, const View& view) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : " ") + part; };
  // Bytes all of them, where ss counts segments: so a unit stands behind each.
  const auto add_bytes = [&](const char* key) {
    if (number(flow, key) > 0)
      add(fmt::format("{} {}", key, view.numbers.bytes(number(flow, key))));
  };
  add_bytes("cwnd");
  if (number(flow, "ssthresh") < kNoThreshold) add_bytes("ssthresh");
  add(fmt::format("mss {:.0f}", number(flow, "mss")));
  if (number(flow, "srtt_us") > 0) {
    add(fmt::format("rtt {}/{}", microseconds(number(flow, "srtt_us")),
                    microseconds(number(flow, "rttvar_us"))));
  }
  if (number(flow, "rto_ms") > 0) add(fmt::format("rto {:.0f}ms", number(flow, "rto_ms")));
  if (number(flow, "retransmits") > 0)
    add("retransmits " + view.numbers.count(number(flow, "retransmits")));
  for (const char* key : {"inflight", "queued", "unread"}) add_bytes(key);
  add(fmt::format("window {}/{}", view.numbers.bytes(number(flow, "snd_wnd")),
                  view.numbers.bytes(number(flow, "rcv_wnd"))));
  if (flow.at("window_scale").get<bool>()) add("wscale");
  if (flow.at("sack").get<bool>()) add("sack");
  if (flow.at("timestamps").get<bool>()) add("ts");
  return text;
}

// What the daemon does not count ([tcp] flow-accounts = off) is a dash.
template <class Text>
std::string known(const Json& flow, const char* key, Text&& text) {
  return flow.at(key).is_null() ? "-" : text(number(flow, key));
}

}  // namespace

// The daemon says the state as RFC 9293 does; a table is read faster with the words of ss.
std::string state_text(const std::string& state) {
  for (unsigned i = 0; i <= static_cast<unsigned>(State::time_wait); ++i) {
    if (to_string(static_cast<State>(i)) == state) {
      return std::string(short_name(static_cast<State>(i)));
    }
  }
  return state;
}

std::string show_flows(const Json& reply, const View& view) {
  Table table({"PROTO", "STATE", "LOCAL", "REMOTE", ">WORKER", ">AGE", ">RX", ">TX", "SERVICE"});
  const auto bytes = [&](double n) { return view.numbers.bytes(n); };
  for (const Json& flow : reply.at("flows")) {
    table.row({word(flow, "proto"), state_text(word(flow, "state")), word(flow, "local"),
               word(flow, "remote"), fmt::format("{:.0f}", number(flow, "worker")),
               known(flow, "age_s", age), known(flow, "rx_bytes", bytes),
               known(flow, "tx_bytes", bytes), word(flow, "service")});
    if (view.invocation.has("info")) table.note(details(flow, view));
  }
  const auto shown = reply.at("shown").get<std::uint64_t>();
  const auto matched = reply.at("matched").get<std::uint64_t>();
  std::string text = table.text(view.colour) +
                     fmt::format("{} of {} shown{}\n", shown, matched,
                                 shown < matched ? " (limit: --limit N shows more)" : "");
  if (!reply.at("complete").get<bool>()) {
    text += "a worker did not answer: connections of its own are missing\n";
  }
  return text;
}

std::string show_killed(const Json& reply, const View&) {
  const auto killed = reply.at("killed").get<std::uint64_t>();
  std::string text = fmt::format("{} connection{} ended\n", killed, killed == 1 ? "" : "s");
  if (!reply.at("complete").get<bool>()) {
    text += "a worker did not answer: connections of its own may be left\n";
  }
  return text;
}

}  // namespace weir::ctl
