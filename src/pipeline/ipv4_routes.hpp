// Where IPv4 packets go next, prepared for every one of them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/snapshot.hpp"

namespace weir {

/// LocalPort::next_hop for unicast IPv4 destinations, over words.
class Ipv4Routes {
 public:
  explicit Ipv4Routes(const LocalPort& port) : gateway_(port.gateway_v4) {
    for (const Prefix& prefix : port.addresses) {
      if (!prefix.address.is_v4()) continue;
      const std::uint32_t mask = prefix.length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix.length);
      links_.push_back({prefix.address.v4_host_order() & mask, mask});
    }
  }

  /// `destination` itself, the gateway, or nullptr without one.
  [[nodiscard]] const Address* next_hop(const Address& destination) const noexcept {
    const std::uint32_t to = destination.v4_host_order();
    for (const Link& link : links_) {
      if ((to & link.mask) == link.network) return &destination;
    }
    return gateway_ ? &*gateway_ : nullptr;
  }

 private:
  struct Link {
    std::uint32_t network, mask;  // host order
  };
  std::vector<Link> links_;
  std::optional<Address> gateway_;
};

}  // namespace weir
