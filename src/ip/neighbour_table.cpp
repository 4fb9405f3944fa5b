// The sequence lock of each slot.
#include "ip/neighbour_table.hpp"

namespace weir {
namespace {

Address address_from(std::uint64_t high, std::uint64_t low) noexcept {
  Address a;
  std::memcpy(a.bytes.data(), &high, 8);
  std::memcpy(a.bytes.data() + 8, &low, 8);
  return a;
}

}  // namespace

std::uint32_t NeighbourTable::home(const Address& address) const noexcept {
  return static_cast<std::uint32_t>(siphash(key_, {address.high(), address.low()}) % kSlots);
}

std::optional<NeighbourTable::Entry> NeighbourTable::at(std::uint32_t index) const noexcept {
  const Slot& slot = (*slots_)[index];
  const std::uint64_t before = slot.word.load(std::memory_order_acquire);
  if (before == 0) return std::nullopt;
  // Acquire: the second look at the word comes after these. Fences would say the same, but the
  // thread sanitizer does not know them.
  const std::uint64_t high = slot.high.load(std::memory_order_acquire);
  const std::uint64_t low = slot.low.load(std::memory_order_acquire);
  if (slot.word.load(std::memory_order_relaxed) != before) return std::nullopt;
  return Entry{address_from(high, low), Mac::unpacked(before & kMacMask),
               static_cast<Reachability>(before >> 48 & 0xf),
               static_cast<std::uint8_t>(before >> 52 & 0xf)};
}

std::optional<NeighbourTable::Entry> NeighbourTable::find(const Address& address) const noexcept {
  const std::uint32_t first = home(address);
  for (std::uint32_t i = 0; i < kProbe; ++i) {
    const auto entry = at((first + i) % kSlots);
    if (entry && entry->address == address) return entry;
  }
  return std::nullopt;
}

std::uint32_t NeighbourTable::slot_of(const Address& address) const noexcept {
  const std::uint32_t first = home(address);
  for (std::uint32_t i = 0; i < kProbe; ++i) {
    const std::uint32_t slot = (first + i) % kSlots;
    const auto entry = at(slot);
    if (entry && entry->address == address) return slot;
  }
  return kSlots;
}

void NeighbourTable::write(std::uint32_t index, const Entry& entry) noexcept {
  Slot& slot = (*slots_)[index];
  const std::uint64_t version = (slot.word.load(std::memory_order_relaxed) >> 56) + 1;
  slot.word.store(0, std::memory_order_relaxed);
  // Release: whoever sees one of these sees the word gone.
  slot.high.store(entry.address.high(), std::memory_order_release);
  slot.low.store(entry.address.low(), std::memory_order_release);
  slot.word.store((version & 0xff) << 56 | std::uint64_t{entry.port & 0xfU} << 52 |
                      std::uint64_t{static_cast<std::uint8_t>(entry.state)} << 48 |
                      entry.mac.packed(),
                  std::memory_order_release);
}

void NeighbourTable::erase(std::uint32_t index) noexcept {
  (*slots_)[index].word.store(0, std::memory_order_release);
}

}  // namespace weir
