// /sys/bus/pci/devices/<address>/{class,vendor,driver,net}.
#include "dpdk/pci_device.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <vector>

namespace weir {
namespace {

namespace fs = std::filesystem;

std::string read_word(const fs::path& file) {
  std::string word;
  std::ifstream(file) >> word;
  return word;
}

std::string driver_of(const fs::path& device) {
  std::error_code none;
  const fs::path target = fs::read_symlink(device / "driver", none);
  return target.filename();
}

/// The kernel's interface, which a virtio NIC has one level deeper: 0000:00:03.0/virtio0/net/eth0.
std::string interface_of(const fs::path& device) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(device / "net", none)) {
    return entry.path().filename();
  }
  for (const auto& child : fs::directory_iterator(device, none)) {
    if (!child.path().filename().string().starts_with("virtio")) continue;
    for (const auto& entry : fs::directory_iterator(child.path() / "net", none)) {
      return entry.path().filename();
    }
  }
  return {};
}

bool is_nic(const fs::path& device) { return read_word(device / "class").starts_with("0x02"); }

/// "driver ice, interface ens1f0".
std::string holder_of(const fs::path& device) {
  const std::string interface = interface_of(device);
  return "driver " + driver_of(device) + (interface.empty() ? "" : ", interface " + interface);
}

/// "0000:03:00.0 (driver ice, interface ens1f0), …": class 0x02xxxx is a network controller.
std::string nics_of(const fs::path& bus) {
  std::vector<std::string> nics;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(bus, none)) {
    if (!is_nic(entry)) continue;
    nics.push_back(entry.path().filename().string() + " (" +
                   (driver_of(entry).empty() ? "no driver" : holder_of(entry)) + ")");
  }
  std::sort(nics.begin(), nics.end());
  std::string list;
  for (const std::string& nic : nics) list += (list.empty() ? "" : ", ") + nic;
  return list.empty() ? "none" : list;
}

std::string bind_command(const std::string& address) {
  return "driverctl set-override " + address + " vfio-pci";
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c); });
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

std::optional<Error> check_pci_device(const std::string& address, const std::string& sys) {
  const fs::path bus = fs::path(sys) / "bus/pci/devices";
  const fs::path device = bus / address;
  std::error_code none;
  if (!fs::exists(device, none)) {
    return Error{"there is no PCI device " + address +
                 "; network devices in this machine: " + nics_of(bus)};
  }
  if (!is_nic(device)) {
    return Error{address + " is no network device; those in this machine: " + nics_of(bus)};
  }
  const std::string driver = driver_of(device);
  // These drivers share the NIC with the kernel, and DPDK talks to it through them.
  const bool bifurcated = driver == "mlx5_core" || driver == "mlx4_core" || driver == "mana";
  const bool released = driver == "vfio-pci" || driver == "igb_uio" || driver == "uio_pci_generic";
  if (released && read_word(device / "vendor") == "0x15b3") {
    return Error{address +
                 " is a Mellanox NIC, which DPDK reaches through the kernel's driver; give "
                 "it back: driverctl unset-override " +
                 address};
  }
  if (bifurcated || released) return std::nullopt;
  if (driver.empty()) {
    return Error{address + " is bound to no driver; bind it: " + bind_command(address)};
  }
  return Error{address + " is still used by the kernel (" + holder_of(device) +
               "); if no address and no route of this machine needs it: " + bind_command(address) +
               " (undo: driverctl unset-override " + address + ")"};
}

}  // namespace weir
