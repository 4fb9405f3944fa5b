// SEC01-SEC03: what a locked kernel, a container or a unit keeps from us.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "doctor/checks_by_subject.hpp"
#include "doctor/devargs.hpp"
#include "doctor/ports.hpp"
#include "doctor/processes.hpp"

namespace weir::doctor {
namespace {

bool in_container(const Environment& env) {
  return env.exists("/.dockerenv") || env.exists("/run/.containerenv") ||
         env.text("/proc/1/environ").find("container=") != std::string::npos ||
         !env.word("/run/systemd/container").empty();
}

/// The word in brackets of "none [integrity] confidentiality"; empty when the kernel has no such
/// file.
std::string lockdown(const Environment& env) {
  const std::string text = env.text("/sys/kernel/security/lockdown");
  const std::size_t open = text.find('['), close = text.find(']');
  if (open == std::string::npos || close == std::string::npos) return {};
  return text.substr(open + 1, close - open - 1);
}

struct Wanted {
  std::vector<std::string> devices;       ///< files that must be there
  std::vector<std::string> capabilities;  ///< names of those that this process lacks
};

bool takes_an_interface(std::string_view driver) {
  return driver == "net_af_packet" || driver == "net_af_xdp";
}

/// What the ports need of the system around this process, and do not get.
Wanted lacking(const Subject& subject) {
  Wanted wanted;
  const auto device = [&](const std::string& path) {
    if (!subject.env.exists(path)) wanted.devices.push_back(path);
  };
  bool tap = false, interface = false;
  for (const PortConfig& port : subject.config.ports) {
    const auto args = parse_device(port.device);
    if (!args) continue;
    tap = tap || driver_of(args.value()) == "net_tap";
    interface = interface || takes_an_interface(driver_of(args.value()));
  }
  if (tap) device("/dev/net/tun");
  for (const NicPort& each : nic_ports(subject)) {
    if (each.nic.driver != "vfio-pci" || each.nic.group.empty()) continue;
    device("/dev/vfio/vfio");
    device(vfio_file(subject.env, each.nic));
  }
  const bool known = !subject.env.field("/proc/self/status", "CapEff").empty();
  if (known && tap && !has_capability(subject.env, kCapNetAdmin)) {
    wanted.capabilities.emplace_back("NET_ADMIN");
  }
  if (known && interface && !has_capability(subject.env, kCapNetRaw)) {
    wanted.capabilities.emplace_back("NET_RAW");
  }
  return wanted;
}

std::string docker_line(const Wanted& wanted) {
  std::string line = "docker run";
  for (const std::string& name : wanted.capabilities) line += " --cap-add " + name;
  for (const std::string& path : wanted.devices) line += " --device " + path;
  return line + (wanted.capabilities.empty() ? " …" : " …   (and as its user root)");
}

std::string line_of_host(const Wanted& wanted) {
  std::string line;
  const auto add = [&line](std::string_view what) {
    line += fmt::format("{}{}", line.empty() ? "" : "; ", what);
  };
  if (!wanted.capabilities.empty()) add("run as root or through systemd");
  for (const std::string& path : wanted.devices) {
    const std::string_view load = path == "/dev/net/tun" ? "modprobe tun" : "modprobe vfio-pci";
    if (line.find(load) == std::string::npos) add(load);
  }
  return line;
}

// DPDK looks up there whether VFIO is loaded, and takes "I cannot look" for an error.
Finding without_modules(bool container) {
  return fail("there is no /sys/module, without which DPDK does not start (\"Cannot init VFIO\")",
              container ? Remedy{"",
                                 "systemd-nspawn --bind-ro=/sys/module; elsewhere a read-only "
                                 "/sys of the host"}
                        : Remedy{"mount -t sysfs sysfs /sys", ""});
}

bool has_several_nodes(const Environment& env) {
  const auto names = env.names("/sys/devices/system/node");
  return std::count_if(names.begin(), names.end(), [](const std::string& name) {
           return name.starts_with("node") && numbers_of(name.substr(4)).size() == 1;
         }) > 1;
}

Finding without_nodes(bool container) {
  return warn(
      "a filter of system calls (seccomp) forbids to choose the NUMA node of memory: it may "
      "come from the wrong one",
      {"", container ? "docker run --cap-add SYS_NICE …; a pod: capabilities.add: "
                       "[SYS_NICE]"
                     : "unit: SystemCallFilter=get_mempolicy set_mempolicy mbind"});
}

}  // namespace

Findings kernel_is_not_locked_down(const Subject& subject) {
  const std::string level = lockdown(subject.env);
  if (level.empty() || level == "none") return {ok("the kernel is not locked down")};
  for (const NicPort& each : nic_ports(subject)) {
    const Nic& nic = each.nic;
    const bool uio = nic.driver == "igb_uio" || nic.driver == "uio_pci_generic";
    const bool unguarded =
        nic.driver == "vfio-pci" && (nic.group.empty() || is_made_up_group(subject.env, nic));
    if (!uio && !unguarded) continue;
    return {fail(fmt::format("port {}: Secure Boot has locked the kernel ({}): {} with driver {} "
                             "cannot work, only vfio-pci with a real IOMMU can",
                             each.port, level, nic.address, nic.driver),
                 {"driverctl set-override " + nic.address + " vfio-pci",
                  "and IOM01, or switch Secure Boot off in the firmware"},
                 kNoPermission)};
  }
  return {ok(
      fmt::format("Secure Boot has locked the kernel ({}): vfio-pci with an IOMMU works", level))};
}

Findings container_gives_enough(const Subject& subject) {
  if (!subject.env.exists("/sys/module")) return {without_modules(in_container(subject.env))};
  const Wanted wanted = lacking(subject);
  if (wanted.devices.empty() && wanted.capabilities.empty()) {
    if (has_several_nodes(subject.env) && !may_choose_memory_nodes(subject.env)) {
      return {without_nodes(in_container(subject.env))};
    }
    return {ok("devices and capabilities that the ports need are there")};
  }
  std::vector<std::string> all = wanted.devices;
  for (const std::string& name : wanted.capabilities) all.push_back("CAP_" + name);
  const bool container = in_container(subject.env);
  return {fail(
      fmt::format("this {} lacks {}", container ? "container" : "process", fmt::join(all, ", ")),
      {"", container ? docker_line(wanted) : line_of_host(wanted)}, kNoPermission)};
}

Findings unit_hides_no_device(const Subject& subject) {
  if (in_container(subject.env)) return {skip("in a container: see SEC02")};
  for (const std::string& path : lacking(subject).devices) {
    if (!subject.env.exists(kRootOfInit + path)) continue;
    return {fail(fmt::format("{} is hidden from this process: PrivateDevices=yes in the unit or an "
                             "override of it",
                             path),
                 {"", "systemctl edit weir, [Service] PrivateDevices=no"}, kNoPermission)};
  }
  return {ok("no device is hidden from this process")};
}

}  // namespace weir::doctor
