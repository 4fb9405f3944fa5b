// A small open-addressing hash over the listeners, with linear probing.
#include "flow/listeners.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace weir {
namespace {

// The finaliser of MurmurHash3: every bit of the sum reaches the low ones.
std::size_t hash(Transport transport, const Address& address, std::uint16_t port) noexcept {
  std::uint64_t mixed = address.high() * 0x9e3779b97f4a7c15ULL + address.low();
  mixed ^=
      (std::uint64_t{port} << 8 | static_cast<std::uint8_t>(transport)) * 0xc2b2ae3d27d4eb4fULL;
  mixed = (mixed ^ mixed >> 33) * 0xff51afd7ed558ccdULL;
  mixed = (mixed ^ mixed >> 33) * 0xc4ceb9fe1a85ec53ULL;
  return static_cast<std::size_t>(mixed ^ mixed >> 33);
}

}  // namespace

std::uint16_t Listeners::add(const Listener& listener) {
  if (find(listener.transport, listener.address, listener.port) != kNoListener) {
    throw std::invalid_argument("two listeners at " + to_string(listener.address, listener.port));
  }
  if (listeners_.size() == kNoListener) throw std::length_error("more than 65535 listeners");
  listeners_.push_back(listener);
  const auto index = static_cast<std::uint16_t>(listeners_.size() - 1);
  if (listeners_.size() * 2 <= slots_.size()) {
    place(index);
    return index;
  }
  slots_.assign(std::max<std::size_t>(8, slots_.size() * 2), kNoListener);
  for (std::size_t i = 0; i < listeners_.size(); ++i) place(static_cast<std::uint16_t>(i));
  return index;
}

std::uint16_t Listeners::find(Transport transport, const Address& address,
                              std::uint16_t port) const noexcept {
  if (slots_.empty()) return kNoListener;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash(transport, address, port) & mask;; at = (at + 1) & mask) {
    const std::uint16_t index = slots_[at];
    if (index == kNoListener) return kNoListener;
    const Listener& listener = listeners_[index];
    if (listener.port == port && listener.transport == transport && listener.address == address) {
      return index;
    }
  }
}

void Listeners::place(std::uint16_t index) noexcept {
  const Listener& listener = listeners_[index];
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash(listener.transport, listener.address, listener.port) & mask;
  while (slots_[at] != kNoListener) at = (at + 1) & mask;
  slots_[at] = index;
}

}  // namespace weir
