#include "control/environment_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <vector>

namespace weir {
namespace {

// A comma also stands between a virtual device and its parameters: those are one.
std::vector<std::string> devices_of(const std::string& value) {
  const bool addresses = value.find('=') == std::string::npos;
  std::vector<std::string> devices;
  std::size_t from = 0;
  while (from <= value.size()) {
    const std::size_t end =
        addresses ? std::min(value.find(',', from), value.size()) : value.size();
    devices.push_back(value.substr(from, end - from));
    from = end + 1;
  }
  return devices;
}

}  // namespace

Result<std::string> environment_device(std::string_view text) {
  text.remove_prefix(std::string_view("env:").size());
  const std::string name(text.substr(0, text.find(':')));
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr)
    return Error{"names the environment variable " + name + ", which is not set"};
  const std::string there(value);
  if (there.empty() || there.starts_with("env:")) {
    return Error{
        fmt::format("names the environment variable {}, which holds no device: '{}'", name, there)};
  }
  const std::vector<std::string> devices = devices_of(there);
  if (name.size() == text.size()) {
    if (devices.size() == 1) return devices.front();
    return Error{
        fmt::format("names the environment variable {}, which holds {} devices ({}): "
                    "env:{}:1 is the first of them",
                    name, devices.size(), there, name)};
  }
  const std::string_view number = text.substr(name.size() + 1);
  std::size_t which = 0;
  const char* const last = number.data() + number.size();
  const auto [end, error] = std::from_chars(number.data(), last, which);
  if (error != std::errc() || end != last || which == 0 || which > devices.size()) {
    return Error{
        fmt::format("asks for device '{}' of the environment variable {}, which holds {} ({})",
                    number, name, devices.size(), there)};
  }
  return devices[which - 1];
}

}  // namespace weir
