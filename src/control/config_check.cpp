// One function a rule; each complains at the line of the value that breaks it.
#include "control/config_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <utility>

#include "control/values.hpp"

namespace weir {
namespace {

constexpr std::uint16_t kLeastIpv6Mtu = 1280;  // RFC 8200 §5

/// A section's typed values beside their texts.
template <class C>
struct Sited {
  const C* config;
  const SectionTexts* texts;

  [[nodiscard]] std::string header() const { return header_text(texts->section, texts->name); }
  [[nodiscard]] const std::vector<SettingText>& said(std::string_view key) const {
    static const std::vector<SettingText> kNothing;
    const auto setting = texts->settings.find(key);
    return setting == texts->settings.end() ? kNothing : setting->second.values;
  }
  /// Where the key is set, or the section begins.
  [[nodiscard]] const ConfigOrigin& origin(std::string_view key) const {
    return said(key).empty() ? texts->origin : said(key).front().origin;
  }
};

template <class C>
std::vector<Sited<C>> sited(const std::vector<C>& configs,
                            const std::vector<SectionTexts>& sections, Section section) {
  std::vector<Sited<C>> out;
  for (const SectionTexts& texts : sections) {
    if (texts.section == section) out.push_back({&configs[out.size()], &texts});
  }
  return out;
}

/// Two vdevs are one when their names are, whatever their arguments; PCI addresses know no case.
std::string device_identity(const std::string& device) {
  std::string name = device.substr(0, device.find(','));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

/// Why no host can have this address, or nothing.
std::string_view not_a_host(const Prefix& prefix) {
  const Address& address = prefix.address;
  if (address.is_unspecified()) return "is the unspecified address";
  if (address.is_multicast()) return "is a multicast address";
  if (address.is_loopback()) return "is a loopback address";
  if (address.is_limited_broadcast() || prefix.is_broadcast(address)) {
    return "is the broadcast address of its network";
  }
  const std::uint32_t host_bits = address.is_v4() && prefix.length < 31 ? ~0U >> prefix.length : 0;
  if (host_bits != 0 && (address.v4_host_order() & host_bits) == 0) {
    return "is the network itself, not a host in it";
  }
  return {};
}

class Checker {
 public:
  Checker(const Config& config, const std::vector<SectionTexts>& sections, ConfigProblems& problems)
      : ports_(sited(config.ports, sections, Section::port)),
        services_(sited(config.services, sections, Section::service)),
        problems_(problems) {}

  void check_devices() {
    std::map<std::string, const Sited<PortConfig>*> seen;
    for (const auto& port : ports_) {
      if (port.config->device.empty()) continue;
      const auto [first, fresh] = seen.try_emplace(device_identity(port.config->device), &port);
      if (fresh) continue;
      complain(
          port.origin("device"),
          fmt::format("{} has the device of {} ({}); accepted: a device of its own", port.header(),
                      first->second->header(), to_string(first->second->origin("device"))));
    }
  }

  void check_addresses() {
    std::map<Address, ConfigOrigin> seen;
    for (const auto& port : ports_) {
      for (std::size_t i = 0; i < port.config->addresses.size(); ++i) {
        const Prefix& prefix = port.config->addresses[i];
        const ConfigOrigin& origin = port.said("address")[i].origin;
        if (const auto why = not_a_host(prefix); !why.empty()) {
          complain(origin, fmt::format("in {}: address = {} {}; accepted: a host's address",
                                       port.header(), to_string(prefix), why));
        }
        const auto [first, fresh] = seen.try_emplace(prefix.address, origin);
        if (!fresh) {
          complain(origin,
                   fmt::format("in {}: address {} is already set at {}; accepted: once",
                               port.header(), to_string(prefix.address), to_string(first->second)));
        }
      }
      check_ipv6_mtu(port);
    }
  }

  void check_gateways() {
    for (const auto& port : ports_) {
      const ConfigOrigin* first_v4 = nullptr;
      const ConfigOrigin* first_v6 = nullptr;
      for (const SettingText& said : port.said("gateway")) {
        const auto gateway = Address::parse(said.text);
        if (!gateway) continue;
        check_gateway(port, *gateway, said.origin);
        const ConfigOrigin*& first = gateway->is_v4() ? first_v4 : first_v6;
        if (first != nullptr) {
          complain(
              said.origin,
              fmt::format("{} has a gateway for {} already, at {}; accepted: one for each family",
                          port.header(), gateway->is_v4() ? "IPv4" : "IPv6", to_string(*first)));
        }
        if (first == nullptr) first = &said.origin;
      }
    }
  }

  void check_services() {
    for (const auto& service : services_) {
      if (service.said("handler").empty()) continue;  // then nobody knows what `:7` means either
      check_root(service);
      check_client_ports(service);
      for (const SettingText& said : service.said("listen")) check_listen(service, said);
    }
  }

 private:
  struct Claim {
    std::optional<Address> address;
    const Sited<ServiceConfig>* service;
    const SettingText* said;
  };

  void complain(const ConfigOrigin& origin, std::string message) {
    report(problems_, origin, std::move(message));
  }

  void check_ipv6_mtu(const Sited<PortConfig>& port) {
    const auto& addresses = port.config->addresses;
    const bool ipv6 = std::any_of(addresses.begin(), addresses.end(),
                                  [](const Prefix& p) { return !p.address.is_v4(); });
    if (!ipv6 || port.config->mtu >= kLeastIpv6Mtu) return;
    complain(
        port.origin("mtu"),
        fmt::format("in {}: mtu = {} is too small for its IPv6 addresses; accepted: {} or more",
                    port.header(), port.config->mtu, kLeastIpv6Mtu));
  }

  void check_gateway(const Sited<PortConfig>& port, const Address& gateway,
                     const ConfigOrigin& origin) {
    const auto& addresses = port.config->addresses;
    if (addresses.empty()) return;  // already a problem of its own
    const bool ours = std::any_of(addresses.begin(), addresses.end(),
                                  [&](const Prefix& p) { return p.address == gateway; });
    if (ours) {
      return complain(origin,
                      fmt::format("in {}: gateway = {} is the port's own address; accepted: "
                                  "the router's",
                                  port.header(), to_string(gateway)));
    }
    // Routers announce themselves by their link-local address, which is on every link (RFC 4861
    // §2.1).
    if (!gateway.is_v4() && gateway.is_link_local()) return;
    const bool reachable = std::any_of(addresses.begin(), addresses.end(),
                                       [&](const Prefix& p) { return p.contains(gateway); });
    if (reachable) return;
    complain(origin, fmt::format("in {}: gateway = {} is in no network of the port; accepted: an "
                                 "address in {}",
                                 port.header(), to_string(gateway), address_list(*port.config)));
  }

  // A key that was set and that another handler alone understands.
  void check_handlers_key(const Sited<ServiceConfig>& service, const char* key, bool set,
                          Handler owner) {
    const Handler handler = service.config->handler;
    if (!set || handler == owner) return;
    complain(service.origin(key),
             fmt::format("in {}: '{}' means nothing to handler = {}; accepted: with handler = {}",
                         service.header(), key, spelling(handler), spelling(owner)));
  }

  void check_root(const Sited<ServiceConfig>& service) {
    const ServiceConfig& config = *service.config;
    const ServiceConfig plain;
    check_handlers_key(service, "root", !config.root.empty(), Handler::http);
    check_handlers_key(service, "status", config.status, Handler::http);
    check_handlers_key(service, "cache", config.cache != plain.cache, Handler::http);
    check_handlers_key(service, "size", config.size != plain.size, Handler::respond);
    check_handlers_key(service, "close", config.close != plain.close, Handler::respond);
    check_handlers_key(service, "module", !config.module.empty(), Handler::module);
    check_handlers_key(service, "argument", !config.argument.empty(), Handler::module);
    check_handlers_key(service, "client-ports", config.client_ports != plain.client_ports,
                       Handler::module);
    if (config.handler == Handler::module && config.module.empty()) {
      complain(
          service.origin("handler"),
          fmt::format("in {}: handler = module lacks a module; accepted: module = the path of a "
                      "shared object, or a name that the program gave it",
                      service.header()));
    }
    if (config.handler != Handler::http) return;
    std::error_code error;
    if (config.root.empty() || std::filesystem::is_directory(config.root, error)) return;
    complain(service.origin("root"),
             fmt::format("in {}: root = '{}' is {}; accepted: a directory that exists",
                         service.header(), printable(config.root),
                         error ? "not reachable (" + error.message() + ")" : "not a directory"));
  }

  // Where a service listens nobody's connections can begin, nor where another's do.
  void check_client_ports(const Sited<ServiceConfig>& service) {
    const ClientPorts ports = service.config->client_ports;
    if (ports.first == 0) return;
    const auto overlaps = [&](std::uint16_t first, std::uint16_t last) {
      return first <= ports.last && ports.first <= last;
    };
    for (const Sited<ServiceConfig>& other : services_) {
      const ClientPorts theirs = other.config->client_ports;
      const bool another = other.config->name != service.config->name && theirs.first != 0;
      bool taken = another && overlaps(theirs.first, theirs.last);
      for (const ListenConfig& listen : other.config->listen) {
        taken = taken || (listen.transport == Transport::tcp && overlaps(listen.port, listen.port));
      }
      if (!taken) continue;
      complain(
          service.origin("client-ports"),
          fmt::format("in {}: client-ports = {}-{} are also where {} listens or connects from; "
                      "accepted: ports that no service listens on or connects from",
                      service.header(), ports.first, ports.last, other.header()));
      return;
    }
  }

  void check_listen(const Sited<ServiceConfig>& service, const SettingText& said) {
    const auto parsed = ListenValue::parse(said.text);
    if (!parsed) return;
    const ListenConfig as_said{parsed.value().address, parsed.value().port, Transport::tcp};
    if (as_said.address && !on_a_port(*as_said.address)) {
      complain(said.origin,
               fmt::format("in {}: listen = {} is on no port; accepted: {}, or {} for all of them",
                           service.header(), said.text, ports_and_addresses(),
                           said.text.substr(said.text.rfind(':'))));
    }
    // Without a transport it stands for two, whose mistakes are one.
    for (const ListenConfig& listen : parsed.value().resolve(service.config->handler)) {
      if (!check_transport(service, said, listen) || !check_claim(service, said, listen)) return;
    }
  }

  bool check_transport(const Sited<ServiceConfig>& service, const SettingText& said,
                       const ListenConfig& listen) {
    const Handler handler = service.config->handler;
    if (listen.transport != Transport::udp || speaks_udp(handler)) return true;
    complain(
        said.origin,
        fmt::format("in {}: handler = {} speaks no UDP, as {} asks; accepted: /tcp, or "
                    "handler = {}",
                    service.header(), spelling(handler), to_string(listen), handlers_of_udp()));
    return false;
  }

  static std::string handlers_of_udp() {
    std::vector<std::string_view> names;
    for (const auto& [name, handler] : spellings(Handler{})) {
      if (speaks_udp(handler)) names.push_back(name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }

  /// A listen without an address claims the port on all of them, so it clashes with each.
  bool check_claim(const Sited<ServiceConfig>& service, const SettingText& said,
                   const ListenConfig& listen) {
    auto& claims = claims_[{listen.port, listen.transport}];
    const auto clash = std::find_if(claims.begin(), claims.end(), [&](const Claim& claim) {
      return !claim.address || !listen.address || *claim.address == *listen.address;
    });
    if (clash == claims.end()) {
      claims.push_back({listen.address, &service, &said});
      return true;
    }
    complain(
        said.origin,
        fmt::format("in {}: listen = {} is taken by {} ({}); accepted: an address and port of its "
                    "own",
                    service.header(), to_string(listen), clash->service->header(),
                    to_string(clash->said->origin)));
    return false;
  }

  [[nodiscard]] bool on_a_port(const Address& address) const {
    return std::any_of(ports_.begin(), ports_.end(), [&](const auto& port) {
      const auto& own = port.config->addresses;
      return std::any_of(own.begin(), own.end(),
                         [&](const Prefix& prefix) { return prefix.address == address; });
    });
  }

  static std::string address_list(const PortConfig& port) {
    std::string text;
    for (const Prefix& prefix : port.addresses)
      text += (text.empty() ? "" : ", ") + to_string(prefix);
    return text;
  }

  /// "wan has 192.0.2.10/24, 2001:db8::10/64; lan has …"
  [[nodiscard]] std::string ports_and_addresses() const {
    std::string text;
    for (const auto& port : ports_) {
      const std::string own = address_list(*port.config);
      text += fmt::format("{}port {} has {}", text.empty() ? "" : "; ", port.config->name,
                          own.empty() ? "no address" : own);
    }
    return text.empty() ? "an address of a port" : text;
  }

  std::vector<Sited<PortConfig>> ports_;
  std::vector<Sited<ServiceConfig>> services_;
  std::map<std::pair<std::uint16_t, Transport>, std::vector<Claim>> claims_;
  ConfigProblems& problems_;
};

}  // namespace

void check_presence(const Config& config, const ConfigOrigin& whole, ConfigProblems& problems) {
  if (config.ports.empty()) {
    report(problems, whole,
           "there is no port; accepted: at least one [port NAME] with device and address");
  }
  if (config.services.empty()) {
    report(problems, whole,
           "there is no service; accepted: at least one [service NAME] with handler and listen");
  }
}

void check_config(const Config& config, const std::vector<SectionTexts>& sections,
                  ConfigProblems& problems) {
  Checker checker(config, sections, problems);
  checker.check_devices();
  checker.check_addresses();
  checker.check_gateways();
  checker.check_services();
}

}  // namespace weir
