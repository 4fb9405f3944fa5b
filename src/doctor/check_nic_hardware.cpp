// NIC06-NIC09, NIC12: whether DPDK has a driver for the chip, and whether the slot is worth it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "doctor/checks_by_subject.hpp"
#include "doctor/cpus.hpp"
#include "doctor/devargs.hpp"
#include "doctor/drivers.hpp"
#include "doctor/ports.hpp"

namespace weir::doctor {
namespace {

/// "8.0 GT/s PCIe" times lanes, in Gb/s: up to 5 GT/s a byte takes ten bits on the wire, above it
/// 130 carry 128. 0 = not told.
double link_gbps(const Environment& env, const Nic& nic, std::string_view which) {
  const std::string path = fmt::format("/sys/bus/pci/devices/{}/{}_link_", nic.address, which);
  const double per_lane = std::atof(env.word(path + "speed").c_str());
  const double lanes = std::atof(env.word(path + "width").c_str());
  return per_lane * lanes * (per_lane <= 5 ? 0.8 : 128.0 / 130);
}

Finding look_at_slot(const Environment& env, const Nic& nic, const std::vector<unsigned>& cpus) {
  for (const unsigned cpu : cpus) {
    const int node = node_of_cpu(env, cpu);
    if (nic.node < 0 || node < 0 || node == nic.node) continue;
    const std::string near = env.word("/sys/bus/pci/devices/" + nic.address + "/local_cpulist");
    return warn(fmt::format("{} is on NUMA node {}, the worker on CPU {} on node {}: about a fifth "
                            "slower",
                            nic.address, nic.node, cpu, node),
                {"", fmt::format("[workers] cpus = auto, or some of {}", near)});
  }
  const double now = link_gbps(env, nic, "current"), most = link_gbps(env, nic, "max");
  const std::string path = "/sys/bus/pci/devices/" + nic.address;
  const double speed =
      std::atof(env.word(path + "/net/" + nic.interface + "/speed").c_str()) / 1000;
  if (now <= 0) return skip(nic.address + " does not tell the speed of its slot");
  const std::string slot = fmt::format("{} is in a slot of {} GT/s x{}: {:.0f} Gb/s at most",
                                       nic.address, env.word(path + "/current_link_speed"),
                                       env.word(path + "/current_link_width"), std::floor(now));
  if (!nic.interface.empty() && speed > now) {
    return warn(fmt::format("{}, the port is {:.0f}G", slot, speed),
                {"", "move the card to a wider slot"});
  }
  if (now < most * 0.99) {
    return warn(fmt::format("{}, the card could do {:.0f}", slot, std::floor(most)),
                {"", "move the card to a wider slot if the port is faster than that"});
  }
  return ok(slot);
}

bool may_load_others(const Config& config) {
  return std::any_of(config.dpdk.eal_args.begin(), config.dpdk.eal_args.end(),
                     [](const std::string& arg) { return arg.starts_with("-d"); });
}

Finding look_for_driver(const Subject& subject, const Nic& nic) {
  std::string driver(common_driver_of(nic.vendor, nic.device));
  if (driver.empty()) driver = installed_driver_of(subject.env, nic.vendor, nic.device);
  if (!driver.empty()) return ok(fmt::format("{} is driven by {}", nic.chip(), driver));
  const std::string what = fmt::format("no installed driver of DPDK knows {}", nic.chip());
  const std::string interface = nic.interface.empty() ? "eth1" : nic.interface;
  const Remedy remedy{"apt install librte-meta-net",
                      fmt::format("if that does not help, go through the kernel: device = "
                                  "net_af_xdp0,iface={0} or net_af_packet0,iface={0}",
                                  interface)};
  return may_load_others(subject.config) ? warn(what, remedy) : fail(what, remedy);
}

/// virtio tells what it can do while the kernel has it: one digit a feature (virtio 1.2, 5.1.3).
Finding look_at_spreading(const Environment& env, const Nic& nic, std::size_t workers) {
  static constexpr std::size_t kMultiQueue = 22, kRss = 60;
  constexpr unsigned kVirtio = 0x1af4;
  if (workers < 2) return skip("there is one worker");
  const std::string path = "/sys/bus/pci/devices/" + nic.address;
  const auto names = env.names(path);
  const auto child = std::find_if(names.begin(), names.end(), [](const std::string& name) {
    return name.starts_with("virtio");
  });
  if (nic.vendor != kVirtio || child == names.end()) {
    return skip(nic.address + " is known when weir has started");
  }
  const std::string features = env.word(path + "/" + *child + "/features");
  const auto has = [&](std::size_t bit) { return bit < features.size() && features[bit] == '1'; };
  if (has(kMultiQueue) && has(kRss)) return ok("virtio with several queues and RSS");
  return warn("virtio without RSS: packets are spread in software (costs about a tenth)",
              {"", "QEMU: -device virtio-net-pci,mq=on,rss=on,hash=on"});
}

}  // namespace

Findings chip_has_a_driver(const Subject& subject) {
  return for_each_nic(subject, [&](const Nic& nic) { return look_for_driver(subject, nic); });
}

Findings driver_is_installed(const Subject& subject) {
  if (auto lacks = find_missing_plugin("mempool_ring", subject.env)) return {*lacks};
  Findings findings;
  for (const PortConfig& port : subject.config.ports) {
    const auto device = parse_device(port.device);
    if (!device) continue;
    const bool pci = device.value().pci;
    std::string driver(driver_of(device.value()));
    if (pci) {
      const auto nic = read_nic(subject.env, device.value().name);
      if (nic) driver = common_driver_of(nic->vendor, nic->device);
    }
    auto lacks = find_missing_plugin(pci ? "bus_pci" : "bus_vdev", subject.env);
    if (!lacks && !driver.empty()) lacks = find_missing_plugin(driver, subject.env);
    Finding finding = lacks.value_or(
        driver.empty() ? skip("see NIC06") : ok(fmt::format("driver {} is installed", driver)));
    finding.what = "port " + port.name + ": " + finding.what;
    findings.push_back(std::move(finding));
  }
  if (findings.empty()) findings.push_back(ok("driver mempool_ring is installed"));
  return findings;
}

Findings nic_can_spread(const Subject& subject) {
  const std::size_t workers = worker_cpus(subject).size();
  return for_each_nic(subject,
                      [&](const Nic& nic) { return look_at_spreading(subject.env, nic, workers); });
}

Findings slot_is_fast_and_near(const Subject& subject) {
  const auto cpus = worker_cpus(subject);
  return for_each_nic(subject,
                      [&](const Nic& nic) { return look_at_slot(subject.env, nic, cpus); });
}

Findings ena_combines_writes(const Subject& subject) {
  return for_each_nic(subject, [](const Nic& nic) {
    if (common_driver_of(nic.vendor, nic.device) != "net_ena")
      return skip(nic.address + " is no ENA");
    if (nic.driver != "vfio-pci") return ok(nic.address + " is with " + nic.driver);
    return warn(
        nic.address + " is an ENA with vfio-pci, which does not combine writes: slow to send",
        {"", "igb_uio with wc_activate=1, or a vfio-pci with Amazon's patch"});
  });
}

}  // namespace weir::doctor
