// IOM01-IOM03: the IOMMU, without which vfio-pci gives no NIC away.
#include <fmt/format.h>

#include <algorithm>

#include "doctor/checks_by_subject.hpp"
#include "doctor/ports.hpp"
#include "doctor/routes.hpp"

namespace weir::doctor {
namespace {

const std::string kGroups = "/sys/kernel/iommu_groups";

/// igb_uio and the drivers that share a NIC with the kernel do without.
bool needs_iommu(const Nic& nic) {
  return !nic.bifurcated() && nic.driver != "igb_uio" && nic.driver != "uio_pci_generic";
}

bool may_do_without(const Environment& env) {
  return env.word("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode") == "Y";
}

/// Drivers that VFIO accepts beside itself in a group: they touch no memory of their own accord.
bool viable(const Environment& env, const Nic& member) {
  if (member.driver.empty() || member.driver == "vfio-pci") return true;
  if (member.driver == "pci-stub" || member.driver == "pcieport") return true;
  return env.word("/sys/bus/pci/devices/" + member.address + "/class").starts_with("0x0604");
}

Finding look_for_iommu(const Environment& env, const Nic& nic) {
  if (!needs_iommu(nic)) return skip(nic.address + " needs no IOMMU (driver " + nic.driver + ")");
  if (!nic.group.empty() && !is_made_up_group(env, nic)) {
    return ok(fmt::format("IOMMU on, {} is in group {}", nic.address, nic.group));
  }
  if (nic.group.empty() && !env.names(kGroups).empty()) return ok("IOMMU on");
  if (!nic.group.empty() || may_do_without(env)) {
    return warn(
        "IOMMU is off, and vfio does without: the NIC can reach all memory, and weir needs "
        "root",
        {"", "enable VT-d or AMD-Vi in the firmware where there is one"});
  }
  return fail(
      "IOMMU is off: vfio-pci cannot have " + nic.address,
      {"",
       "server: enable VT-d or AMD-Vi in the firmware, add intel_iommu=on iommu=pt (AMD: "
       "iommu=pt) to the kernel's command line, reboot; virtual machine without one: echo 1 > "
       "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode (needs root, no isolation)"});
}

Finding look_at_group(const Environment& env, const Nic& nic) {
  if (nic.group.empty() || !needs_iommu(nic)) return skip(nic.address + " is in no IOMMU group");
  const auto members = env.names(kGroups + "/" + nic.group + "/devices");
  for (const std::string& address : members) {
    if (address == nic.address) continue;
    const auto member = read_nic(env, address);
    if (!member || viable(env, *member)) continue;
    const std::string need = need_for(env, member->interface);
    const std::string what =
        fmt::format("{} shares IOMMU group {} with {} ({}{})", nic.address, nic.group, address,
                    holder_of(*member), need.empty() ? "" : ", " + need);
    if (!need.empty()) {
      return fail(what, {"", "move the card to another slot, or use another NIC"});
    }
    return fail(what, {"driverctl set-override " + address + " vfio-pci",
                       "all of a group go together; or move the card, or enable ACS"});
  }
  return ok(members.size() <= 1
                ? fmt::format("IOMMU group {}: only this device", nic.group)
                : fmt::format("IOMMU group {}: {} devices, none in the kernel's use", nic.group,
                              members.size()));
}

Finding look_at_reserved(const Environment& env, const Nic& nic) {
  if (nic.group.empty() || !needs_iommu(nic)) return skip(nic.address + " is in no IOMMU group");
  for (const std::string& line : env.lines(kGroups + "/" + nic.group + "/reserved_regions")) {
    const auto words = words_of(line);
    if (words.size() != 3 || words[2] != "direct") continue;  // direct-relaxable is harmless
    return fail(
        fmt::format("the firmware demands a 1:1 mapping ({} to {}) for the slot of {}, "
                    "which VFIO refuses",
                    words[0], words[1], nic.address),
        {"", "exclude the slot from RMRR in the firmware (HPE, Dell), or use another slot"});
  }
  return ok("the firmware reserves nothing for " + nic.address);
}

}  // namespace

Findings iommu_is_on(const Subject& subject) {
  return for_each_nic(subject, [&](const Nic& nic) { return look_for_iommu(subject.env, nic); });
}

Findings iommu_group_is_ours(const Subject& subject) {
  return for_each_nic(subject, [&](const Nic& nic) { return look_at_group(subject.env, nic); });
}

Findings iommu_group_is_not_reserved(const Subject& subject) {
  return for_each_nic(subject, [&](const Nic& nic) { return look_at_reserved(subject.env, nic); });
}

}  // namespace weir::doctor
