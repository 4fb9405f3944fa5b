// What a service stands on: its worker.
#pragma once

#include <cstddef>
#include <cstdint>

#include "weir/address.hpp"
#include "weir/tcp.hpp"
#include "weir/time.hpp"

namespace weir {

/// The worker of a service's objects, as far as it concerns them. Outlives them. Calls from that
/// worker's thread alone, within an event of the service; none of them blocks or allocates.
class ServiceHost {
 public:
  /// This worker's number, from 0, and how many there are.
  [[nodiscard]] virtual std::uint16_t worker() const noexcept = 0;
  [[nodiscard]] virtual std::uint16_t workers() const noexcept = 0;
  [[nodiscard]] virtual Instant now() const noexcept = 0;

  /// Opens a connection to a host, from one of our addresses of its family and one of the service's
  /// `client-ports`, chosen so that the answers come to this worker. `word` is what
  /// Connection::word() begins with. on_open follows, or on_end if nobody answers or he refuses.
  /// kNoConnection: `remote` is not one host's address, all client ports are in use towards it,
  /// there is no room for a connection, or the service has no TCP objects.
  virtual ConnectionId connect(const Address& remote, std::uint16_t remote_port,
                               std::uint32_t word) noexcept = 0;
  /// Has on_wake called with that connection of this service when this event is over, in this round
  /// of the worker or the next. Several calls may become one. An id whose on_end has been called
  /// names nobody, or another connection of this service.
  virtual void wake(ConnectionId id) noexcept = 0;
  /// Adds to the counter of that number among those that the service declared (ServiceFactory).
  virtual void count(std::size_t which, std::uint64_t n) noexcept = 0;
  void count(std::size_t which) noexcept { count(which, 1); }

 protected:
  ~ServiceHost() = default;
};

}  // namespace weir
