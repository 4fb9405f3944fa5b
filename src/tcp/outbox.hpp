// What one segment, timer or call leads to: at most one immediate reply, and events for the
// service.
#pragma once

#include <cstdint>
#include <span>

#include "base/verdict.hpp"
#include "service/service.hpp"
#include "wire/tcp_header.hpp"

namespace weir::tcp {

enum Event : std::uint8_t {
  kOpened = 1 << 0,      ///< the handshake is complete
  kTextReady = 1 << 1,   ///< text in order: `text` of the outbox, then the receive queue
  kSent = 1 << 2,        ///< queued text was acknowledged
  kPeerClosed = 1 << 3,  ///< the peer's FIN is in order
  kTimeout = 1 << 4,     ///< Connection::set_timeout
  kEnded = 1 << 5,       ///< the flow is CLOSED: `end` says why
};

/// Fixed size; segments beyond the one reply wait for transmit (tcp/transmit.hpp).
struct Outbox {
  bool has_reply = false;
  TcpHeader reply;  ///< ports are filled in by the pipeline
  std::uint8_t events = 0;
  EndReason end = EndReason::closed;
  /// Text that arrived in order and in the segment's own frame, not yet in any queue.
  std::span<const std::uint8_t> text;
  Seq text_seq;  ///< of text[0]
  Outcome outcome = Outcome::of(Verdict::consumed);
  std::uint32_t released = 0;   ///< held frames whose text is in order now: delivered
  std::uint32_t abandoned = 0;  ///< held frames whose connection ended: dropped[tcp_flow_ended]
  std::uint32_t rtt_us = 0;     ///< the sample that RFC 6298 takes of it; 0: none
  bool transmit = false;        ///< the flow may have something to send
  bool tell_end = false;        ///< the service knows of a connection that was not established
  bool completed = false;       ///< the handshake of a connection that its service knew already
  bool was_fast_open = false;   ///< a fast open is no longer in SYN-RECEIVED

  void raise(Event event) noexcept { events = static_cast<std::uint8_t>(events | event); }
  [[nodiscard]] bool raised(Event event) const noexcept { return (events & event) != 0; }
  void answer(const TcpHeader& header) noexcept {
    reply = header;
    has_reply = true;
    if (outcome.verdict != Verdict::held) outcome.verdict = Verdict::answered;
  }
  void answer(const TcpHeader& header, Drop reason) noexcept {
    reply = header;
    has_reply = true;
    outcome = Outcome::refused(reason);
  }
  void refuse(Drop reason) noexcept { outcome = Outcome::drop(reason); }
};

}  // namespace weir::tcp
