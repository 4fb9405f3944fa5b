// One screen: is it well, and if not, where to look.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "ctl/show.hpp"

namespace weir::ctl {
namespace {

constexpr std::size_t kTopDrops = 3;

/// What /readyz says, in a word or two.
std::string state_of(const Json& reply, const View& view) {
  const Json& services = reply.at("services");
  const bool drains = std::all_of(services.begin(), services.end(), [](const Json& service) {
    return word(service, "state") == "draining";
  });
  if (drains && !services.empty()) return "draining";
  return reply.at("ready").get<bool>() ? "ready" : view.warning("not ready");
}

std::string head(const Json& reply, const View& view) {
  const Json& config = reply.at("config");
  return fmt::format(
      "{}  {}  up {}  config {}, loaded {:%Y-%m-%d %H:%M:%S}\n",
      view.bold(fmt::format("weir {} (DPDK {})", word(reply, "version"), word(reply, "dpdk"))),
      state_of(reply, view), uptime(number(reply, "uptime_s")), safe(word(config, "file")),
      fmt::localtime(config.at("loaded_at").get<std::time_t>()));
}

std::string traffic(const View& view, double pps, double bps) {
  return fmt::format("{}pps {}", view.numbers.count(pps) + " ", view.numbers.bits(bps));
}

std::string ports(const Json& reply, const View& view) {
  Table table({"PORT", "STATE", "DRIVER", ">QUEUES", "RX", "TX", ">MISSED/s"});
  for (const Json& port : reply.at("ports")) {
    table.row({word(port, "name"),
               link_text(port.at("link_up").get<bool>(), number(port, "speed_bps")),
               word(port, "driver"), view.numbers.count(number(port, "queues")),
               traffic(view, number(port, "rx_pps"), number(port, "rx_bps")),
               traffic(view, number(port, "tx_pps"), number(port, "tx_bps")),
               view.numbers.count(number(port, "missed_per_second"))});
  }
  return table.text(view.colour);
}

std::string workers(const Json& reply, const View& view) {
  Table table({">WORKER", ">CPU", ">BUSY", ">PPS", ">FLOWS"});
  for (const Json& worker : reply.at("workers")) {
    table.row({fmt::format("{:.0f}", number(worker, "worker")),
               fmt::format("{:.0f}", number(worker, "cpu")),
               fmt::format("{:.0f}%", number(worker, "busy_percent")),
               view.numbers.count(number(worker, "packets_per_second")),
               view.numbers.count(number(worker, "flows"))});
  }
  return table.text(view.colour);
}

// One line a service keeps it one screen; `weirctl services` lists every endpoint.
std::string endpoints(const Json& listen) {
  if (listen.empty()) return "-";
  std::string text = listen.at(0).get<std::string>();
  if (listen.size() > 1) text += fmt::format(" and {} more", listen.size() - 1);
  return text;
}

std::string services(const Json& reply, const View& view) {
  Table table({"SERVICE", "LISTEN", "HANDLER", "STATE", ">CONNS", ">NEW/s", ">DGRAM/s"});
  for (const Json& service : reply.at("services")) {
    table.row({word(service, "name"), endpoints(service.at("listen")), word(service, "handler"),
               word(service, "state"), view.numbers.count(number(service, "connections")),
               view.numbers.count(number(service, "accepted_per_second")),
               view.numbers.count(number(service, "datagrams_per_second"))});
  }
  return table.text(view.colour);
}

std::string drops(const Json& reply, const View& view) {
  std::vector<std::pair<double, std::string>> rates;
  for (const Json& drop : reply.at("drops")) {
    rates.emplace_back(number(drop, "per_second"), word(drop, "reason"));
  }
  std::stable_sort(rates.begin(), rates.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text = view.bold("DROPS") + " (last 60 s)";
  std::size_t shown = 0;
  for (const auto& [rate, reason] : rates) {
    if (rate <= 0 || shown++ == kTopDrops) break;
    text += fmt::format("   {} {}/s", safe(reason), view.numbers.count(rate));
  }
  if (shown == 0) text += "   none";
  return text +
         fmt::format("   total {}\n", view.numbers.count(number(reply.at("totals"), "dropped")));
}

}  // namespace

std::string link_text(bool up, double bits_per_second) {
  if (!up) return "down";
  if (bits_per_second <= 0) return "up";
  return "up " + (bits_per_second >= 1e9 ? fmt::format("{:g}G", bits_per_second / 1e9)
                                         : fmt::format("{:g}M", bits_per_second / 1e6));
}

std::string joined(const Json& list, std::string_view between) {
  std::string text;
  for (const Json& item : list) {
    if (!text.empty()) text += between;
    text += item.get<std::string>();
  }
  return text;
}

std::string show_status(const Json& reply, const View& view) {
  std::string text = head(reply, view) + ports(reply, view) + workers(reply, view) +
                     services(reply, view) + drops(reply, view);
  if (!reply.at("ready").get<bool>()) {
    text += view.warning("WARN  not ready: " + safe(word(reply, "unready"))) + "\n";
  }
  for (const Json& warning : reply.at("warnings")) {
    text += view.warning("WARN  " + safe(warning.get<std::string>())) + "\n";
  }
  // To a script's reader it says nothing; a newcomer looks for these packets elsewhere first.
  if (view.terminal) text += "ss, tcpdump and iptables do not see these packets: weirctl help\n";
  return text;
}

}  // namespace weir::ctl
