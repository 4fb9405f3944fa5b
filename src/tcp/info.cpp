// Out of the record, and the cold object while there is one.
#include "tcp/info.hpp"

#include "tcp/tcb.hpp"

namespace weir::tcp {

TcpInfo info_of(const Flow& flow, Context& ctx) noexcept {
  TcpInfo info;
  info.peer_window = flow.snd_wnd;
  info.our_window = receive_window(flow, ctx);
  info.in_flight = static_cast<std::uint32_t>(flow.snd_nxt - flow.snd_una);
  info.mss = flow.mss;
  info.window_scale = flow.scaling;
  info.timestamps = flow.timestamps;
  info.sack = flow.sack;
  info.ecn = flow.ecn;
  RttEstimate rtt;
  if (const Cold* const cold = cold_of(flow, ctx); cold != nullptr) {
    rtt = cold->rtt;
    info.cwnd = cold->congestion.cwnd;
    info.ssthresh = cold->congestion.ssthresh;
    info.rto_ms = cold->rto_ms;
    info.retransmissions = cold->retries;
    info.unread = cold->receive.size();
  } else if (flow.state != State::time_wait) {
    rtt = unfold(flow.cold_or_rtt);
  }
  info.srtt_us = rtt.srtt_us;
  info.rttvar_us = rtt.rttvar_us;
  return info;
}

}  // namespace weir::tcp
