// Who listens where: from (transport, local address, port) to the service that answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/address.hpp"
#include "flow/transport.hpp"

namespace weir {

inline constexpr std::uint16_t kNoListener = 0xffff;

struct Listener {
  Address address;
  std::uint16_t port = 0;  ///< host order
  Transport transport = Transport::tcp;
  std::uint16_t service = 0;  ///< index in the configuration's services
  bool passive = true;   ///< false: an end of connections that we open; nobody may open one to it
  bool client = false;   ///< it is never anything else than such an end
  bool retired = false;  ///< a reload took it away: connections that it has go on, none is added
  std::uint16_t older = kNoListener;  ///< who had the place before, for connections of his
};

/// Built by the control thread, then part of a snapshot and read by all workers. Only the operator
/// decides what is in it, and it is at most half full, so its hash needs no key.
class Listeners {
 public:
  /// Returns the listener's index: 0 for the first, counting up. A retired one gives up its place.
  /// Throws std::invalid_argument when the place is taken, std::length_error at 65535 listeners.
  std::uint16_t add(const Listener& listener);
  /// Takes it out of service. Its index stays: flows know their listener by it.
  void retire(std::uint16_t index) noexcept;
  /// Whether connections may be opened to it, as long as it is not retired.
  void set_passive(std::uint16_t index, bool passive) noexcept {
    Listener& listener = listeners_[index];
    if (!listener.retired) listener.passive = passive && !listener.client;
  }
  /// Puts a retired one back into its place, which nobody has now.
  void revive(std::uint16_t index) noexcept;
  /// Takes a retired one that has no connections any more out of the row of those who had its
  /// place, so that no segment is looked up for it; whoever leads the row stays. It can be revived.
  void unlink(std::uint16_t index) noexcept;
  /// Whether somebody had another's place before: there is something to unlink().
  [[nodiscard]] bool has_rows() const noexcept;
  /// The retired listener of `service` at that place, or kNoListener.
  [[nodiscard]] std::uint16_t find_retired(const Listener& place) const noexcept;

  /// The index of the listener at exactly this place, or kNoListener. A retired TCP one is found
  /// while nobody else has the place.
  [[nodiscard]] std::uint16_t find(Transport transport, const Address& address,
                                   std::uint16_t port) const noexcept;

  [[nodiscard]] const Listener& operator[](std::uint16_t index) const noexcept {
    return listeners_[index];
  }
  [[nodiscard]] std::span<const Listener> all() const noexcept { return listeners_; }
  [[nodiscard]] std::size_t size() const noexcept { return listeners_.size(); }

 private:
  void place(std::uint16_t index) noexcept;
  [[nodiscard]] std::size_t slot_of(Transport transport, const Address& address,
                                    std::uint16_t port) const noexcept;

  std::vector<Listener> listeners_;
  std::vector<std::uint16_t> slots_;  // a power of two; kNoListener is a free one
};

}  // namespace weir
