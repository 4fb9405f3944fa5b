#include "doctor/ports.hpp"

#include <algorithm>

#include "doctor/devargs.hpp"

namespace weir::doctor {

std::vector<NicPort> nic_ports(const Subject& subject) {
  std::vector<NicPort> ports;
  for (const PortConfig& port : subject.config.ports) {
    const auto device = parse_device(port.device);
    if (!device || !device.value().pci) continue;
    auto nic = read_nic(subject.env, device.value().name);
    if (nic && nic->network) ports.push_back({port.name, std::move(*nic)});
  }
  return ports;
}

bool uses_vfio(const Subject& subject) {
  const auto ports = nic_ports(subject);
  return std::any_of(ports.begin(), ports.end(),
                     [](const NicPort& each) { return each.nic.driver == "vfio-pci"; });
}

}  // namespace weir::doctor
