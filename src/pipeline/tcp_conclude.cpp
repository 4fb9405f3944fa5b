// What is left to do when the protocol and the service have had a segment or a deadline.
#include "pipeline/pipeline.hpp"

namespace weir {
namespace {

bool is_open(State state) noexcept {
  return state >= State::established && state != State::time_wait;
}

}  // namespace

// Of what conclude() does, the part that a predicted segment may need.
void Pipeline::conclude_plain(FlowId id, const tcp::Outbox& out, Frame* spare) noexcept {
  Flow& flow = flows_[id];
  count(out.outcome);
  if (tcp::window_update_due(flow, ctx_)) flow.ack_due = kAckNow;
  if (flow.ack_due != kAckNow) {
    tcp::finish(flow, settings_of(flow), ctx_);
  } else {
    acknowledge(id, spare);
  }
  rearm(id);
}

// Nothing waits to be sent but an acknowledgement: it leaves in the frame that asked for it.
void Pipeline::acknowledge(FlowId id, Frame* spare) noexcept {
  Flow& flow = flows_[id];
  if (spare == nullptr || !*spare) return ready_.push(id);
  spare->set_flags(0);
  spare->place(kHeaderRoom, 0);
  send_segment(std::move(*spare), flow, tcp::make_ack(flow, ctx_));
  tcp::finish(flow, settings_of(flow), ctx_);
}

// A source has what it has shown to be its own: a handshake that is not complete may be forged, and
// what is in TIME-WAIT is over.
void Pipeline::count_states(const Flow& flow, State before, State after) noexcept {
  const std::uint16_t number = service_of(flow);
  ServiceCounters& service = counters_.services[number];
  if (before == State::syn_received && after != before) service.half_open.subtract();
  if (after == State::syn_received && before != after)
    service.half_open.add();  // simultaneous open
  const bool was_open = is_open(before);
  const bool now_open = is_open(after);
  if (now_open && !was_open) {
    service.connections.add();
    sources_.add(flow.remote);
    if (before == State::syn_received) service.accepted.add();
  } else if (was_open && !now_open) {
    service.connections.subtract();
    service.ended.add();
    sources_.subtract(flow.remote);
  }
}

void Pipeline::fast_open_over(std::uint16_t service, const tcp::Outbox& out) noexcept {
  counters_.services[service].fast_opens.subtract();
  if (out.raised(tcp::kEnded) && !out.completed && out.end == EndReason::reset) {
    fast_opens_[service].leave_by_reset(ctx_.tick());
  } else {
    fast_opens_[service].leave();
  }
}

// Nobody knows when a connection from a cookie began: a cookie's timestamp is 32 ms coarse.
void Pipeline::record_handshake(const Flow& flow) noexcept {
  const tcp::Cold* const cold = tcp::cold_of(flow, ctx_);
  if (cold == nullptr) return;
  const auto took = std::chrono::microseconds(tcp::us_of(ctx_.now) - cold->syn_ack_us);
  ServiceHistograms& times = counters_.of_service(service_of(flow));
  times.handshake.record(took);
  if (!cold->syn_timed_out) times.rtt.record(took);  // Karn
}

void Pipeline::conclude(FlowId id, tcp::Outbox& out, State before, Frame* spare) noexcept {
  Flow& flow = flows_[id];
  const std::uint16_t number = service_of(flow);
  if (out.released != 0) {
    counters_.held.subtract(out.released);
    counters_.delivered.add(out.released);
  }
  if (out.abandoned != 0) {
    counters_.held.subtract(out.abandoned);
    counters_.dropped[index(Drop::tcp_flow_ended)].add(out.abandoned);
  }
  if (out.rtt_us != 0) {
    counters_.of_service(number).rtt.record(std::chrono::microseconds(out.rtt_us));
  }
  // A handshake may be over and the connection too within one segment: both are counted.
  const bool opened = out.raised(tcp::kOpened) || out.completed;
  if (sender_.doubts_somebody() &&
      (out.raised(tcp::kSent) || (opened && before < State::established))) {
    sender_.note_progress(flow.remote, port_for(flow));
  }
  if (before < State::established && flow.state != before && opened) {
    count_states(flow, before, State::established);
    record_handshake(flow);
    before = State::established;
  }
  count_states(flow, before, flow.state);
  if (out.was_fast_open) fast_open_over(number, out);
  if (tcp::lingers(flow) && !tcp::has_unread(flow, ctx_)) {
    tcp::end_lingering(flow, EndReason::closed, ctx_, out);
  }
  const bool ended =
      flow.state == State::free || (flow.state == State::time_wait && !tcp::lingers(flow));
  if (ended && (is_open(before) || out.tell_end)) {
    // In TIME-WAIT the service has nothing to do any more: it hears of the end now.
    tcp::FlowConnection connection(flow, ctx_, out);
    services_[number].tcp->on_end(connection, out.end);
  }
  if (flow.state == State::free) {
    wheel_.cancel(id);
    free_flow(id);
    return;
  }
  tcp::finish(flow, settings_of(flow), ctx_);
  const bool reads = flow.state >= State::established && flow.state < State::close_wait;
  if (reads && tcp::window_update_due(flow, ctx_)) {
    flow.ack_due = kAckNow;
    out.transmit = true;
  }
  if (flow.ack_due == kAckNow && (!flow.has_cold || tcp::lingers(flow))) {
    acknowledge(id, spare);
  } else if (out.transmit || flow.ack_due == kAckNow) {
    ready_.push(id);
  }
  rearm(id);
}

}  // namespace weir
