// NIC01-NIC05, NIC13: which device a port names, and who has it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "doctor/checks_by_subject.hpp"
#include "doctor/devargs.hpp"
#include "doctor/ports.hpp"
#include "doctor/processes.hpp"
#include "doctor/routes.hpp"

namespace weir::doctor {
namespace {

Findings of_ports(const Subject& subject, Finding (*look)(const Environment&, const PortConfig&)) {
  Findings findings;
  for (const PortConfig& port : subject.config.ports) {
    Finding finding = look(subject.env, port);
    finding.what = "port " + port.name + ": " + finding.what;
    findings.push_back(std::move(finding));
  }
  if (findings.empty()) findings.push_back(skip("no port is configured"));
  return findings;
}

Finding look_for_device(const Environment& env, const PortConfig& port) {
  const auto device = parse_device(port.device);
  if (!device) return skip("see NIC02");
  if (!device.value().pci) return skip(device.value().name + " is a virtual device: see RUN02");
  if (auto none = find_missing_nic(env, device.value().name)) return *none;
  return ok(device.value().name + " exists");
}

/// Who writes what `ip link` shows means that interface.
std::optional<Remedy> remedy_of_interface(const Environment& env, const std::string& device) {
  const auto known = interfaces(env);
  if (std::find(known.begin(), known.end(), device) == known.end()) return std::nullopt;
  return Remedy{"", fmt::format("{0} is an interface of the kernel: device = "
                                "net_af_packet0,iface={0} goes through it, its PCI address takes "
                                "the NIC over",
                                device)};
}

Finding look_at_name(const Environment& env, const PortConfig& port) {
  const auto device = parse_device(port.device);
  if (device) return ok("device = " + port.device);
  if (const auto remedy = remedy_of_interface(env, port.device)) {
    return fail(device.error().message, *remedy, kConfiguration);
  }
  return fail(device.error().message, {"", "set [port] device to one of these"}, kConfiguration);
}

Finding look_at_need(const Environment& env, const Nic& nic) {
  const std::string need = need_for(env, nic.interface);
  if (need.empty()) return ok(nic.address + " carries no default route and no ssh session");
  if (nic.bifurcated()) {
    return warn(fmt::format("{} {}, and DPDK will share it with the kernel", nic.interface, need),
                {"", "use another port if you can"});
  }
  return fail(fmt::format("REFUSED: {} ({}) {}", nic.interface, nic.address, need),
              {"", fmt::format("use another NIC, or leave this one with the kernel: device = "
                               "net_af_packet0,iface={}",
                               nic.interface)});
}

Finding look_for_holder(const Environment& env, const Nic& nic) {
  if (nic.driver != "vfio-pci" || nic.group.empty()) return skip(nic.address + " is not with VFIO");
  const auto holders = holders_of(env, vfio_file(env, nic));
  if (holders.empty()) return ok(nic.address + " is in nobody's use");
  return fail(fmt::format("{} is in use by {}", nic.address, fmt::join(holders, ", ")),
              {"", "stop that program first"}, kTryLater);
}

Finding look_at_bifurcated(const Environment& env, const Nic& nic) {
  if (auto wrong = find_wrongly_released(nic)) return *wrong;
  if (nic.driver != "mlx5_core" && nic.driver != "mlx4_core") {
    return skip(nic.address + " is no NIC that DPDK shares with the kernel");
  }
  if (env.names("/sys/class/infiniband_verbs").empty()) {
    return fail(nic.address + " has no verbs device, by which DPDK reaches it",
                {"modprobe ib_uverbs", "and apt install ibverbs-providers"});
  }
  if (!env.exists("/etc/libibverbs.d/" + nic.driver.substr(0, 4) + ".driver")) {
    return fail("the verbs library of " + nic.driver.substr(0, 4) + " is not installed",
                {"apt install ibverbs-providers", {}});
  }
  return ok(nic.address + " stays with " + nic.driver + ", as it must");
}

}  // namespace

Findings device_exists(const Subject& subject) { return of_ports(subject, look_for_device); }

Findings device_name_is_sound(const Subject& subject) { return of_ports(subject, look_at_name); }

Findings kernel_let_go(const Subject& subject) {
  return for_each_nic(subject, [&](const Nic& nic) {
    if (auto held = find_not_released(subject.env, nic)) return *held;
    return ok(fmt::format("{} is with {}", nic.address, nic.driver));
  });
}

Findings nobody_depends_on_it(const Subject& subject) {
  return for_each_nic(subject, [&](const Nic& nic) { return look_at_need(subject.env, nic); });
}

Findings bifurcated_stays_with_kernel(const Subject& subject) {
  return for_each_nic(subject,
                      [&](const Nic& nic) { return look_at_bifurcated(subject.env, nic); });
}

Findings device_is_not_taken(const Subject& subject) {
  return for_each_nic(subject, [&](const Nic& nic) { return look_for_holder(subject.env, nic); });
}

}  // namespace weir::doctor
