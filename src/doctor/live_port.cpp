// NIC10, NIC11: what a port has on its other side, a cable or a host.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "doctor/checks_by_subject.hpp"
#include "doctor/devargs.hpp"
#include "doctor/live.hpp"

namespace weir::doctor {
namespace {

std::optional<DeviceArgs> device_of(const Json& port) {
  const Json& device = port.at("device");
  if (!device.is_string()) return std::nullopt;
  auto args = parse_device(device.get<std::string>());
  return args ? std::optional(std::move(args).value()) : std::nullopt;
}

std::string speed_text(const Json& link) {
  const auto bps = link.at("speed_bps").get<std::uint64_t>();
  return bps == 0 ? "" : fmt::format(", {:.3g} Gb/s", static_cast<double>(bps) / 1e9);
}

Remedy mend_link(const Json& port) {
  const auto device = device_of(port);
  const auto interface = device ? device->value("iface") : std::nullopt;
  if (interface) {
    return {"ip link set " + for_shell(*interface) + " up",
            "in the network namespace where the interface is"};
  }
  return {"", "cable, switch port (is it shut down?), SFP module"};
}

Findings look_at_link(const Json& then, const Json& now) {
  const Json& link = now.at("link");
  if (!link.at("up").get<bool>()) {
    return {fail("no link: nothing can arrive or leave", mend_link(now))};
  }
  if (!then.at("link").at("up").get<bool>()) {
    return {warn("the link came up this second: it may come and go", mend_link(now))};
  }
  if (!link.at("full_duplex").get<bool>()) {
    return {warn("the link is half duplex" + speed_text(link),
                 {"", "let both ends negotiate, or set both by hand"})};
  }
  return {ok("link up" + speed_text(link))};
}

struct VirtualFunction {
  std::string host_interface, number;  // empty: the host's side cannot be seen
};

const std::string kDevices = "/sys/bus/pci/devices/";

// On the host itself the physical function is beside it; in a virtual machine only the driver's
// name tells: net_iavf, net_ixgbe_vf, net_hns3_vf.
std::optional<VirtualFunction> virtual_function(const Environment& env, const Json& port) {
  const auto device = device_of(port);
  const std::string physical =
      device && device->pci ? kDevices + device->name + "/physfn" : std::string();
  if (physical.empty() || !env.exists(physical)) {
    const std::string driver = port.at("driver");
    if (driver.find("vf") == std::string::npos) return std::nullopt;
    return VirtualFunction{};
  }
  VirtualFunction found;
  const auto interfaces = env.names(physical + "/net");
  if (!interfaces.empty()) found.host_interface = interfaces.front();
  for (const std::string& name : env.names(physical)) {
    constexpr std::string_view kLink = "virtfn";
    if (!name.starts_with(kLink) || env.link(physical + "/" + name) != device->name) continue;
    found.number = name.substr(kLink.size());
  }
  return found;
}

Remedy trust(const VirtualFunction& function) {
  if (function.host_interface.empty() || function.number.empty()) {
    return {"",
            "on the host: ip link set NAME vf N trust on spoofchk off; and use the MAC address "
            "that the host gave to it"};
  }
  return {fmt::format("ip link set {} vf {} trust on spoofchk off",
                      for_shell(function.host_interface), function.number),
          "and use the MAC address that the host gave to it"};
}

bool has_silent_gateway(const LiveReading& reading, const std::string& port) {
  return std::any_of(reading.gateways.begin(), reading.gateways.end(), [&](const GatewayLook& g) {
    return g.port == port && g.asked != 0 && g.answered == 0;
  });
}

}  // namespace

Findings link_is_up(const LiveSubject& subject) {
  return for_each_port(subject.reading, look_at_link);
}

Findings virtual_function_is_trusted(const LiveSubject& subject) {
  const auto look = [&](const Json&, const Json& now) -> Findings {
    const auto function = virtual_function(subject.env, now);
    if (!function) return {skip("no virtual function")};
    const auto received = now.at("rx").at("packets").get<std::uint64_t>();
    const auto sent = now.at("tx").at("packets").get<std::uint64_t>();
    if (received == 0 && sent != 0) {
      return {fail(fmt::format("a virtual function that has sent {} frames and received none: its "
                               "host drops what it does not trust",
                               sent),
                   trust(*function))};
    }
    if (has_silent_gateway(subject.reading, now.at("name"))) {
      return {
          warn("a virtual function that receives, but whose gateway does not answer: its host "
               "may drop what it sends (spoofchk)",
               trust(*function))};
    }
    return {ok("a virtual function that sends and receives")};
  };
  return for_each_port(subject.reading, look);
}

}  // namespace weir::doctor
