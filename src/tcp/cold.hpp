// The cold object: what a connection needs while something is in flight, queued or out of order.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/clock.hpp"
#include "base/seq.hpp"
#include "flow/flow.hpp"
#include "tcp/answers.hpp"
#include "tcp/initial_pacing.hpp"
#include "tcp/keep_alive.hpp"
#include "tcp/receive_queue.hpp"
#include "tcp/recovery.hpp"
#include "tcp/rto.hpp"
#include "tcp/send_queue.hpp"

namespace weir::tcp {

/// Exists from the first need to the moment when all is acknowledged and read (tcp/tcb.hpp,
/// settle).
///
///   send queue: [una ........ in flight ........ snd.nxt ........ una + size) then perhaps FIN
struct Cold {
  SendQueue send;
  Answers answers;  ///< in it
  ReceiveQueue receive;
  Congestion congestion;
  Recovery recovery;
  RttEstimate rtt;
  std::uint32_t rto_ms = kInitialRtoMs;
  std::uint32_t rto_floor_ms = 0;  ///< drawn anew after each timeout (tcb.hpp)

  Seq snd_wl1, snd_wl2;  ///< RFC 9293 §3.3.1
  Seq rcv_edge;          ///< first sequence number beyond what was offered; never goes back
  std::uint32_t max_snd_wnd = 0;  ///< MAX.SND.WND (RFC 5961 §5.2)
  std::uint32_t syn_ack_us = 0;   ///< when our SYN-ACK left, for the first measurement
  std::uint32_t ts_offset = 0;    ///< of the tuple (isn.hpp), so that sending need not hash it

  Alarm rto;      ///< retransmission, or the zero-window probe
  Alarm ack;      ///< delayed ACK
  Alarm service;  ///< Connection::set_timeout
  Alarm pace;     ///< the next segment of the first flight
  KeepAlive keep_alive;
  InitialPacing pacing;
  Tick heard;             ///< when the peer was last heard of: for the idle timeout
  Tick unanswered_since;  ///< first transmission of what is unacknowledged: for R2
  std::uint8_t retries = 0;
  std::uint8_t recent_count = 0;  ///< of `recent`
  std::uint16_t local_mss = 0;    ///< what our SYN-ACK offers, for sending it again
  std::uint16_t syn_text = 0;     ///< bytes that were accepted on the SYN

  bool syn_timed_out = false;  ///< RFC 6298 (5.7)
  bool active = false;         ///< we opened it
  bool fast_open = false;      ///< open since the SYN: snd.una lies behind our SYN already
  bool fin_queued = false;     ///< the service has closed: a FIN follows the queue
  bool fin_sent = false;
  bool probe = false;     ///< the persist timer fired: one byte may pass the window
  bool peer_fin = false;  ///< a FIN arrived beyond a gap, at peer_fin_seq
  bool end_told = true;   ///< the service knows of the peer's FIN (false: text comes first)
  Seq peer_fin_seq;
  std::array<Seq, 4> recent;  ///< where the last segments out of order began, newest first

  void note_out_of_order(Seq seq) noexcept {
    std::copy_backward(recent.begin(), recent.end() - 1, recent.end());
    recent[0] = seq;
    if (recent_count < recent.size()) ++recent_count;
  }
};

// Found by its number with a shift, which is done for nearly every segment.
static_assert(sizeof(Cold) == 512);
using ColdSlab = Slab<Cold>;

}  // namespace weir::tcp
