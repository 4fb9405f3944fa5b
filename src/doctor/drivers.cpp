#include "doctor/drivers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

namespace weir::doctor {
namespace {

struct Row {
  unsigned vendor;
  std::string_view driver;
  std::span<const std::uint16_t> devices;
};

template <std::uint16_t... Devices>
constexpr std::uint16_t kDevices[] = {Devices...};

#define NIC_DRIVER(vendor, driver, ...) {vendor, driver, kDevices<__VA_ARGS__>},
constexpr Row kRows[] = {
#include "doctor/nic_drivers.def"
};
#undef NIC_DRIVER

/// ".../pmds-23.0": the major number is also that of the files and packages.
std::string abi_version() {
  const std::string_view directory = plugin_directory();
  const std::size_t at = directory.rfind("pmds-");
  if (at == std::string_view::npos) return "23";
  const std::string_view version = directory.substr(at + 5);
  return std::string(version.substr(0, version.find('.')));
}

bool knows(const nlohmann::json& info, unsigned vendor, unsigned device) {
  for (const auto& id : info.value("pci_ids", nlohmann::json::array())) {
    if (id.size() >= 2 && id[0] == vendor && id[1] == device) return true;
  }
  return false;
}

/// Each driver carries PMD_INFO_STRING= {"name": …, "pci_ids": [[vendor, device, …], …]} and '\0'.
bool file_knows(const std::string& file, unsigned vendor, unsigned device) {
  static constexpr std::string_view kMark = "PMD_INFO_STRING= ";
  for (std::size_t at = file.find(kMark); at != std::string::npos; at = file.find(kMark, at + 1)) {
    const char* const text = file.c_str() + at + kMark.size();
    const auto info = nlohmann::json::parse(text, nullptr, false);
    if (info.is_object() && knows(info, vendor, device)) return true;
  }
  return false;
}

}  // namespace

std::string_view plugin_directory() noexcept { return WEIR_PLUGIN_DIRECTORY; }

std::string_view common_driver_of(unsigned vendor, unsigned device) noexcept {
  for (const Row& row : kRows) {
    if (row.vendor == vendor &&
        std::find(row.devices.begin(), row.devices.end(), device) != row.devices.end()) {
      return row.driver;
    }
  }
  return {};
}

std::vector<std::string_view> common_drivers() {
  std::vector<std::string_view> drivers;
  for (const Row& row : kRows) drivers.push_back(row.driver);
  return drivers;
}

std::string installed_driver_of(const Environment& env, unsigned vendor, unsigned device) {
  const std::string suffix = ".so." + abi_version();
  for (const std::string& name : env.names(plugin_directory())) {
    if (!name.starts_with("librte_net_") || !name.ends_with(suffix)) continue;
    if (file_knows(env.text(fmt::format("{}/{}", plugin_directory(), name)), vendor, device)) {
      return name.substr(7, name.size() - 7 - suffix.size());
    }
  }
  return {};
}

std::string package_of(std::string_view driver) {
  std::string package = fmt::format("librte-{}", driver);
  std::replace(package.begin(), package.end(), '_', '-');
  // Debian sets a name's own digit apart: librte-net-e1000-23, but librte-net-i40e23.
  if (package.back() >= '0' && package.back() <= '9') package += '-';
  return package + abi_version();
}

std::optional<Finding> find_missing_plugin(std::string_view driver, const Environment& env) {
  if (plugin_directory().empty()) return std::nullopt;
  const std::string file =
      fmt::format("{}/librte_{}.so.{}", plugin_directory(), driver, abi_version());
  if (env.exists(file)) return std::nullopt;
  return fail(fmt::format("the driver {} is not installed (no {})", driver, file),
              {"apt install " + package_of(driver), {}});
}

}  // namespace weir::doctor
