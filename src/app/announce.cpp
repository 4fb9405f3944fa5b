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

std::string port_line(const LocalPort& port) {
  std::vector<std::string> addresses;
  for (const Prefix& prefix : port.addresses) addresses.push_back(to_string(prefix));
  return fmt::format("port {}: {}, {}, {} receive queue{}, {}", port.info.name, port.info.driver,
                     to_string(port.info.mac), port.info.rx_queues,
                     port.info.rx_queues == 1 ? "" : "s", fmt::join(addresses, " "));
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
    if (listener.service != service || listener.retired || listener.address != address) continue;
    std::string& transports = places[listener.port];
    transports += transports.empty() ? "" : "+";
    transports += listener.transport == Transport::tcp ? "tcp" : "udp";
  }
  return places;
}

}  // namespace

std::vector<std::string> announcement(const EngineView& engine) {
  const Snapshot& snapshot = engine.snapshot();
  std::vector<std::string> lines{
      fmt::format("{}, {} huge pages; when there are no packets: {}", cpus_of(engine),
                  engine.uses_huge_pages() ? "with" : "without", engine.idle_mode())};
  for (const LocalPort& port : snapshot.ports) lines.push_back(port_line(port));
  for (std::size_t i = 0; i < snapshot.services.size(); ++i) {
    lines.push_back(fmt::format("service {} ({}): {}", snapshot.services[i].name,
                                snapshot.services[i].handler,
                                fmt::join(listens_of(snapshot, i), " ")));
  }
  return lines;
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

std::string farewell(const EngineView& engine) {
  const WorkerReading sum = sum_of(peek_workers(engine));
  return fmt::format(
      "stopped: received {} = answered {} + delivered {} + consumed {} + forwarded {} + dropped {} "
      "+ "
      "held {}; sent {}",
      sum.received, sum.answered, sum.delivered, sum.consumed, sum.forwarded, sum.dropped_total(),
      sum.held, sum.tx_packets);
}

}  // namespace weir
