// rte_dev_probe for one device at a time: EAL goes on without a device that fails, we do not.
#include "dpdk/device.hpp"

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "doctor/devargs.hpp"

namespace weir {
namespace {

/// The first port that the device brought. A port is named after its device, but for the few
/// drivers that make several ports of one.
std::optional<std::uint16_t> port_of(const doctor::DeviceArgs& args) {
  std::uint16_t id = 0;
  if (rte_eth_dev_get_port_by_name(args.name.c_str(), &id) == 0) return id;
  std::optional<std::uint16_t> found;
  rte_dev_iterator iterator;
  RTE_ETH_FOREACH_MATCHING_DEV(id, args.name.c_str(), &iterator) {
    if (!found) found = id;  // the loop must run to its end, or it leaks the iterator
  }
  return found;
}

/// rte_ethdev takes an MTU only if the frame stays below max_rx_pktlen, too; how much a frame is
/// longer than the MTU it derives in this way (eth_dev_get_overhead_len).
std::uint16_t largest_mtu(const rte_eth_dev_info& info) {
  const bool told = info.max_mtu != UINT16_MAX && info.max_rx_pktlen > info.max_mtu;
  const std::uint32_t overhead =
      told ? info.max_rx_pktlen - info.max_mtu : RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
  const std::uint32_t fits = info.max_rx_pktlen - std::min(overhead, info.max_rx_pktlen);
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(info.max_mtu, fits));
}

Error not_probed(const doctor::DeviceArgs& args, int error, const EalLog& log, std::uint64_t mark) {
  if (error == -EEXIST) return Error{"device " + args.name + " is used by another port"};
  std::string sentence = "device " + args.text() + " does not start";
  if (error < 0) sentence += std::string(" (") + std::strerror(-error) + ")";
  if (args.pci && log.complaints_since(mark).empty()) {
    sentence += "; DPDK may lack its driver: apt install librte-meta-net";
  }
  return Error{log.blame(std::move(sentence), mark)};
}

}  // namespace

Result<Device> Device::probe(const Eal& eal, const std::string& device) {
  const auto parsed = doctor::parse_device(device);
  if (!parsed.ok()) return parsed.error();
  const doctor::DeviceArgs& args = parsed.value();
  // The doctor has looked before weir's start; other programs come here first.
  if (const auto wrong = doctor::find_unusable(args, doctor::Environment())) {
    return Error{doctor::to_sentence(*wrong)};
  }
  if (args.pci && !eal.pci()) {
    return Error{"device " + args.name +
                 " is a PCI device, but weir was started without any; "
                 "restart it"};
  }
  if (port_of(args)) return Error{"device " + args.name + " is used by another port"};

  const std::uint64_t mark = eal.log().mark();
  const int error = rte_dev_probe(args.text().c_str());
  const auto id = error == 0 ? port_of(args) : std::nullopt;
  rte_eth_dev_info info;
  if (!id || rte_eth_dev_info_get(*id, &info) != 0) return not_probed(args, error, eal.log(), mark);

  Device found;
  found.device_ = info.device;
  found.log_ = &eal.log();
  found.port_id_ = *id;
  found.driver_ = info.driver_name;
  found.limits_ = {.rx_queues = info.max_rx_queues,
                   .tx_queues = info.max_tx_queues,
                   .min_mtu = info.min_mtu,
                   .max_mtu = largest_mtu(info),
                   .numa_node = rte_eth_dev_socket_id(*id),
                   .software = std::strcmp(rte_bus_name(rte_dev_bus(info.device)), "vdev") == 0};
  found.limits_.offloads = !found.limits_.software || found.driver_ == "net_virtio_user";
  return found;
}

Device::Device(Device&& other) noexcept
    : device_(std::exchange(other.device_, nullptr)),
      log_(other.log_),
      port_id_(other.port_id_),
      limits_(other.limits_),
      driver_(std::move(other.driver_)) {}

Device::~Device() {
  if (device_ == nullptr) return;
  rte_eth_dev_close(port_id_);
  rte_dev_remove(device_);
}

}  // namespace weir
