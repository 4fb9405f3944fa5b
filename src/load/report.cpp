#include "load/report.hpp"

#include <fmt/format.h>

#include <map>

#include "base/drop.hpp"
#include "control/json.hpp"

namespace weir::load {
namespace {

constexpr std::pair<const char*, double> kPercentiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}, {"max", 1}};

std::string time_text(Duration d) {
  const double us = static_cast<double>(d.count()) / 1000;
  if (us < 10) return fmt::format("{:.2f}us", us);
  if (us < 1000) return fmt::format("{:.0f}us", us);
  if (us < 10'000) return fmt::format("{:.2f}ms", us / 1000);
  if (us < 1'000'000) return fmt::format("{:.0f}ms", us / 1000);
  return fmt::format("{:.2f}s", us / 1'000'000);
}

std::string grouped(std::uint64_t n) {
  std::string text = std::to_string(n);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string per_second(std::uint64_t n, double seconds) {
  return grouped(static_cast<std::uint64_t>(static_cast<double>(n) / seconds + 0.5));
}

// Of text, both ways: headers are not in it.
std::string bits(std::uint64_t bytes, double seconds) {
  const double rate = static_cast<double>(bytes) * 8 / seconds;
  if (rate >= 1e9) return fmt::format("{:.2f} Gbit/s", rate / 1e9);
  if (rate >= 1e6) return fmt::format("{:.1f} Mbit/s", rate / 1e6);
  return fmt::format("{:.0f} kbit/s", rate / 1e3);
}

Duration quantile(const HistogramReading& reading, double share) {
  return Duration(reading.quantile(share));
}

std::string latency_line(const char* name, const HistogramReading& reading) {
  if (reading.count() == 0) return "";
  std::string line = fmt::format("  {:<12}", name);
  for (const auto& [label, share] : kPercentiles) {
    line += fmt::format("{} {:<9}", label, time_text(quantile(reading, share)));
  }
  while (line.back() == ' ') line.pop_back();
  return line + "\n";
}

Json latency_json(const HistogramReading& reading) {
  Json json{{"count", reading.count()}};
  for (const auto& [label, share] : kPercentiles) {
    json[label] = static_cast<double>(reading.quantile(share)) / 1000;
  }
  return json;
}

bool has_requests(Mode mode) {
  return mode == Mode::echo || mode == Mode::respond || mode == Mode::http || mode == Mode::udp;
}

std::string targets_text(const LoadPlan& plan) {
  std::string text = to_string(plan.targets[0].address, plan.targets[0].port);
  if (plan.targets.size() > 1) text += fmt::format(" and {} more", plan.targets.size() - 1);
  return plan.mode == Mode::http ? text + plan.path : text;
}

std::string heading_text(const LoadPlan& plan, double seconds, std::size_t workers) {
  std::string out = fmt::format("{} {}: {:.1f} s, {} worker{}", to_string(plan.mode),
                                targets_text(plan), seconds, workers, workers == 1 ? "" : "s");
  if (plan.mode != Mode::syn_flood) {
    out += fmt::format(", {} {} at once", grouped(plan.connections),
                       plan.mode == Mode::udp ? "datagrams" : "connections");
  }
  if (plan.rate > 0) out += fmt::format(", {:.0f}/s wanted", plan.rate);
  return out + "\n";
}

// What was asked, and whether the answers were right.
std::string requests_text(const LoadPlan& plan, double seconds, const LoadReading& at_end,
                          const LoadReading& all) {
  std::string out;
  if (plan.mode == Mode::syn_flood) {
    out += fmt::format("  sent        {} SYNs, {}/s\n", grouped(at_end.sent),
                       per_second(at_end.sent, seconds));
  }
  if (!has_requests(plan.mode)) {
    if (all.wrong == 0) return out;
    return out + fmt::format("  WRONG       {} connections brought bytes that they should not\n",
                             grouped(all.wrong));
  }
  out += fmt::format("  answers     {}, {}/s, {}\n", grouped(at_end.answers),
                     per_second(at_end.answers, seconds),
                     all.wrong == 0 ? "every byte as it had to be" : grouped(all.wrong) + " WRONG");
  if (all.bad_status != 0) {
    out += fmt::format("  status      {} answers other than 200\n", grouped(all.bad_status));
  }
  if (all.failed != 0) {
    out += fmt::format("  failed      {} requests without an answer\n", grouped(all.failed));
  }
  return out;
}

// What carried them: datagrams or connections.
std::string conversations_text(const LoadPlan& plan, double seconds, const LoadReading& at_end,
                               const LoadReading& all) {
  if (plan.mode == Mode::syn_flood) return "";
  if (plan.mode == Mode::udp) {
    return fmt::format("  datagrams   {} sent, {} lost (no answer in {}), {} late or twice\n",
                       grouped(all.sent), grouped(all.timed_out + all.in_flight),
                       time_text(plan.timeout), grouped(all.late));
  }
  std::string out =
      fmt::format("  connections {} opened, {}/s; {} open at the end", grouped(at_end.opened),
                  per_second(at_end.opened, seconds), grouped(at_end.open));
  out += fmt::format("; {} refused, {} unanswered, {} lost\n", grouped(all.refused),
                     grouped(all.unanswered), grouped(all.lost));
  if (all.no_tuple == 0) return out;
  return out +
         "  tuples      every source address and port was in use at times: more --sources, more "
         "targets\n";
}

std::string network_text(const LoadReading& all) {
  std::string out = fmt::format(
      "  network     {} frames sent, {} received; {} segments sent again, {} timeouts\n",
      grouped(all.tx_packets), grouped(all.rx_packets), grouped(all.segments_again),
      grouped(all.timeouts));
  for (const auto& [reason, n] : all.dropped) {
    out += fmt::format("  dropped     {} {}\n", grouped(n), reason);
  }
  return out;
}

}  // namespace

void LoadReading::add(const LoadCounters& c) {
  opening += c.opening.get();
  open += c.open.get();
  opened += c.opened.get();
  refused += c.refused.get();
  unanswered += c.unanswered.get();
  closed += c.closed.get();
  lost += c.lost.get();
  no_tuple += c.no_tuple.get();
  requests += c.requests.get();
  answers += c.answers.get();
  failed += c.failed.get();
  in_flight += c.in_flight.get();
  behind += c.behind.get();
  bad_status += c.bad_status.get();
  wrong += c.wrong.get();
  text_in += c.text_in.get();
  text_out += c.text_out.get();
  sent += c.sent.get();
  timed_out += c.timed_out.get();
  late += c.late.get();
  handshake.add(c.handshake);
  answer.add(c.answer);
}

void LoadReading::add(const WorkerCounters& c) {
  rx_packets += c.rx_packets.get();
  tx_packets += c.tx_packets.get();
  rx_bytes += c.rx_bytes.get();
  tx_bytes += c.tx_bytes.get();
  segments_in += c.mib.get(Mib::TcpInSegs);
  segments_again += c.mib.get(Mib::TcpRetransSegs);
  timeouts += c.mib.get(Mib::TcpRtoTimeouts);
  std::map<std::string, std::uint64_t> reasons(dropped.begin(), dropped.end());
  for (std::size_t i = 0; i < kDropCount; ++i) {
    const std::uint64_t n = c.dropped[i].get();
    if (n != 0) reasons[std::string(text(static_cast<Drop>(i)).name)] += n;
  }
  dropped.assign(reasons.begin(), reasons.end());
}

bool LoadReading::is_clean(Mode mode) const noexcept {
  // What is in flight now is a datagram whose time was not over; what an open loop has not begun is
  // at fault from a hundredth on, for something is always about to begin.
  const bool kept_up = behind <= 10 + (requests + opened) / 100;
  const bool none_failed =
      kept_up &&
      refused + unanswered + lost + failed + bad_status + wrong + timed_out + in_flight == 0;
  if (mode == Mode::syn_flood) return sent != 0;
  if (mode == Mode::udp) return none_failed && answers != 0;
  return none_failed && opened != 0 && (!has_requests(mode) || answers != 0);
}

std::string progress_line(const LoadPlan& plan, double at, double seconds,
                          const LoadReading& before, const LoadReading& now) {
  std::string line = fmt::format("{:4.0f} s  ", at);
  const auto rate = [&](std::uint64_t LoadReading::*field) {
    return per_second(now.*field - before.*field, seconds);
  };
  if (plan.mode == Mode::syn_flood) {
    return line + rate(&LoadReading::sent) + " SYN/s, " + rate(&LoadReading::rx_packets) +
           " frames/s back";
  }
  if (plan.mode != Mode::udp) {
    line += fmt::format("{} open  {} conn/s  ", grouped(now.open), rate(&LoadReading::opened));
  }
  if (has_requests(plan.mode)) line += rate(&LoadReading::answers) + " answers/s  ";
  line += fmt::format("in {} out {}", bits(now.text_in - before.text_in, seconds),
                      bits(now.text_out - before.text_out, seconds));
  const HistogramReading latency = has_requests(plan.mode) ? now.answer.since(before.answer)
                                                           : now.handshake.since(before.handshake);
  if (latency.count() != 0) {
    line += fmt::format("  p50 {} p99 {}", time_text(quantile(latency, 0.5)),
                        time_text(quantile(latency, 0.99)));
  }
  const std::uint64_t bad = now.refused + now.unanswered + now.lost + now.failed + now.wrong +
                            now.bad_status + now.timed_out;
  if (bad != 0) line += fmt::format("  FAILED {}", grouped(bad));
  if (now.segments_again != before.segments_again) {
    line += "  " + grouped(now.segments_again - before.segments_again) + " sent again";
  }
  return line;
}

std::string summary_text(const LoadPlan& plan, double seconds, std::size_t workers,
                         const LoadReading& at_end, const LoadReading& all) {
  std::string out =
      heading_text(plan, seconds, workers) + requests_text(plan, seconds, at_end, all);
  if (at_end.behind != 0) {
    out += fmt::format(
        "  behind      {} whose time had come were not begun: nothing was free for them\n",
        grouped(at_end.behind));
  }
  out += conversations_text(plan, seconds, at_end, all);
  out += latency_line("answer", all.answer) + latency_line("handshake", all.handshake);
  if (plan.mode != Mode::syn_flood) {
    out += fmt::format("  text        in {} ({} bytes), out {} ({} bytes)\n",
                       bits(at_end.text_in, seconds), grouped(at_end.text_in),
                       bits(at_end.text_out, seconds), grouped(at_end.text_out));
  }
  return out + network_text(all);
}

std::string summary_json(const LoadPlan& plan, double seconds, std::size_t workers,
                         const LoadReading& at_end, const LoadReading& all) {
  std::vector<std::string> targets;
  for (const Target& t : plan.targets) targets.push_back(to_string(t.address, t.port));
  Json json{{"schema", "weir.load.v1"},
            {"mode", to_string(plan.mode)},
            {"targets", targets},
            {"seconds", seconds},
            {"workers", workers},
            {"clean", all.is_clean(plan.mode)},
            {"concurrency", plan.connections},
            {"rate_wanted", plan.rate},
            {"connections",
             {{"opened", at_end.opened},
              {"open_at_end", at_end.open},
              {"refused", all.refused},
              {"unanswered", all.unanswered},
              {"lost", all.lost},
              {"closed", all.closed}}},
            {"answers",
             {{"count", at_end.answers},
              {"per_second", static_cast<double>(at_end.answers) / seconds},
              {"wrong", all.wrong},
              {"bad_status", all.bad_status},
              {"failed", all.failed}}},
            {"behind", at_end.behind},
            {"sent", all.sent},
            {"lost", all.timed_out + all.in_flight},
            {"late", all.late},
            {"text_in", at_end.text_in},
            {"text_out", at_end.text_out},
            {"answer_us", latency_json(all.answer)},
            {"handshake_us", latency_json(all.handshake)},
            {"network",
             {{"tx_packets", all.tx_packets},
              {"rx_packets", all.rx_packets},
              {"segments_sent_again", all.segments_again},
              {"timeouts", all.timeouts}}}};
  json["dropped"] = Json::object();
  for (const auto& [reason, n] : all.dropped) json["dropped"][reason] = n;
  return json.dump() + "\n";
}

}  // namespace weir::load
