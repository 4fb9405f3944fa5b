// Devices without hardware, one row each, and the mistakes that can be made with them.
#include "dpdk/devargs.hpp"

#include <net/if.h>
#include <rte_config.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "dpdk/pci_device.hpp"

namespace weir {
namespace {

using Check = std::optional<Error> (*)(const DeviceArgs&, const DeviceWorld&);

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

std::optional<Error> missing(const DeviceArgs& device, std::string_view key,
                             std::string_view example) {
  return Error{device.name + " needs " + std::string(key) + "=: device = " + device.name + "," +
               std::string(example)};
}

std::optional<Error> check_nothing(const DeviceArgs&, const DeviceWorld&) { return std::nullopt; }

std::optional<Error> check_tap(const DeviceArgs& device, const DeviceWorld& world) {
  if (const auto iface = device.value("iface"); iface && iface->size() >= IFNAMSIZ) {
    return Error{device.name + ": interface name " + in_quotes(*iface) + " is longer than " +
                 std::to_string(IFNAMSIZ - 1) + " characters"};
  }
  if (access(world.tun.c_str(), F_OK) != 0) {
    return Error{device.name + ": there is no " + world.tun +
                 "; load the module (modprobe tun), or give the container --device /dev/net/tun"};
  }
  if (access(world.tun.c_str(), R_OK | W_OK) != 0) {
    return Error{device.name + ": this user may not open " + world.tun +
                 "; run as root or through systemd"};
  }
  return std::nullopt;
}

std::optional<Error> check_interface(const DeviceArgs& device, const DeviceWorld&) {
  const auto iface = device.value("iface");
  if (!iface) return missing(device, "iface", "iface=eth1");
  if (if_nametoindex(std::string(*iface).c_str()) != 0) return std::nullopt;
  std::string known;
  struct if_nameindex* const all = if_nameindex();
  for (const struct if_nameindex* one = all; one != nullptr && one->if_index != 0; ++one) {
    known += (known.empty() ? "" : ", ") + std::string(one->if_name);
  }
  if (all != nullptr) if_freenameindex(all);
  return Error{device.name + ": there is no interface " + in_quotes(*iface) +
               "; there are: " + known};
}

std::optional<Error> check_pcap(const DeviceArgs& device, const DeviceWorld&) {
  static constexpr std::array kKeys{"rx_pcap",     "tx_pcap",  "rx_iface",
                                    "rx_iface_in", "tx_iface", "iface"};
  bool any = false;
  for (const auto& [key, value] : device.parameters) {
    any = any || std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
    if (key == "rx_pcap" && access(value.c_str(), R_OK) != 0) {
      return Error{device.name + ": cannot read the capture file " + in_quotes(value) + ": " +
                   std::error_code(errno, std::generic_category()).message()};
    }
    if (key == "tx_pcap") {
      const auto directory = std::filesystem::absolute(value).parent_path();
      if (access(directory.c_str(), W_OK) != 0) {
        return Error{device.name + ": cannot write the capture file " + in_quotes(value) + ": " +
                     std::error_code(errno, std::generic_category()).message()};
      }
    }
  }
  if (!any) return missing(device, "rx_pcap= or tx_pcap", "rx_pcap=FILE,tx_pcap=FILE");
  return std::nullopt;
}

std::optional<Error> check_vhost(const DeviceArgs& device, const DeviceWorld&) {
  if (!device.value("iface")) return missing(device, "iface", "iface=/run/weir/vhost.sock");
  return std::nullopt;
}

std::optional<Error> check_virtio_user(const DeviceArgs& device, const DeviceWorld&) {
  const auto path = device.value("path");
  if (!path) return missing(device, "path", "path=/dev/vhost-net,iface=weir0");
  if (device.value("server") == "1" || access(std::string(*path).c_str(), F_OK) == 0) {
    return std::nullopt;
  }
  return Error{device.name + ": there is no " + in_quotes(*path) +
               (*path == "/dev/vhost-net" ? "; load the module: modprobe vhost-net"
                                          : "; start the other side of the socket first")};
}

struct Kind {
  std::string_view prefix;  // of the device's name; a number follows
  std::string_view driver;  // librte_<driver>.so
  Check check;
};
constexpr auto kKinds = std::to_array<Kind>({
    {"net_tap", "net_tap", check_tap},
    {"net_af_packet", "net_af_packet", check_interface},
    {"eth_af_packet", "net_af_packet", check_interface},
    {"net_af_xdp", "net_af_xdp", check_interface},
    {"net_memif", "net_memif", check_nothing},
    {"net_vhost", "net_vhost", check_vhost},
    {"eth_vhost", "net_vhost", check_vhost},
    {"net_virtio_user", "net_virtio", check_virtio_user},
    {"virtio_user", "net_virtio", check_virtio_user},
    {"net_ring", "net_ring", check_nothing},
    {"net_pcap", "net_pcap", check_pcap},
    {"net_null", "net_null", check_nothing},
});

const Kind* kind_of(std::string_view name) {
  for (const Kind& kind : kKinds) {
    if (!name.starts_with(kind.prefix)) continue;
    const std::string_view number = name.substr(kind.prefix.size());
    if (!number.empty() && std::all_of(number.begin(), number.end(),
                                       [](unsigned char c) { return std::isdigit(c) != 0; })) {
      return &kind;
    }
  }
  return nullptr;
}

/// Debian has a package for each driver and installs few of them; DPDK then fails without a reason.
std::optional<Error> check_plugin(std::string_view driver, const DeviceWorld& world) {
  const std::string directory = world.plugins.empty() ? RTE_EAL_PMD_PATH : world.plugins;
  // ".../pmds-23.0": the major number is also that of the files and packages.
  const std::size_t at = directory.rfind("pmds-");
  const std::string version =
      at == std::string::npos ? "23" : directory.substr(at + 5, directory.find('.', at) - at - 5);
  const std::string file = directory + "/librte_" + std::string(driver) + ".so." + version;
  std::error_code none;
  if (directory.empty() || std::filesystem::exists(file, none)) return std::nullopt;
  std::string package = "librte-" + std::string(driver) + version;
  std::replace(package.begin(), package.end(), '_', '-');
  return Error{"the driver " + std::string(driver) + " is not installed (no " + file +
               "); apt install " + package};
}

}  // namespace

std::optional<std::string_view> DeviceArgs::value(std::string_view key) const noexcept {
  for (const auto& [known, text] : parameters) {
    if (known == key) return text;
  }
  return std::nullopt;
}

std::string DeviceArgs::text() const {
  std::string text = name;
  for (const auto& [key, value] : parameters) text += "," + key + "=" + value;
  return text;
}

Result<DeviceArgs> parse_device(std::string_view device) {
  DeviceArgs args;
  const std::size_t comma = std::min(device.find(','), device.size());
  const std::string_view name = device.substr(0, comma);
  const auto address = canonical_pci_address(name);
  args.pci = address.has_value();
  args.name = address.value_or(std::string(name));
  if (!args.pci && kind_of(name) == nullptr) {
    std::string known;
    for (const Kind& kind : kKinds) known += ", " + std::string(kind.prefix) + "0";
    return Error{"device " + in_quotes(name) +
                 " is neither a PCI address like 0000:03:00.0 nor one of" + known.substr(1)};
  }
  for (std::size_t at = comma; at < device.size();) {
    const std::size_t end = std::min(device.find(',', at + 1), device.size());
    const std::string_view parameter = device.substr(at + 1, end - at - 1);
    const std::size_t equals = parameter.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      return Error{"device " + in_quotes(device) + ": " + in_quotes(parameter) +
                   " is no parameter; write key=value after each comma"};
    }
    args.parameters.emplace_back(parameter.substr(0, equals), parameter.substr(equals + 1));
    at = end;
  }
  return args;
}

std::optional<Error> check_device(const DeviceArgs& device, const DeviceWorld& world) {
  if (device.pci) {
    if (auto error = check_plugin("bus_pci", world)) return error;
    return check_pci_device(device.name, world.sys);
  }
  const Kind* const kind = kind_of(device.name);
  assert(kind != nullptr && "no other name passes parse_device");
  if (auto error = check_plugin("bus_vdev", world)) return error;
  if (auto error = check_plugin(kind->driver, world)) return error;
  return kind->check(device, world);
}

}  // namespace weir
