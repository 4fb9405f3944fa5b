// A TCP service: it hears of connections, and answers through what it is handed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "weir/address.hpp"
#include "weir/message.hpp"
#include "weir/time.hpp"

namespace weir {

class Frame;           // a buffer of a worker's
class TransmitMemory;  // memory that ports may read

/// Text that arrived in order. The view ends with the call that hands it over.
struct Text {
  std::span<const std::uint8_t> bytes;
  /// The frame that holds all of `bytes`, or nullptr. Connection::send_text may take it; nothing
  /// else can be done with it.
  Frame* frame = nullptr;
  /// It lay in the receive queue, behind text that was missing or not consumed: when its peer sent
  /// it is not known.
  bool waited = false;
};

/// Names a connection to its worker until its on_end has been called.
enum class ConnectionId : std::uint32_t {};
inline constexpr ConnectionId kNoConnection{0xffffffffU};

/// What there is to know of a connection, as the kernel's tcp_info tells it of its own.
struct TcpInfo {
  std::uint32_t srtt_us = 0;         ///< smoothed round trip (RFC 6298); 0: no sample yet
  std::uint32_t rttvar_us = 0;       ///< its variation
  std::uint32_t rto_ms = 0;          ///< retransmission timeout; 0: nothing is in flight
  std::uint32_t cwnd = 0;            ///< congestion window, bytes; 0: at its beginning
  std::uint32_t ssthresh = 0;        ///< bytes
  std::uint32_t in_flight = 0;       ///< bytes sent and not acknowledged
  std::uint32_t peer_window = 0;     ///< bytes that the peer will take
  std::uint32_t our_window = 0;      ///< bytes that we offer
  std::uint32_t unread = 0;          ///< bytes that the service left, or that wait for missing ones
  std::uint16_t mss = 0;             ///< most bytes of text in a segment
  std::uint8_t retransmissions = 0;  ///< timeouts in a row
  bool window_scale = false, timestamps = false, sack = false, ecn = false;  ///< negotiated
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
[[nodiscard]] constexpr std::string_view to_string(EndReason reason) noexcept {
  constexpr std::string_view kNames[] = {"closed",  "reset",     "timed-out",
                                         "aborted", "shut-down", "killed"};
  return kNames[static_cast<std::size_t>(reason)];
}

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
  [[nodiscard]] virtual Address local_address() const noexcept = 0;
  [[nodiscard]] virtual std::uint16_t local_port() const noexcept = 0;
  /// For ServiceHost::wake.
  [[nodiscard]] virtual ConnectionId id() const noexcept = 0;
  [[nodiscard]] virtual TcpInfo info() const noexcept = 0;

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
  /// ServiceHost::wake named this connection.
  virtual void on_wake(Connection&) noexcept {}
  /// Another thread has sent a message (Server::send).
  virtual void on_message(const Message&) noexcept {}
  /// No more connections will be opened, or they will be again: what is open is to end soon.
  virtual void on_drain(bool) noexcept {}
  /// The connection is gone; room, send and close do nothing any more. Release what word() names.
  virtual void on_end(Connection&, EndReason) noexcept {}
};

}  // namespace weir
