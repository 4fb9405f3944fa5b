// Which addresses are a port's own, told by a look for nearly every packet.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "pipeline/snapshot.hpp"

namespace weir {

/// LocalPort::role_of without walking over the port's addresses: who sends is nearly always nobody
/// that we know, and the destination nearly always that of the packet before. One worker's.
class OwnAddresses {
 public:
  using Role = LocalPort::Role;

  /// These ports, by number, from now on. What is in use may change meanwhile.
  void learn(std::span<const LocalPort> ports) noexcept {
    for (std::size_t number = 0; number < ports.size() && number < marks_.size(); ++number) {
      marks_[number] = marks_of(ports[number]);
    }
    last_ = 0;
  }
  [[nodiscard]] Role role_of_source(std::uint8_t number, const LocalPort& port,
                                    const Address& source) const noexcept {
    return (marks_[number] & mark_of(source)) == 0 ? Role::nothing : port.role_of(source);
  }
  [[nodiscard]] Role role_of_destination(const LocalPort& port,
                                         const Address& destination) noexcept {
    if (last_ < port.addresses.size() && port.addresses[last_].address == destination) {
      return port.in_use(last_) ? Role::ours : Role::tentative;
    }
    for (std::uint32_t i = 0; i < port.addresses.size(); ++i) {
      if (port.addresses[i].address == destination) last_ = i;
    }
    return port.role_of(destination);
  }

 private:
  // One of 64 by the address: strangers that share one with an address of ours are looked at.
  [[nodiscard]] static std::uint64_t mark_of(const Address& address) noexcept {
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
    return std::uint64_t{1} << ((address.high() ^ address.low()) * kOdd >> 58);
  }
  [[nodiscard]] static std::uint64_t marks_of(const LocalPort& port) noexcept {
    if (!port.ranges.empty()) return ~std::uint64_t{0};
    std::uint64_t marks = mark_of(Address::v4(0xffffffffU));
    for (const Prefix& prefix : port.addresses) {
      marks |= mark_of(prefix.address);
      if (!prefix.address.is_v4() || prefix.length >= 31) continue;
      const std::uint32_t host_part = ~std::uint32_t{0} >> prefix.length;
      marks |= mark_of(Address::v4(prefix.address.v4_host_order() | host_part));
    }
    return marks;
  }

  std::uint32_t last_ = 0;                  // destination's index in its port's addresses
  std::array<std::uint64_t, 256> marks_{};  // by port: of whatever role_of knows there
};

}  // namespace weir
