// One table each: ports, workers, services, memory, neighbours; versions and configuration.
#include <fmt/format.h>

#include <algorithm>

#include "ctl/show.hpp"

namespace weir::ctl {

namespace {

// Since the start: where the cycles of rounds with work went, a received frame.
std::string stages(const Json& worker, const View& view) {
  const double packets = std::max(number(worker, "rx_packets") + number(worker, "handoff_in"), 1.0);
  std::string text =
      fmt::format("{:.1f} frames a burst; cycles a frame since the start:",
                  number(worker, "rx_packets") / std::max(number(worker, "bursts"), 1.0));
  for (const char* stage : {"receive", "process", "timers", "transmit", "send"}) {
    const double cycles = number(worker.at("stage_cycles"), stage);
    text += fmt::format(" {} {}", stage, view.numbers.count(cycles / packets));
  }
  return text;
}

std::string port_rates(const Json& port, const View& view) {
  const Json& rx = port.at("rx");
  const Json& tx = port.at("tx");
  const Json& last = rx.at("last_packet_s");
  return fmt::format("rx {} pps {}bit/s, tx {} pps {}bit/s; errors rx {} tx {}; last packet {}",
                     view.numbers.count(number(rx, "pps")), view.numbers.bits(number(rx, "bps")),
                     view.numbers.count(number(tx, "pps")), view.numbers.bits(number(tx, "bps")),
                     view.numbers.count(number(rx, "errors")),
                     view.numbers.count(number(tx, "errors")),
                     last.is_null() ? "never" : age(last.get<double>()) + " ago");
}

std::string port_abilities(const Json& port) {
  std::string used, refused;
  for (const auto& [name, on] : port.at("offloads").items()) {
    (on.get<bool>() ? used : refused) += " " + name;
  }
  return fmt::format("queues rx {} tx {}; vlan {}; rss {}; offloads used:{}; not there:{}",
                     number(port.at("queues"), "rx"), number(port.at("queues"), "tx"),
                     number(port, "vlan") == 0 ? "none" : fmt::format("{}", number(port, "vlan")),
                     port.at("rss").get<bool>() ? "on" : "off", used.empty() ? " none" : used,
                     refused.empty() ? " none" : refused);
}

}  // namespace

std::string show_ports(const Json& reply, const View& view) {
  Table table({"PORT", "STATE", "DRIVER", "MAC", ">MTU", ">QUEUES", ">RX", ">RX BYTES", ">TX",
               ">TX BYTES", ">MISSED", ">NOBUF", ">ERRORS"});
  for (const Json& port : reply.at("ports")) {
    const Json& rx = port.at("rx");
    const Json& tx = port.at("tx");
    const Json& link = port.at("link");
    table.row({word(port, "name"), link_text(link.at("up").get<bool>(), number(link, "speed_bps")),
               word(port, "driver"), word(port, "mac"), fmt::format("{:.0f}", number(port, "mtu")),
               fmt::format("{:.0f}", number(port.at("queues"), "rx")),
               view.numbers.count(number(rx, "packets")), view.numbers.bytes(number(rx, "bytes")),
               view.numbers.count(number(tx, "packets")), view.numbers.bytes(number(tx, "bytes")),
               view.numbers.count(number(rx, "missed")), view.numbers.count(number(rx, "nobuf")),
               view.numbers.count(number(rx, "errors") + number(tx, "errors"))});
    table.note(joined(port.at("addresses"), " "));
    if (!port.at("gateways").empty()) table.note("gateway " + joined(port.at("gateways"), " "));
    if (view.invocation.has("stats")) table.note(port_rates(port, view));
    if (view.invocation.has("verbose")) table.note(port_abilities(port));
  }
  return table.text(view.colour);
}

std::string show_workers(const Json& reply, const View& view) {
  Table table({">WORKER", ">CPU", ">BUSY", ">SLEEP", ">PPS", ">CYC/PKT", ">RECEIVED", ">DROPPED",
               ">HELD", ">FLOWS", ">HANDOFF IN", ">OUT"});
  for (const Json& worker : reply.at("workers")) {
    double dropped = 0;
    for (const auto& [reason, count] : worker.at("dropped").items()) dropped += count.get<double>();
    table.row({fmt::format("{:.0f}", number(worker, "worker")),
               fmt::format("{:.0f}", number(worker, "cpu")),
               fmt::format("{:.0f}%", number(worker, "busy_percent")),
               fmt::format("{:.0f}%", number(worker, "sleep_percent")),
               view.numbers.count(number(worker, "packets_per_second")),
               view.numbers.count(number(worker, "cycles_per_packet")),
               view.numbers.count(number(worker, "received")), view.numbers.count(dropped),
               view.numbers.count(number(worker, "held")),
               view.numbers.count(number(worker, "flows")),
               view.numbers.count(number(worker, "handoff_in")),
               view.numbers.count(number(worker, "handoff_out"))});
    table.note(stages(worker, view));
  }
  return "The kernel may show these CPUs as fully used: the real load is BUSY.\n" +
         table.text(view.colour);
}

namespace {

// "hits 1.2k  misses 3": what a service of somebody else's counts.
std::string counters_text(const Json& service, const View& view) {
  std::string text;
  const auto counters = service.find("counters");
  if (counters == service.end()) return text;
  for (const auto& [name, value] : counters->items()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : "  ", name,
                        view.numbers.count(value.get<double>()));
  }
  return text;
}

}  // namespace

