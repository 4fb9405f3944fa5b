// The one EAL of this process, and small helpers for tests with real DPDK.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dpdk/eal.hpp"
#include "dpdk/ethernet_port.hpp"
#include "dpdk/mempool.hpp"

namespace weir::test {

/// Started before the first test, without huge pages, with the PCI bus scanned and no device
/// allowed.
[[nodiscard]] Eal& eal();
/// Every line EAL logged while it started, as "level text".
[[nodiscard]] std::vector<std::string>& log_lines();
/// Whether this process sits in a network namespace of its own.
[[nodiscard]] bool has_own_network();

[[nodiscard]] std::unique_ptr<Mempool> make_pool(const std::string& name,
                                                 std::uint32_t count = 2048,
                                                 std::uint16_t data_room = 2176);
/// A 60-byte Ethernet frame of type 0x88b5 (local experiments) that says `text`.
[[nodiscard]] std::vector<std::uint8_t> ethernet(std::string_view text);
[[nodiscard]] Frame frame_with(Mempool& mempool, const std::vector<std::uint8_t>& bytes);
[[nodiscard]] std::vector<std::uint8_t> bytes_of(const Frame& frame);

}  // namespace weir::test
