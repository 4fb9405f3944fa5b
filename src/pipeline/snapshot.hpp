// The configuration as the workers read it: immutable, replaced as a whole between two bursts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/mac.hpp"
#include "flow/listeners.hpp"
#include "ip/address_states.hpp"
#include "port/port.hpp"
#include "tcp/context.hpp"

namespace weir {

/// A port with the addresses that are answered on it.
struct LocalPort {
  enum class Role : std::uint8_t {
    nothing,    ///< to this port
    ours,       ///< and in use
    tentative,  ///< ours by configuration, but not yet or somebody else's (RFC 4862 §5.4)
    broadcast,  ///< of one of the prefixes, or the limited one
  };

  PortInfo info;
  std::uint16_t vlan = 0;         ///< 0: untagged
  std::vector<Prefix> addresses;  ///< link-local IPv6 included
  std::vector<Prefix> ranges;     ///< all addresses of which are ours too, without DAD
  std::optional<Address> gateway_v4, gateway_v6;
  std::shared_ptr<AddressStates> states;  ///< of `addresses`; none: all of them are in use

  [[nodiscard]] bool in_use(std::size_t i) const noexcept {
    return !states || states->at(i) == AddressState::preferred;
  }
  [[nodiscard]] Role role_of(const Address& address) const noexcept {
    bool broadcast = address.is_limited_broadcast();
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      if (addresses[i].address == address) return in_use(i) ? Role::ours : Role::tentative;
      broadcast |= addresses[i].is_broadcast(address);
    }
    for (const Prefix& range : ranges) {
      if (!broadcast && range.contains(address)) return Role::ours;
    }
    return broadcast ? Role::broadcast : Role::nothing;
  }
  [[nodiscard]] bool owns(const Address& address) const noexcept {
    return role_of(address) == Role::ours;
  }
  [[nodiscard]] bool owns_not_yet(const Address& address) const noexcept {
    return role_of(address) == Role::tentative;
  }
  [[nodiscard]] bool is_broadcast(const Address& address) const noexcept {
    return role_of(address) == Role::broadcast;
  }
  /// The address of ours that a host sees: of the network of the next hop, else any of the family.
  [[nodiscard]] const Address* source_for(const Address& hop) const noexcept {
    const Address* any = nullptr;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const Prefix& prefix = addresses[i];
      if (prefix.address.is_v4() != hop.is_v4() || !in_use(i)) continue;
      if (prefix.contains(hop)) return &prefix.address;
      if (any == nullptr) any = &prefix.address;
    }
    return any;
  }
  /// Where a packet to `destination` goes next: itself when on the link, else the gateway.
  [[nodiscard]] std::optional<Address> next_hop(const Address& destination) const noexcept {
    for (const Prefix& prefix : addresses) {
      if (prefix.contains(destination)) return destination;
    }
    if (!destination.is_v4() && destination.is_link_local()) return destination;
    return destination.is_v4() ? gateway_v4 : gateway_v6;
  }
};

struct ServiceLimits {
  std::string name;
  bool retired = false;   ///< a reload took it away: it finishes what it has
  bool draining = false;  ///< it opens no more connections, until somebody says otherwise
  std::string handler;
  std::uint32_t backlog = 1024;
  std::uint32_t max_connections = 0;  ///< 0: no limit of its own
  std::uint32_t fast_opens = 0;       ///< PendingFastOpenRequests (RFC 7413 §5.1); 0: none
  tcp::ServiceSettings tcp;
  std::vector<std::uint16_t> client_places;  ///< listeners that its own connections begin at
  std::vector<std::string> counters;         ///< names of ServiceCounters::own
};

struct Snapshot {
  std::vector<LocalPort> ports;
  Listeners listeners;
  std::vector<ServiceLimits> services;
  tcp::Settings tcp;
  std::uint32_t max_flows = 1'000'000;     ///< per worker
  std::uint32_t max_flows_per_source = 0;  ///< per worker; 0: no limit
  bool flow_accounts = true;               ///< age and byte counts: 12 bytes a flow
  std::uint64_t rst_limit = 10'000;        ///< per second and worker
  std::uint64_t icmp_limit = 1000;         ///< per second and worker
  std::uint8_t ttl = 64;
  Duration reassembly_timeout = 15s;  ///< RFC 1122 §3.3.2 says 60 s: shorter, against floods
};

/// fe80::/64 with the interface identifier of RFC 4291, Appendix A.
[[nodiscard]] inline Address link_local_address(const Mac& mac) noexcept {
  Address a;
  a.bytes = {0xfe,
             0x80,
             0,
             0,
             0,
             0,
             0,
             0,
             static_cast<std::uint8_t>(mac.bytes[0] ^ 2),
             mac.bytes[1],
             mac.bytes[2],
             0xff,
             0xfe,
             mac.bytes[3],
             mac.bytes[4],
             mac.bytes[5]};
  return a;
}

}  // namespace weir
