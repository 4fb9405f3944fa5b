// The hash by which NICs spread flows over queues, and the table from hash to worker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.hpp"

namespace weir {

/// The Toeplitz hash of receive side scaling (Microsoft, "RSS hashing types"): for each bit set in
/// the input, the 32 bits of the key that begin at its position are added without carry. Here a
/// table per half byte of input holds the sums, 4.5 KiB in all, small enough to stay in the
/// first-level cache.
class Toeplitz {
 public:
  /// Source and destination address and port of IPv6.
  static constexpr std::size_t kMaxInput = 36;
  static constexpr std::size_t kMinKey = kMaxInput + 4;

  /// The key as the NIC is given it; only its first 40 bytes matter. Throws std::invalid_argument
  /// when there are fewer.
  explicit Toeplitz(std::span<const std::uint8_t> key);

  /// What the NIC computes for a TCP or UDP packet as received: source is the remote end. A mapped
  /// address counts as IPv4. Ports in host order.
  [[nodiscard]] std::uint32_t operator()(const Address& source, const Address& destination,
                                         std::uint16_t source_port,
                                         std::uint16_t destination_port) const noexcept;

 private:
  std::array<std::array<std::uint32_t, 16>, kMaxInput * 2> sums_;
};

/// Which worker owns a hash: the redirection table that the NIC is programmed with, kept here too,
/// so that every worker knows whose a stray is. Immutable after start-up.
class Owners {
 public:
  static constexpr std::size_t kEntries = 128;

  explicit Owners(const std::array<std::uint16_t, kEntries>& workers) noexcept
      : workers_(workers) {}
  /// Entry i belongs to worker i modulo `workers`, which is at least 1. For a NIC of fewer entries
  /// (a power of two), repeats its table.
  [[nodiscard]] static Owners spread(std::uint16_t workers,
                                     std::size_t nic_entries = kEntries) noexcept;

  [[nodiscard]] std::uint16_t worker_of(std::uint32_t hash) const noexcept {
    return workers_[hash % kEntries];
  }
  /// Entry i of the NIC's table, whatever its size: larger ones repeat this one.
  [[nodiscard]] std::uint16_t operator[](std::size_t i) const noexcept {
    return workers_[i % kEntries];
  }

 private:
  std::array<std::uint16_t, kEntries> workers_;
};

}  // namespace weir
