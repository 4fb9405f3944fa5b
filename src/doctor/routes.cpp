// /proc/net/{dev,route,ipv6_route,if_inet6} and /proc/PID/environ.
#include "doctor/routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/address.hpp"

namespace weir::doctor {
namespace {

std::uint32_t hex32(const std::string& text) {
  return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 16));
}

struct Route4 {
  std::string interface;
  std::uint32_t network, mask;  // host order
};

// Iface Destination Gateway Flags RefCnt Use Metric Mask …: words in the machine's own byte order.
std::vector<Route4> routes4(const Environment& env) {
  std::vector<Route4> routes;
  for (const std::string& line : env.lines("/proc/net/route")) {
    const auto words = words_of(line);
    if (words.size() < 8 || words[0] == "Iface") continue;
    routes.push_back({words[0], on_the_wire(hex32(words[1])), on_the_wire(hex32(words[7]))});
  }
  return routes;
}

/// 32 hex digits without colons, as /proc/net writes IPv6 addresses.
std::string hex_of(const Address& address) {
  std::string hex;
  for (const std::uint8_t byte : address.bytes) hex += fmt::format("{:02x}", byte);
  return hex;
}

std::string interface_towards(const Environment& env, std::uint32_t peer) {
  std::string best;
  int longest = -1;
  for (const Route4& route : routes4(env)) {
    if ((peer & route.mask) != route.network) continue;
    const int length = std::popcount(route.mask);
    if (length <= longest) continue;
    longest = length;
    best = route.interface;
  }
  return best;
}

std::string interface_with6(const Environment& env, const Address& own) {
  for (const std::string& line : env.lines("/proc/net/if_inet6")) {
    const auto words = words_of(line);
    if (words.size() >= 6 && words[0] == hex_of(own)) return words[5];
  }
  return {};
}

// "CLIENT CPORT SERVER SPORT", of this process or of the nearest parent that has it.
std::string ssh_connection(const Environment& env) {
  static constexpr std::string_view kName = "SSH_CONNECTION=";
  std::string process = "self";
  for (int generation = 0; generation < 32 && !process.empty() && process != "0"; ++generation) {
    const std::string directory = "/proc/" + process;
    const std::string variables = '\0' + env.text(directory + "/environ");
    const std::size_t at = variables.find('\0' + std::string(kName));
    if (at != std::string::npos) {
      return variables.c_str() + at + 1 + kName.size();  // up to the next '\0'
    }
    process = env.field(directory + "/status", "PPid");
  }
  return {};
}

}  // namespace

std::vector<std::string> interfaces(const Environment& env) {
  std::vector<std::string> names;
  for (const std::string& line : env.lines("/proc/net/dev")) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto words = words_of(line.substr(0, colon));
    if (words.size() == 1) names.push_back(words[0]);
  }
  return names;
}

std::vector<std::string> default_route_interfaces(const Environment& env) {
  std::vector<std::string> names;
  for (const Route4& route : routes4(env)) {
    if (route.mask == 0) names.push_back(route.interface);
  }
  // destination, its length, source, its length, next hop, metric, …, interface
  for (const std::string& line : env.lines("/proc/net/ipv6_route")) {
    const auto words = words_of(line);
    if (words.size() >= 10 && words[1] == "00" && words[0] == std::string(32, '0') &&
        words[9] != "lo") {
      names.push_back(words[9]);
    }
  }
  return names;
}

std::string ssh_interface(const Environment& env) {
  const auto words = words_of(ssh_connection(env));
  if (words.size() != 4) return {};
  const auto client = Address::parse(words[0]), server = Address::parse(words[2]);
  if (!client || !server) return {};
  return client->is_v4() ? interface_towards(env, client->v4_host_order())
                         : interface_with6(env, *server);
}

std::string need_for(const Environment& env, const std::string& interface) {
  if (interface.empty()) return {};
  const auto routes = default_route_interfaces(env);
  std::string need;
  if (std::count(routes.begin(), routes.end(), interface) != 0) need = "your default route";
  if (ssh_interface(env) == interface)
    need += need.empty() ? "this ssh session" : " and this ssh session";
  return need.empty() ? need : "carries " + need;
}

}  // namespace weir::doctor
