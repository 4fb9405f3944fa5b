// Which destinations a port answers for and which sources it believes, prepared for every packet.
#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/snapshot.hpp"

namespace weir {

/// The IPv4 half of LocalPort::owns and LocalPort::is_broadcast, over words.
class AddressFilter {
 public:
  explicit AddressFilter(const LocalPort& port) {
    broadcasts_.push_back(0xffffffffU);
    for (std::size_t i = 0; i < port.addresses.size(); ++i) {
      const Prefix& prefix = port.addresses[i];
      if (!prefix.address.is_v4()) continue;
      const std::uint32_t address = prefix.address.v4_host_order();
      own_.push_back({address, i});
      if (prefix.length < 31) broadcasts_.push_back(address | ~std::uint32_t{0} >> prefix.length);
    }
  }

  /// Whether a unicast packet between the two is for us, as Pipeline::accept_destination would find
  /// it; when not, that is to be asked why.
  [[nodiscard]] bool accepts(const LocalPort& port, const Address& source,
                             const Address& destination) const noexcept {
    const std::uint32_t from = source.v4_host_order(), to = destination.v4_host_order();
    bool ours = false;
    for (const Own& own : own_) {
      if (own.address == from) return false;
      ours |= own.address == to && port.in_use(own.index);
    }
    for (const std::uint32_t broadcast : broadcasts_) {
      if (broadcast == from) return false;
    }
    return ours;
  }

 private:
  struct Own {
    std::uint32_t address;  // host order
    std::size_t index;      // in LocalPort::addresses
  };
  std::vector<Own> own_;
  std::vector<std::uint32_t> broadcasts_;  // host order
};

}  // namespace weir
