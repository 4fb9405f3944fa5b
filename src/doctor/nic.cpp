// /sys/bus/pci/devices/<address>/{class,vendor,device,driver,iommu_group,net,numa_node}.
#include "doctor/nic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "doctor/routes.hpp"

namespace weir::doctor {
namespace {

const std::string kBus = "/sys/bus/pci/devices/";

/// The kernel's interface, which a virtio NIC has one level deeper: 0000:00:03.0/virtio0/net/eth0.
std::string interface_of(const Environment& env, const std::string& device) {
  const auto names = env.names(device + "/net");
  if (!names.empty()) return names.front();
  for (const std::string& child : env.names(device)) {
    if (!child.starts_with("virtio")) continue;
    const auto deeper = env.names(device + "/" + child + "/net");
    if (!deeper.empty()) return deeper.front();
  }
  return {};
}

/// "0000:03:00.0 (driver ice, interface ens1f0, default route: not this one), …"
std::string nics_of(const Environment& env) {
  const std::vector<std::string> needed = default_route_interfaces(env);
  std::string list;
  for (const std::string& address : env.names(kBus)) {
    const auto nic = read_nic(env, address);
    if (!nic || !nic->network) continue;
    const bool is_needed = std::count(needed.begin(), needed.end(), nic->interface) != 0;
    list += fmt::format("{}{} ({}{})", list.empty() ? "" : ", ", address,
                        nic->driver.empty() ? "no driver" : holder_of(*nic),
                        is_needed ? ", default route: not this one" : "");
  }
  return list.empty() ? "none" : list;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace

std::optional<std::string> canonical_pci_address(std::string_view text) {
  // [dddd:]bb:dd.f
  std::string address;
  if (text.size() == 7) address = "0000:";
  address += text;
  const std::string_view a = address;
  if (a.size() != 12 || a[4] != ':' || a[7] != ':' || a[10] != '.') return std::nullopt;
  if (!is_hex(a.substr(0, 4)) || !is_hex(a.substr(5, 2)) || !is_hex(a.substr(8, 2)) ||
      a[11] < '0' || a[11] > '7') {
    return std::nullopt;
  }
  std::transform(address.begin(), address.end(), address.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return address;
}

std::string Nic::chip() const { return fmt::format("{:04x}:{:04x}", vendor, device); }

bool Nic::bifurcated() const {
  return driver == "mlx5_core" || driver == "mlx4_core" || driver == "mana";
}

bool Nic::released() const {
  return driver == "vfio-pci" || driver == "igb_uio" || driver == "uio_pci_generic";
}

std::optional<Nic> read_nic(const Environment& env, const std::string& address) {
  const std::string path = kBus + address;
  if (!env.exists(path)) return std::nullopt;
  Nic nic;
  nic.address = address;
  nic.network = env.word(path + "/class").starts_with("0x02");
  nic.vendor = static_cast<unsigned>(env.number(path + "/vendor").value_or(0));
  nic.device = static_cast<unsigned>(env.number(path + "/device").value_or(0));
  nic.driver = env.link(path + "/driver");
  nic.interface = interface_of(env, path);
  nic.group = env.link(path + "/iommu_group");
  nic.node = static_cast<int>(env.number(path + "/numa_node").value_or(~std::uint64_t{0}));
  return nic;
}

bool is_made_up_group(const Environment& env, const Nic& nic) {
  return !nic.group.empty() &&
         env.word("/sys/kernel/iommu_groups/" + nic.group + "/name") == "vfio-noiommu";
}

std::string vfio_file(const Environment& env, const Nic& nic) {
  if (nic.group.empty()) return {};
  return "/dev/vfio/" + std::string(is_made_up_group(env, nic) ? "noiommu-" : "") + nic.group;
}

std::string holder_of(const Nic& nic) {
  return "driver " + nic.driver + (nic.interface.empty() ? "" : ", interface " + nic.interface);
}

std::optional<Finding> find_missing_nic(const Environment& env, const std::string& address) {
  const auto nic = read_nic(env, address);
  if (!nic) {
    return fail(fmt::format("there is no PCI device {}; network devices in this machine: {}",
                            address, nics_of(env)),
                {"", "set [port] device to the address of one of them"});
  }
  if (nic->network) return std::nullopt;
  return fail(
      fmt::format("{} is no network device; those in this machine: {}", address, nics_of(env)),
      {"", "set [port] device to the address of one of them"});
}

std::optional<Finding> find_wrongly_released(const Nic& nic) {
  constexpr unsigned kMellanox = 0x15b3;
  if (nic.vendor != kMellanox || !nic.released()) return std::nullopt;
  return fail(fmt::format("{} is a Mellanox NIC, which DPDK reaches through the kernel's driver, "
                          "but it is bound to {}",
                          nic.address, nic.driver),
              {"driverctl unset-override " + nic.address, "and apt install ibverbs-providers"});
}

std::optional<Finding> find_not_released(const Environment& env, const Nic& nic) {
  if (nic.bifurcated() || nic.released()) return std::nullopt;
  const std::string command = "driverctl set-override " + nic.address + " vfio-pci";
  if (nic.driver.empty()) {
    return fail(nic.address + " is bound to no driver",
                {command, "undo: driverctl unset-override " + nic.address});
  }
  const std::string what =
      fmt::format("{} is still used by the kernel ({})", nic.address, holder_of(nic));
  if (const std::string need = need_for(env, nic.interface); !need.empty()) {
    return fail(what,
                {"", fmt::format("none for this NIC: {} {}; choose another", nic.interface, need)});
  }
  return fail(what,
              {command, fmt::format("if nothing on this machine needs {}; undo: driverctl "
                                    "unset-override {}",
                                    nic.interface.empty() ? "it" : nic.interface, nic.address)});
}

}  // namespace weir::doctor
