// A TCP connection in one cache line: all that an idle one costs.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/seq.hpp"
#include "base/slab.hpp"

namespace weir {

/// The states of RFC 9293 §3.3.2 that a flow can be in; CLOSED has no flow, LISTEN is a listener.
enum class State : std::uint8_t {
  free,  ///< no connection in this line
  syn_sent,
  syn_received,
  established,
  fin_wait_1,
  fin_wait_2,
  close_wait,
  closing,
  last_ack,
  time_wait,
};
/// "SYN-RECEIVED", as the RFC prints it.
[[nodiscard]] constexpr std::string_view to_string(State state) noexcept {
  constexpr std::string_view kNames[] = {"CLOSED",     "SYN-SENT",   "SYN-RECEIVED", "ESTABLISHED",
                                         "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",   "CLOSING",
                                         "LAST-ACK",   "TIME-WAIT"};
  return kNames[static_cast<std::size_t>(state)];
}

/// When the text accepted so far is to be acknowledged (RFC 9293 §3.8.6.3, MUST-40).
enum AckDue : std::uint8_t { kAckNone = 0, kAckDelayed = 1, kAckNow = 2 };

using FlowId = std::uint32_t;  ///< index of a flow in its worker's table; kNoId is none
inline constexpr FlowId kNoFlow = kNoId;

/// The record of a connection. `tcb.snd.una` of the RFC is snd_una here. While something is in
/// flight, queued or out of order, `cold` names the object that holds the rest (src/tcp/cold.hpp);
/// without one, snd.una = snd.nxt. Written by its worker alone.
///
///   snd: |----acknowledged----|una----in flight----nxt|----may be sent----|una+wnd
struct alignas(64) Flow {
  Address remote;               // 16
  std::uint16_t remote_port;    //  2  host order
  std::uint16_t local;          //  2  index of (local address, local port) in the listeners
  Seq snd_una, snd_nxt;         //  8
  Seq rcv_nxt;                  //  4
  std::uint32_t snd_wnd;        //  4  bytes, scaled up
  std::uint32_t ts_recent;      //  4  TS.Recent (RFC 7323 §4.3)
  std::uint16_t rcv_wnd;        //  2  offered from rcv.nxt, in units of 2^rcv scale, rounded up
  std::uint16_t rcv_level : 4;  //  2  how often the receive buffer was doubled
  std::uint16_t rcv_mark : 12;  //     when rcv.nxt last passed half a buffer, in milliseconds
  std::uint16_t mss : 14;       //  2  most bytes of text in a segment without options
  std::uint16_t ack_due : 2;    //     AckDue: text was accepted and not yet acknowledged
  State state : 4;              //  1
  std::uint8_t ecn : 1;         //     negotiated (RFC 3168)
  std::uint8_t ecn_echo : 1;    //     a CE mark arrived and the peer has not said CWR since
  std::uint8_t quiet : 2;       //     looks at it since it was last heard of, kQuietStep apart
  std::uint8_t snd_scale : 4;   //  1  Snd.Wind.Shift
  std::uint8_t scaling : 1;     //     window scaling was negotiated, so ours is kRcvScale
  std::uint8_t timestamps : 1;  //     negotiated
  std::uint8_t sack : 1;        //     negotiated
  std::uint8_t has_cold : 1;    //     cold_or_rtt is the id of a cold object
  Tick deadline;                //  4  when the flow wants to be looked at
  Tick armed;                   //  4  when the wheel will look at it; never later than deadline
  std::uint32_t cold_or_rtt;    //  4  cold object's id, or what survives of it (tcp/rto.hpp)
  std::uint32_t service_word;   //  4  belongs to the service
};
static_assert(sizeof(Flow) == 64 && alignof(Flow) == 64);

/// What finds a flow: everything that distinguishes two connections of one worker.
struct FlowKey {
  Address remote;
  std::uint16_t remote_port = 0;
  std::uint16_t local = 0;
  friend bool operator==(const FlowKey&, const FlowKey&) noexcept = default;
};
[[nodiscard]] inline FlowKey key_of(const Flow& flow) noexcept {
  return {flow.remote, flow.remote_port, flow.local};
}

}  // namespace weir
