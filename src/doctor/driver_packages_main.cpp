// weir-driver-packages: the Debian packages of DPDK's drivers, for the package's dependencies. They
// are plugins, so that no linker knows of them; the doctor's tables do.
#include <algorithm>
#include <iostream>
#include <set>
#include <string>
#include <string_view>

#include "doctor/devargs.hpp"
#include "doctor/drivers.hpp"

namespace weir::doctor {
namespace {

using Names = std::set<std::string, std::less<>>;

// Without these there is no port at all, and none without a NIC.
Names needed() {
  Names names;
  for (const std::string_view driver : {"bus_pci", "bus_vdev", "mempool_ring"}) {
    names.insert(package_of(driver));
  }
  for (const std::string_view driver : virtual_drivers()) names.insert(package_of(driver));
  return names;
}

Names wished() {
  Names names;
  for (const std::string_view driver : common_drivers()) names.insert(package_of(driver));
  for (const std::string& there : needed()) names.erase(there);
  return names;
}

int run(std::string_view which) {
  if (which != "depends" && which != "recommends") {
    std::cerr << "usage: weir-driver-packages depends|recommends\n";
    return 2;
  }
  std::string line;
  for (const std::string& name : which == "depends" ? needed() : wished()) {
    line += (line.empty() ? "" : ", ") + name;
  }
  std::cout << line << '\n';
  return 0;
}

}  // namespace
}  // namespace weir::doctor

int main(int argc, char** argv) { return weir::doctor::run(argc == 2 ? argv[1] : ""); }
