// Who has which link-layer address: written by the control thread, read by every worker, no lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/address.hpp"
#include "base/mac.hpp"
#include "base/siphash.hpp"

namespace weir {

enum class Reachability : std::uint8_t {
  none,
  reachable,  ///< confirmed lately
  stale,      ///< used, and asked for again by whoever uses it
};

/// A fixed number of slots, so that nobody can make it grow (RFC 6583). Each slot is a sequence
/// lock of its own: one word holds MAC, state, port and a version; a reader that sees the same word
/// before and after reading the address has seen a consistent entry.
class NeighbourTable {
 public:
  static constexpr std::uint32_t kSlots = 4096;
  static constexpr std::uint32_t kProbe = 8;

  struct Entry {
    Address address;
    Mac mac;
    Reachability state = Reachability::none;
    std::uint8_t port = 0;
  };

  explicit NeighbourTable(const SipKey& key) : key_(key), slots_(new std::array<Slot, kSlots>) {}

  /// Any thread.
  [[nodiscard]] std::optional<Entry> find(const Address& address) const noexcept;
  /// Any thread: the entry in a slot.
  [[nodiscard]] std::optional<Entry> at(std::uint32_t slot) const noexcept;
  /// Any thread: the MAC in a slot, packed, if it belongs to `address` and is not in doubt; else 0.
  [[nodiscard]] std::uint64_t reachable_at(std::uint32_t slot,
                                           const Address& address) const noexcept {
    const Slot& s = (*slots_)[slot];
    const std::uint64_t word = s.word.load(std::memory_order_acquire);
    if ((word >> 48 & 0xf) != static_cast<std::uint64_t>(Reachability::reachable)) return 0;
    const bool same = s.high.load(std::memory_order_acquire) == address.high() &&
                      s.low.load(std::memory_order_acquire) == address.low();
    if (!same || s.word.load(std::memory_order_relaxed) != word) return 0;
    return word & kMacMask;
  }
  /// Any thread: the slot that holds `address`, or kSlots. It may be another's a moment later.
  [[nodiscard]] std::uint32_t slot_of(const Address& address) const noexcept;

  /// Control thread only: the slots where `address` may stand.
  [[nodiscard]] std::uint32_t home(const Address& address) const noexcept;
  /// Control thread only.
  void write(std::uint32_t slot, const Entry& entry) noexcept;
  void erase(std::uint32_t slot) noexcept;

 private:
  struct Slot {
    // | version 8 | port 4 | state 4 | mac 48 |; 0 = free. Written last, released.
    std::atomic<std::uint64_t> word{0};
    std::atomic<std::uint64_t> high{0}, low{0};
  };
  static constexpr std::uint64_t kMacMask = (std::uint64_t{1} << 48) - 1;

  SipKey key_;
  std::unique_ptr<std::array<Slot, kSlots>> slots_;
};

}  // namespace weir
