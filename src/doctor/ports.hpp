// The configured ports that have a NIC, and a check of each of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "doctor/check.hpp"
#include "doctor/nic.hpp"

namespace weir::doctor {

struct NicPort {
  std::string port;  ///< its name in the configuration
  Nic nic;
};

/// Those whose PCI device exists and is a NIC.
[[nodiscard]] std::vector<NicPort> nic_ports(const Subject& subject);
/// Some port's NIC is in VFIO's hands.
[[nodiscard]] bool uses_vfio(const Subject& subject);

/// `look` at each NIC; "port NAME: " before what it found. Skipped when no port has a NIC.
template <class Look>
[[nodiscard]] Findings for_each_nic(const Subject& subject, Look look) {
  Findings findings;
  for (const NicPort& each : nic_ports(subject)) {
    Finding finding = look(each.nic);
    finding.what = "port " + each.port + ": " + finding.what;
    findings.push_back(std::move(finding));
  }
  if (findings.empty()) findings.push_back(skip("no port has a NIC of this machine"));
  return findings;
}

}  // namespace weir::doctor
