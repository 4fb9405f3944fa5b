#include "app/announce.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "control/stats_reading.hpp"
#include "control/status.hpp"

namespace weir {
namespace {

std::string cpus_of(const EngineView& engine) {
  std::vector<unsigned> cpus;
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) cpus.push_back(engine.cpu(w));
  return fmt::format("{} worker{} on CPU {}", cpus.size(), cpus.size() == 1 ? "" : "s",
                     fmt::join(cpus, ", "));
}

LogFields facts_of(const LocalPort& port) {
  std::vector<std::string> addresses;
  for (const Prefix& prefix : port.addresses) addresses.push_back(to_string(prefix));
  return {{"port", port.info.name},
          {"driver", port.info.driver},
          {"mac", to_string(port.info.mac)},
          {"receive_queues", port.info.rx_queues},
          {"addresses", fmt::format("{}", fmt::join(addresses, ","))}};
}

std::string try_line(const std::string& handler, const std::string& address, std::uint16_t port) {
  if (handler == "http") {
    return port == 80 ? fmt::format("curl http://{}/", address)
                      : fmt::format("curl http://{}:{}/", address, port);
  }
  if (handler == "chargen") return fmt::format("ncat {} {} | head", address, port);
  return fmt::format("ncat {} {}", address, port);
}

// A service's places on one address: port → transports.
std::map<std::uint16_t, std::string> places_of(const Snapshot& snapshot, std::size_t service,
                                               const Address& address) {
  std::map<std::uint16_t, std::string> places;
  for (const Listener& listener : snapshot.listeners.all()) {
    if (listener.service != service || listener.retired || listener.client) continue;
    if (listener.address != address) continue;
    std::string& transports = places[listener.port];
    transports += transports.empty() ? "" : "+";
    transports += listener.transport == Transport::tcp ? "tcp" : "udp";
  }
  return places;
}

}  // namespace

void announce(const EngineView& engine, Log& log) {
  std::vector<unsigned> cpus;
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) cpus.push_back(engine.cpu(w));
  log.write(LogEvent::workers_ready, {{"cpus", fmt::format("{}", fmt::join(cpus, ","))},
                                      {"huge_pages", engine.uses_huge_pages() ? "yes" : "no"},
                                      {"idle", engine.idle_mode()}});
  const Snapshot& snapshot = engine.snapshot();
  for (const LocalPort& port : snapshot.ports) log.write(LogEvent::port_ready, facts_of(port));
  for (std::size_t i = 0; i < snapshot.services.size(); ++i) {
    log.write(LogEvent::service_ready,
              {{"service", snapshot.services[i].name},
               {"handler", snapshot.services[i].handler},
               {"listen", fmt::format("{}", fmt::join(listens_of(snapshot, i), ","))}});
  }
}

std::string demo_announcement(const EngineView& engine, const std::string& version) {
  const Snapshot& snapshot = engine.snapshot();
  const Prefix& first = snapshot.ports.at(0).addresses.at(0);
  const std::string address = to_string(first.address);
  std::string text = fmt::format(
      "weir {} demo: no huge pages, no NIC, {}, tap weir-demo0 in this shell's network namespace\n"
      "  first, if weir-demo0 has no address:  ip addr add 192.0.2.2/24 dev weir-demo0\n",
      version, cpus_of(engine));
  text += fmt::format("  {:<9} {:<8} {:<18} try:  ping {}\n", "ping", "icmp", address, address);
  for (std::size_t i = 0; i < snapshot.services.size(); ++i) {
    const ServiceLimits& service = snapshot.services[i];
    for (const auto& [port, transports] : places_of(snapshot, i, first.address)) {
      text += fmt::format("  {:<9} {:<8} {:<18} try:  {}\n", service.name, transports,
                          fmt::format("{}:{}", address, port),
                          try_line(service.handler, address, port));
    }
  }
  text += fmt::format("  {:<37} try:  weirctl status   (another terminal)\n", "control");
  return text + "Ctrl-C stops and removes weir-demo0.\n";
}

void say_farewell(const EngineView& engine, Log& log) {
  const WorkerReading sum = sum_of(peek_workers(engine));
  log.write(LogEvent::stopped, {{"received", sum.received},
                                {"answered", sum.answered},
                                {"delivered", sum.delivered},
                                {"consumed", sum.consumed},
                                {"forwarded", sum.forwarded},
                                {"dropped", sum.dropped_total()},
                                {"held", sum.held},
                                {"sent", sum.tx_packets}});
}

}  // namespace weir
