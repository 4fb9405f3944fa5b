// Devices without hardware, one row each, and the mistakes that can be made with them.
#include "doctor/devargs.hpp"

#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "base/did_you_mean.hpp"
#include "base/words.hpp"
#include "doctor/drivers.hpp"
#include "doctor/nic.hpp"
#include "doctor/processes.hpp"
#include "doctor/routes.hpp"

namespace weir::doctor {
namespace {

using Look = std::optional<Finding> (*)(const DeviceArgs&, const Environment&);

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string why_not() { return std::error_code(errno, std::generic_category()).message(); }

Finding missing(const DeviceArgs& device, std::string_view key, std::string_view example) {
  return fail(device.name + " needs " + std::string(key) + "=",
              {"", "device = " + device.name + "," + std::string(example)}, kConfiguration);
}

std::optional<Finding> look_at_nothing(const DeviceArgs&, const Environment&) {
  return std::nullopt;
}

/// One that is there without a holder must be a tap of the kind that net_tap makes (IFF_TAP and
/// IFF_MULTI_QUEUE of linux/if_tun.h).
std::optional<Finding> look_at_left_interface(const DeviceArgs& device, const Environment& env,
                                              const std::string& iface) {
  constexpr std::uint64_t kNeeded = 0x0102;
  const std::string directory = "/sys/class/net/" + iface;
  if (!env.exists(directory)) return std::nullopt;  // /sys shows another network namespace
  if ((env.number(directory + "/tun_flags").value_or(0) & kNeeded) == kNeeded) return std::nullopt;
  return fail(device.name + ": there is an interface " + in_quotes(iface) +
                  ", and it is no tap with multi_queue",
              {"", "another iface=, or, if nobody needs that interface, ip link delete " +
                       for_shell(iface)},
              kConfiguration);
}

/// net_tap would join an interface that is there, and each of the two gets some of the frames.
std::optional<Finding> look_for_holder_of_tap(const DeviceArgs& device, const Environment& env) {
  const std::string iface(device.value("iface").value_or(""));
  const auto known = interfaces(env);
  if (std::find(known.begin(), known.end(), iface) == known.end()) return std::nullopt;
  const auto holders = holders_of_tap(env, iface);
  if (holders.empty()) return look_at_left_interface(device, env, iface);
  return fail(
      device.name + ": the interface " + in_quotes(iface) + " is in use by " + holders.front(),
      {"", "stop that program, or another iface="}, kTryLater);
}

std::optional<Finding> look_at_tap(const DeviceArgs& device, const Environment& env) {
  if (const auto iface = device.value("iface"); iface && iface->size() >= IFNAMSIZ) {
    return fail(device.name + ": interface name " + in_quotes(*iface) + " is longer than " +
                    std::to_string(IFNAMSIZ - 1) + " characters",
                {"", "a shorter iface="}, kConfiguration);
  }
  static constexpr std::string_view kTun = "/dev/net/tun";
  if (!env.exists(kTun)) {
    return fail(device.name + ": there is no " + std::string(kTun),
                {"modprobe tun", "in a container: --device /dev/net/tun"});
  }
  if (!may(env, std::string(kTun), R_OK | W_OK)) {
    return fail(device.name + ": this user may not open " + std::string(kTun),
                {"", "run as root or through systemd"}, kNoPermission);
  }
  return look_for_holder_of_tap(device, env);
}

std::optional<Finding> look_at_interface(const DeviceArgs& device, const Environment& env) {
  const auto iface = device.value("iface");
  if (!iface) return missing(device, "iface", "iface=eth1");
  std::string known;
  for (const std::string& name : interfaces(env)) {
    if (name == *iface) return std::nullopt;
    known += (known.empty() ? "" : ", ") + name;
  }
  return fail(
      device.name + ": there is no interface " + in_quotes(*iface) + "; there are: " + known,
      {"", "set iface= to one of them, in the network namespace that weir runs in"});
}

std::optional<Finding> look_at_capture_files(const DeviceArgs& device, const Environment& env) {
  static constexpr std::array kKeys{"rx_pcap",     "tx_pcap",  "rx_iface",
                                    "rx_iface_in", "tx_iface", "iface"};
  bool any = false;
  for (const auto& [key, value] : device.parameters) {
    any = any || std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
    const auto path = std::filesystem::absolute(value);
    if (key == "rx_pcap" && !may(env, path.native(), R_OK)) {
      return fail(
          device.name + ": cannot read the capture file " + in_quotes(value) + ": " + why_not(),
          {"", "set rx_pcap= to a capture file"});
    }
    if (key == "tx_pcap" && !may(env, path.parent_path().native(), W_OK)) {
      return fail(
          device.name + ": cannot write the capture file " + in_quotes(value) + ": " + why_not(),
          {"", "set tx_pcap= to a file in a directory that may be written"});
    }
  }
  if (!any) return missing(device, "rx_pcap= or tx_pcap", "rx_pcap=FILE,tx_pcap=FILE");
  return std::nullopt;
}

/// A path of a socket that is to be made: its directory must be there.
std::optional<Finding> look_at_socket(const DeviceArgs& device, std::string_view key,
                                      const Environment& env) {
  const std::string path(device.value(key).value_or(""));
  const auto directory = std::filesystem::path(path).parent_path();
  if (directory.empty() || env.exists(directory.native())) return std::nullopt;
  return fail(
      device.name + ": there is no directory " + in_quotes(directory.native()) + " for its socket",
      {"mkdir -p " + for_shell(directory.native()), {}});
}

std::optional<Finding> look_at_memif(const DeviceArgs& device, const Environment& env) {
  if (device.value("socket-abstract") != "no") return std::nullopt;  // a name, not a path
  return look_at_socket(device, "socket", env);
}

std::optional<Finding> look_at_vhost(const DeviceArgs& device, const Environment& env) {
  if (!device.value("iface")) return missing(device, "iface", "iface=/run/weir/vhost.sock");
  if (device.value("client") == "1") return std::nullopt;  // it waits for who makes the socket
  return look_at_socket(device, "iface", env);
}

std::optional<Finding> look_at_virtio_user(const DeviceArgs& device, const Environment& env) {
  const auto path = device.value("path");
  if (!path) return missing(device, "path", "path=/dev/vhost-net,iface=weir0");
  if (device.value("server") == "1" || env.exists(*path)) return std::nullopt;
  const std::string what = device.name + ": there is no " + in_quotes(*path);
  if (*path == "/dev/vhost-net") return fail(what, {"modprobe vhost-net", {}});
  return fail(what, {"", "start the other side of the socket first"});
}

// What each driver reads (DPDK 22.11): some pass over a parameter that they do not know, and start
// with an interface that nobody asked for.
constexpr std::string_view kTapKeys = "iface mac remote";
constexpr std::string_view kPacketKeys = "iface qpairs blocksz framesz framecnt qdisc_bypass";
constexpr std::string_view kXdpKeys =
    "iface start_queue queue_count shared_umem xdp_prog busy_budget force_copy";
constexpr std::string_view kMemifKeys =
    "id role bsize rsize socket socket-abstract mac zero-copy secret";
constexpr std::string_view kVhostKeys =
    "iface queues client iommu-support postcopy-support tso linear-buffer ext-buffer "
    "legacy-ol-flags";
constexpr std::string_view kVirtioKeys =
    "path mac cq queue_size queues iface server mrg_rxbuf in_order packed_vq speed vectorized";
constexpr std::string_view kPcapKeys =
    "rx_pcap tx_pcap rx_iface rx_iface_in tx_iface iface phy_mac infinite_rx";

struct Kind {
  std::string_view prefix;  // of the device's name; a number follows
  std::string_view driver;  // librte_<driver>.so
  std::string_view keys;    // of its parameters, between blanks
  Look look;
};
constexpr auto kKinds = std::to_array<Kind>({
    {"net_tap", "net_tap", kTapKeys, look_at_tap},
    {"net_af_packet", "net_af_packet", kPacketKeys, look_at_interface},
    {"eth_af_packet", "net_af_packet", kPacketKeys, look_at_interface},
    {"net_af_xdp", "net_af_xdp", kXdpKeys, look_at_interface},
    {"net_memif", "net_memif", kMemifKeys, look_at_memif},
    {"net_vhost", "net_vhost", kVhostKeys, look_at_vhost},
    {"eth_vhost", "net_vhost", kVhostKeys, look_at_vhost},
    {"net_virtio_user", "net_virtio", kVirtioKeys, look_at_virtio_user},
    {"virtio_user", "net_virtio", kVirtioKeys, look_at_virtio_user},
    {"net_ring", "net_ring", "nodeaction", look_at_nothing},
    {"net_pcap", "net_pcap", kPcapKeys, look_at_capture_files},
    {"net_null", "net_null", "size copy no-rx", look_at_nothing},
});

std::optional<Finding> look_at_keys(const DeviceArgs& device, const Kind& kind) {
  const auto known = split(kind.keys);
  for (const auto& [key, value] : device.parameters) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string accepted;
    for (const std::string_view name : known) {
      accepted += (accepted.empty() ? "" : ", ") + std::string(name);
    }
    return fail(device.name + " has no parameter " + in_quotes(key) + did_you_mean(key, known),
                {"", "one of " + accepted}, kConfiguration);
  }
  return std::nullopt;
}

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
    if (kind_of(std::string(name) + "0") != nullptr) {
      return Error{"device " + in_quotes(name) + " lacks a number, did you mean '" +
                   std::string(name) + "0'?"};
    }
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

std::string_view driver_of(const DeviceArgs& device) noexcept {
  const Kind* const kind = kind_of(device.name);
  return kind == nullptr ? std::string_view{} : kind->driver;
}

std::vector<std::string_view> virtual_drivers() {
  std::vector<std::string_view> drivers;
  for (const Kind& kind : kKinds) drivers.push_back(kind.driver);
  return drivers;
}

std::optional<Finding> find_unusable_vdev(const DeviceArgs& device, const Environment& env) {
  const Kind* const kind = kind_of(device.name);
  if (kind == nullptr) return std::nullopt;
  if (auto unknown = look_at_keys(device, *kind)) return unknown;
  return kind->look(device, env);
}

std::optional<Finding> find_unusable(const DeviceArgs& device, const Environment& env) {
  if (auto lacks = find_missing_plugin(device.pci ? "bus_pci" : "bus_vdev", env)) return lacks;
  if (!device.pci) {
    if (auto lacks = find_missing_plugin(driver_of(device), env)) return lacks;
    return find_unusable_vdev(device, env);
  }
  if (auto none = find_missing_nic(env, device.name)) return none;
  const auto nic = read_nic(env, device.name);
  if (auto wrong = find_wrongly_released(*nic)) return wrong;
  return find_not_released(env, *nic);
}

}  // namespace weir::doctor
