// A UDP service: it hears of datagrams, answers them, and sends others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "weir/address.hpp"
#include "weir/message.hpp"
#include "weir/time.hpp"

namespace weir {

/// Who talks to whom by UDP; ports in host order.
struct UdpPath {
  Address remote, local;
  std::uint16_t remote_port = 0, local_port = 0;
};

/// What a UDP service sends with beside the answer that it writes, and asks to be woken by. Valid
/// during the call that hands it over; its worker's thread only.
class UdpOutlet {
 public:
  /// Sends from path.local to path.remote; `text` is copied. False when there is no buffer, the
  /// text is longer than one, or no listener of this service stands at path.local.
  virtual bool send(const UdpPath& path, std::span<const std::uint8_t> text) noexcept = 0;
  /// Asks for on_timeout in `delay` (to the millisecond, rounded up); a later call replaces it,
  /// zero cancels it. There is one such timer for each service and worker.
  virtual void set_timeout(Duration delay) noexcept = 0;
  [[nodiscard]] virtual Instant now() const noexcept = 0;

 protected:
  ~UdpOutlet() = default;
};

/// A datagram for a service, and where its answer goes.
struct Datagram {
  std::span<const std::uint8_t> text;
  Address remote, local;
  std::uint16_t remote_port = 0, local_port = 0;
  Instant now;
  UdpOutlet* outlet = nullptr;  ///< always there in a worker

  [[nodiscard]] UdpPath path() const noexcept { return {remote, local, remote_port, local_port}; }
};

/// A UDP service: one object per worker.
class UdpService {
 public:
  virtual ~UdpService() = default;
  /// Whether the service answers whatever it is sent: then datagrams from ports whose services do
  /// the same are refused (CVE-2024-2169).
  [[nodiscard]] virtual bool answers_anything() const noexcept = 0;
  /// The longest answer in bytes; as long as its request at most, if that is longer. Zero, then,
  /// for services that must not amplify. Constant.
  [[nodiscard]] virtual std::size_t longest_reply() const noexcept { return 0; }
  /// Writes an answer to the front of `reply` and returns its length, or a negative number for no
  /// answer. `reply` is as long as longest_reply() or the request, but no longer than what the
  /// frame that asked has room for (1900 bytes and more). It may overlap `datagram.text`, with the
  /// same beginning: an echo need not copy.
  [[nodiscard]] virtual std::int32_t on_datagram(const Datagram& datagram,
                                                 std::span<std::uint8_t> reply) noexcept = 0;
  /// The delay of UdpOutlet::set_timeout is over.
  virtual void on_timeout(UdpOutlet&) noexcept {}
  /// Another thread has sent a message (Server::send).
  virtual void on_message(const Message&, UdpOutlet&) noexcept {}
};

}  // namespace weir