std::string show_services(const Json& reply, const View& view) {
  Table table({"SERVICE", "HANDLER", "LISTEN", "STATE", ">CONNS", ">HALF OPEN", ">NEW/s",
               ">ACCEPTED", ">DATAGRAMS"});
  for (const Json& service : reply.at("services")) {
    const Json& listen = service.at("listen");
    table.row({word(service, "name"), word(service, "handler"),
               listen.empty() ? "-" : listen.at(0).get<std::string>(), word(service, "state"),
               view.numbers.count(number(service, "connections")),
               view.numbers.count(number(service, "half_open")),
               view.numbers.count(number(service, "accepted_per_second")),
               view.numbers.count(number(service, "accepted")),
               view.numbers.count(number(service, "datagrams"))});
    for (std::size_t i = 1; i < listen.size(); ++i) {
      table.row({"", "", listen.at(i).get<std::string>()});
    }
    if (const std::string counted = counters_text(service, view); !counted.empty()) {
      table.note(counted);
    }
  }
  return table.text(view.colour);
}

// Nothing of a daemon that has no files to read.
std::string show_read_ahead(const Json& reply, const View& view) {
  const auto found = reply.find("read_ahead");
  if (found == reply.end() || number(*found, "chunks") == 0) return "";
  const Json& state = *found;
  Table table(
      {"READ-AHEAD", ">CHUNKS", ">FREE", ">STREAMS", ">WAITING", ">READ", ">FAILED", ">OVERDUE"});
  const auto count = [&](const char* name) { return view.numbers.count(number(state, name)); };
  table.row({view.numbers.bytes(number(state, "chunks") * number(state, "chunk_bytes")),
             count("chunks"), count("free"), count("streams"), count("waiting"),
             view.numbers.bytes(number(state, "bytes")), count("failures"), count("overdue")});
  return table.text(view.colour);
}

std::string show_memory(const Json& reply, const View& view) {
  std::string text =
      fmt::format("flows {} of {}, {:.0f} bytes for each that is idle\n",
                  view.numbers.count(number(reply, "flows")),
                  view.numbers.count(number(reply, "max_flows")), number(reply, "bytes_per_flow"));
  Table pools({"MEMPOOL", ">BUFFERS", ">FREE", ">FREE %", ">LOW", ">BYTES EACH"});
  for (const Json& pool : reply.at("mempools")) {
    const double size = number(pool, "size");
    pools.row({word(pool, "name"), view.numbers.count(size),
               view.numbers.count(number(pool, "free")),
               fmt::format("{:.0f}%", size > 0 ? 100 * number(pool, "free") / size : 0),
               view.numbers.count(number(pool, "free_min")),
               view.numbers.count(number(pool, "buffer_bytes"))});
  }
  text += pools.text(view.colour) + show_read_ahead(reply, view);
  Table pages({">NODE", ">PAGE SIZE", ">PAGES", ">FREE"});
  for (const Json& node : reply.at("hugepages")) {
    pages.row({fmt::format("{:.0f}", number(node, "node")),
               view.numbers.bytes(number(node, "page_bytes")),
               view.numbers.count(number(node, "pages")),
               view.numbers.count(number(node, "free"))});
  }
  text += reply.at("uses_hugepages").get<bool>() ? "huge pages are used\n"
                                                 : "huge pages are not used\n";
  return pages.empty() ? text : text + pages.text(view.colour);
}

std::string show_neigh(const Json& reply, const View& view) {
  Table table({"ADDRESS", "MAC", "PORT", "STATE"});
  for (const Json& n : reply.at("neighbours")) {
    table.row({word(n, "address"), word(n, "mac"), word(n, "port"), word(n, "state")});
  }
  return table.text(view.colour);
}

std::string show_route(const Json& reply, const View& view) {
  Table table({"NETWORK", "PORT", "VIA"});
  for (const Json& route : reply.at("routes")) {
    table.row({word(route, "prefix"), word(route, "port"),
               route.at("via").is_null() ? "directly" : word(route, "via")});
  }
  return table.text(view.colour);
}

std::string show_address(const Json& reply, const View& view) {
  Table table({"ADDRESS", "PORT", "STATE"});
  for (const Json& address : reply.at("addresses")) {
    table.row({word(address, "address"), word(address, "port"), word(address, "state")});
  }
  return table.text(view.colour);
}

std::string show_version(const Json& reply, const View& view) {
  const std::string text = fmt::format(
      "weirctl {} (protocol {:.0f})\nweir    {} (DPDK {}, protocol {:.0f}, pid {:.0f})\n",
      word(reply.at("client"), "version"), number(reply.at("client"), "protocol"),
      safe(word(reply, "version")), safe(word(reply, "dpdk")), number(reply, "protocol"),
      number(reply, "pid"));
  if (!reply.at("differ").get<bool>()) return text;
  return text + view.warning("WARN  weirctl and weir differ: restart the daemon after an upgrade") +
         "\n";
}

std::string show_config(const Json& reply, const View&) {
  std::string text = word(reply, "text");
  std::string shown;
  for (const char c : text) shown += c == '\n' || c == '\t' ? std::string(1, c) : safe({&c, 1});
  return shown;
}

}  // namespace weir::ctl
