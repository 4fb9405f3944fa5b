// What a service is: it hears of connections and datagrams, and answers through what it is handed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/address.hpp"
#include "base/clock.hpp"
#include "frame/frame.hpp"

namespace weir {

/// Text that arrived in order. The view ends with the call that hands it over.
struct Text {
  std::span<const std::uint8_t> bytes;
  /// The frame that holds all of `bytes`, or nullptr. Connection::send_text may take it.
  Frame* frame = nullptr;
  /// It lay in the receive queue, behind text that was missing or not consumed: when its peer sent
  /// it is not known.
  bool waited = false;
};

/// Why a connection ended; a service hears it exactly once.
enum class EndReason : std::uint8_t {
  closed,     ///< both sides have closed and all was acknowledged
  reset,      ///< the peer sent an RST
  timed_out,  ///< the peer stopped acknowledging (RFC 9293 §3.8.3, R2) or idled too long
  aborted,    ///< this side called abort
  shut_down,  ///< the daemon stops
  killed,     ///< the operator said so
};
[[nodiscard]] std::string_view to_string(EndReason reason) noexcept;

/// One end of a TCP connection, as its service sees it. Valid during the call that hands it over.
/// Worker's thread only; nothing here blocks, allocates from the heap or makes a system call.
class Connection {
 public:
  /// Bytes that send() would copy now; at most [tcp] send-buffer.
  [[nodiscard]] virtual std::size_t room() const noexcept = 0;
  /// Queues a copy of `bytes`; returns how many of them there was room for.
  virtual std::size_t send(std::span<const std::uint8_t> bytes) noexcept = 0;
  /// Queues bytes that stay unchanged until queued() is zero or the connection ends; nothing is
  /// copied and any length is taken at once. False when the connection holds too many pieces: try
  /// again on on_sent. `memory`: what the bytes lie in, when ports may read it there; it outlives
  /// its use (TransmitMemory::in_use).
  [[nodiscard]] virtual bool send_static(std::span<const std::uint8_t> bytes,
                                         const TransmitMemory* memory) noexcept = 0;
  [[nodiscard]] bool send_static(std::span<const std::uint8_t> bytes) noexcept {
    return send_static(bytes, nullptr);
  }
  /// Queues received text, by keeping its frame where that is cheaper than a copy (then text.frame
  /// is empty afterwards). Returns how many bytes there was room for, from the front.
  virtual std::size_t send_text(Text& text) noexcept = 0;
  /// Bytes queued and not yet acknowledged.
  [[nodiscard]] virtual std::uint64_t queued() const noexcept = 0;
  /// No more to send: a FIN follows what is queued. Text still arrives until the peer closes too,
  /// but it is not waited for: if text is left unread by the call that closes, the connection is
  /// reset, so that the peer knows (RFC 9293 SHLD-3).
  virtual void close() noexcept = 0;
  /// The same, and text goes on being read, slowly if need be: a half close.
  virtual void end_sending() noexcept = 0;
  /// Ends it now with an RST; queued text is dropped. on_end follows.
  virtual void abort() noexcept = 0;
  /// Asks for on_text with what an earlier on_text left unconsumed.
  virtual void resume() noexcept = 0;
  /// Asks for on_timeout in `delay` (to the millisecond); a later call replaces it, zero cancels
  /// it.
  virtual void set_timeout(Duration delay) noexcept = 0;
  /// All that is queued now answers a request that began to arrive at `since`: the time until it
  /// has left is counted (ServiceHistograms::request). For services whose peers ask and wait.
  virtual void answered(Instant since) noexcept { (void)since; }
  /// The peer has sent its FIN: no more text will come.
  [[nodiscard]] virtual bool peer_closed() const noexcept = 0;
  /// 32 bits that belong to the service for as long as the connection lives; 0 at first.
  [[nodiscard]] virtual std::uint32_t& word() noexcept = 0;
  [[nodiscard]] virtual Instant now() const noexcept = 0;
  [[nodiscard]] virtual Address remote_address() const noexcept = 0;
  [[nodiscard]] virtual std::uint16_t remote_port() const noexcept = 0;

  std::size_t send(std::string_view text) noexcept {
    return send(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }

 protected:
  ~Connection() = default;
};

/// A TCP service: one object per worker, so its state needs no lock. Calls come from that worker.
class TcpService {
 public:
  virtual ~TcpService() = default;
  /// The handshake is complete, or the client brought text with a cookie (RFC 7413): then the same
  /// text may have come twice, on two connections.
  virtual void on_open(Connection&) noexcept {}
  /// Text in order; returns how many bytes it has consumed, from the front. What is left stays in
  /// the receive buffer, closes the peer's window, and comes again with the next text or resume().
  [[nodiscard]] virtual std::size_t on_text(Connection&, Text& text) noexcept = 0;
  /// The peer acknowledged something: there may be room again.
  virtual void on_sent(Connection&) noexcept {}
  /// The peer's FIN, after all of its text was consumed or kept. Most services close now.
  virtual void on_peer_close(Connection& connection) noexcept { connection.close(); }
  /// The delay of set_timeout is over.
  virtual void on_timeout(Connection&) noexcept {}
  /// No more connections will be opened, or they will be again: what is open is to end soon.
  virtual void on_drain(bool) noexcept {}
  /// The connection is gone; room, send and close do nothing any more. Release what word() names.
  virtual void on_end(Connection&, EndReason) noexcept {}
};

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
};

}  // namespace weir
