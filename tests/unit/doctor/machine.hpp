// A made-up machine: a tree of files with what /proc, /sys, /dev and /etc of a sound server say,
// and a configuration that fits it. A test breaks one thing and asks one check.
#pragma once

#include <string>
#include <string_view>

#include "doctor/check.hpp"

namespace weir::doctor::test {

class Machine {
 public:
  /// Two NUMA nodes with four CPUs in two cores each, 2 GB of free huge pages on each, an IOMMU; an
  /// E810 at 0000:03:00.0 with vfio-pci in group 24 on node 0; an I350 at 0000:01:00.0 as eno1,
  /// which carries the default route; DPDK's drivers for all that. One port "wan" on the E810, two
  /// workers on CPUs 1 and 2.
  Machine();
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void write(std::string_view path, std::string_view text) const;
  void append(std::string_view path, std::string_view text) const;
  void link(std::string_view path, std::string_view target) const;
  void remove(std::string_view path) const;
  void add_directory(std::string_view path) const;
  /// class, vendor, device (hexadecimal with 0x), driver, and the kernel's interface if it has one.
  void add_nic(const std::string& address, std::string_view vendor, std::string_view device,
               std::string_view driver, std::string_view interface) const;
  void bind(const std::string& address, std::string_view driver) const;
  void put_into_group(const std::string& address, const std::string& group) const;
  void set_huge_pages(int node, unsigned total, unsigned free) const;
  /// Runs as this user, with these effective capabilities.
  void run_as(unsigned uid, std::string_view capabilities) const;
  void use_device(const std::string& device) { config.ports.at(0).device = device; }

  [[nodiscard]] Findings examine(std::string_view id) const;
  /// The one finding of that check.
  [[nodiscard]] Finding finding(std::string_view id) const;
  /// "FAIL: what; fix" of it.
  [[nodiscard]] std::string verdict(std::string_view id) const;

  Config config;
  Environment env;

 private:
  std::string root_;
};

}  // namespace weir::doctor::test
