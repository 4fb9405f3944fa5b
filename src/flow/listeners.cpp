// A small open-addressing hash over the listeners, with linear probing.
#include "flow/listeners.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

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

// Where it is, or where it would be put; slots_.size() when there are no slots yet.
inline std::size_t Listeners::slot_of(Transport transport, const Address& address,
                                      std::uint16_t port) const noexcept {
  if (slots_.empty()) return 0;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash(transport, address, port) & mask;; at = (at + 1) & mask) {
    if (slots_[at] == kNoListener) return at;
    const Listener& listener = listeners_[slots_[at]];
    if (listener.port == port && listener.transport == transport && listener.address == address) {
      return at;
    }
  }
}

std::uint16_t Listeners::add(const Listener& listener) {
  if (listeners_.size() == kNoListener) throw std::length_error("more than 65535 listeners");
  const auto index = static_cast<std::uint16_t>(listeners_.size());
  if (const std::size_t at = slot_of(listener.transport, listener.address, listener.port);
      at != slots_.size() && slots_[at] != kNoListener) {
    if (!listeners_[slots_[at]].retired) {
      throw std::invalid_argument("two listeners at " + to_string(listener.address, listener.port));
    }
    listeners_.push_back(listener);
    listeners_.back().older = std::exchange(slots_[at], index);
    return index;
  }
  listeners_.push_back(listener);
  if (listeners_.size() * 2 <= slots_.size()) {
    place(index);
    return index;
  }
  std::vector<std::uint16_t> heads(std::max<std::size_t>(8, slots_.size() * 2), kNoListener);
  heads.swap(slots_);
  for (const std::uint16_t head : heads) {
    if (head != kNoListener) place(head);
  }
  place(index);
  return index;
}

void Listeners::retire(std::uint16_t index) noexcept {
  listeners_[index].retired = true;
  listeners_[index].passive = false;
}

// From wherever it stands in the row of those who had the place, to its head.
void Listeners::revive(std::uint16_t index) noexcept {
  Listener& listener = listeners_[index];
  listener.retired = false;
  listener.passive = !listener.client;
  const std::size_t at = slot_of(listener.transport, listener.address, listener.port);
  if (slots_[at] == index) return;
  unlink(index);
  listener.older = std::exchange(slots_[at], index);
}

void Listeners::unlink(std::uint16_t index) noexcept {
  Listener& listener = listeners_[index];
  std::uint16_t before = slots_[slot_of(listener.transport, listener.address, listener.port)];
  while (before != kNoListener && listeners_[before].older != index) {
    before = listeners_[before].older;
  }
  if (before == kNoListener) return;
  listeners_[before].older = std::exchange(listener.older, kNoListener);
}

std::uint16_t Listeners::find_retired(const Listener& place) const noexcept {
  const auto found = std::find_if(listeners_.begin(), listeners_.end(), [&](const Listener& one) {
    return one.retired && one.service == place.service && one.port == place.port &&
           one.transport == place.transport && one.address == place.address;
  });
  return found == listeners_.end() ? kNoListener
                                   : static_cast<std::uint16_t>(found - listeners_.begin());
}

bool Listeners::has_rows() const noexcept {
  return std::any_of(listeners_.begin(), listeners_.end(),
                     [](const Listener& one) { return one.older != kNoListener; });
}

std::uint16_t Listeners::find(Transport transport, const Address& address,
                              std::uint16_t port) const noexcept {
  const std::size_t at = slot_of(transport, address, port);
  const std::uint16_t index = at == slots_.size() ? kNoListener : slots_[at];
  if (transport == Transport::tcp || index == kNoListener) return index;
  return listeners_[index].retired ? kNoListener : index;
}

void Listeners::place(std::uint16_t index) noexcept {
  const Listener& listener = listeners_[index];
  slots_[slot_of(listener.transport, listener.address, listener.port)] = index;
}

}  // namespace weir
