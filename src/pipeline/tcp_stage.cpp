// TCP: look up, advance, answer. The protocol itself is in src/tcp.
#include <algorithm>

#include "pipeline/pipeline.hpp"
#include "tcp/open.hpp"
#include "tcp/predicted.hpp"
#include "tcp/segment_arrives.hpp"

namespace weir {
namespace {

// RFC 9293 MUST-67: the MTU less the fixed headers, options not counted.
std::uint16_t mss_of(const LocalPort& port, bool v6) noexcept {
  return static_cast<std::uint16_t>(port.info.mtu - (v6 ? 60 : 40));
}

bool is_open(State state) noexcept {
  return state >= State::established && state != State::time_wait;
}

}  // namespace

// Ownership costs a hash only where a port does not spread flows by itself.
bool Pipeline::hand_over(const Packet& packet) noexcept {
  Frame& frame = *packet.frame;
  if (ownership_.workers == 1 || packet.l4_length < 4) return false;
  if (port_of(frame).info.rss && frame.has(kRxRssHash)) {
    return hand_to(frame, ownership_.owners->worker_of(frame.rss_hash()));
  }
  const auto l4 = packet.l4();
  const auto port_at = [&](std::size_t i) {
    return static_cast<std::uint16_t>(l4[i] << 8 | l4[i + 1]);
  };
  return hand_over(frame, {packet.source, packet.destination, port_at(0), port_at(2)});
}

bool Pipeline::hand_over(Frame& frame, const ReceivedTuple& tuple) noexcept {
  if (ownership_.workers == 1) return false;
  const std::uint32_t hash = (*ownership_.hash)(tuple.source, tuple.destination, tuple.source_port,
                                                tuple.destination_port);
  return hand_to(frame, ownership_.owners->worker_of(hash));
}

bool Pipeline::hand_to(Frame& frame, std::uint16_t owner) noexcept {
  if (frame.has(kHandedOver)) return false;
  if (owner == ownership_.self) return false;
  // It counts as received at its owner.
  counters_.received.subtract();
  counters_.handoff_out.add();
  frame.set(kHandedOver);
  strays_[owner].push(std::move(frame));
  return true;
}

void Pipeline::receive_tcp(Arrival& arrival) noexcept {
  const Packet& packet = arrival.packet;
  // A connection may keep the frame, and another worker may own it: neither can have this one.
  if (!packet.frame->pool()->can_leave()) return drop(Drop::tcp_too_long);
  if (hand_over(packet)) return;
  if (const Refusal r = parse_tcp(packet, arrival.seg)) return drop(*r);
  gather(arrival);
}

// Most of the burst is for the same listener as the segment before.
std::uint16_t Pipeline::listener_for(const Address& destination, std::uint16_t port) noexcept {
  if (last_listener_ != kNoListener) {
    const Listener& last = snapshot_->listeners[last_listener_];
    if (last.port == port && last.address == destination) return last_listener_;
  }
  const std::uint16_t local = snapshot_->listeners.find(Transport::tcp, destination, port);
  if (local != kNoListener) last_listener_ = local;
  return local;
}

void Pipeline::gather(Arrival& arrival) noexcept {
  const Segment& seg = arrival.seg;
  counters_.mib.add(Mib::TcpInSegs);
  const std::uint16_t local = listener_for(arrival.packet.destination, seg.destination_port);
  arrival.tuple = {arrival.packet.source, seg.source_port, local};
  if (local == kNoListener) {
    tcp::Outbox out;
    tcp::closed_arrives(seg, Drop::tcp_no_listener, ctx_, out);
    return answer_segment(arrival, out);
  }
  if (gathers_) {
    write_tuple(tuples_, gathered_, arrival.tuple);
    ++gathered_;
    return;
  }
  arrival.hash = tuple_hash(secrets_.tuple, arrival.tuple);
  arrival.guess = kNoFlow;
  take(arrival, nullptr);
}

// In passes, so that the burst's hashes are computed side by side, and the misses of its index
// lines and records are waited for together.
void Pipeline::take_gathered() noexcept {
  const std::span<Arrival> all(arrivals_.data(), gathered_);
  if (all.empty()) return;
  siphash128_burst(secrets_.tuple, tuples_, gathered_);
  // Who is the last of its flow in this burst: flows that share a place here are taken for one.
  std::array<std::uint8_t, kMaxBurst> last;
  const auto place_of = [](const Arrival& arrival) { return arrival.hash.place % kMaxBurst; };
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    all[i].hash = hash_at(tuples_, i);
    flows_.prefetch_bucket(all[i].hash.place);
    last[place_of(all[i])] = static_cast<std::uint8_t>(i);
  }
  for (Arrival& arrival : all) {
    arrival.guess = flows_.candidate(arrival.hash.place);
    flows_.prefetch(arrival.guess);
  }
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    // An earlier segment's acknowledgement is sent when the burst is over, once for all.
    const bool is_last = last[place_of(all[i])] == i;
    take(all[i], is_last ? all[i].packet.frame : nullptr);
  }
  gathered_ = 0;
}

void Pipeline::take(Arrival& arrival, Frame* spare) noexcept {
  const Segment& seg = arrival.seg;
  ctx_.tuples.know(arrival.tuple, arrival.hash);
  const FlowId id = flows_.find(arrival.tuple, arrival.hash.place, arrival.guess);
  const bool passive = snapshot_->listeners[arrival.tuple.local].passive;
  if (id == kNoFlow && passive) return listen(arrival, nullptr);
  if (id == kNoFlow) {
    tcp::Outbox out;
    tcp::closed_arrives(seg, Drop::tcp_no_connection, ctx_, out);
    return answer_segment(arrival, out);
  }
  if (passive && tcp::may_reopen(flows_[id], seg)) {
    const Seq floor = flows_[id].snd_nxt;
    tcp::Outbox ended;
    tcp::end(flows_[id], EndReason::closed, ctx_, ended);
    conclude(id, ended, State::time_wait);
    counters_.mib.add(Mib::TcpReopened);
    return listen(arrival, &floor);
  }
  advance(arrival, id, spare);
}

tcp::ListenState Pipeline::listen_state(const Packet& packet, std::uint16_t service) noexcept {
  const ServiceLimits& limits = snapshot_->services[service];
  const ServiceCounters& now = counters_.services[service];
  tcp::ListenState state;
  state.backlog_full = now.half_open.get() >= limits.backlog;
  state.service_full =
      limits.max_connections != 0 && now.connections.get() >= limits.max_connections;
  const std::uint32_t most = snapshot_->max_flows_per_source;
  state.source_full = most != 0 && sources_.count(packet.source) >= most;
  state.table_full = flows_.size() == flows_.capacity();
  state.local_mss = mss_of(port_of(*packet.frame), packet.v6);
  if (limits.fast_opens != 0) {
    using FastOpens = tcp::ListenState::FastOpens;
    const bool full = fast_opens_[service].are_full(ctx_.tick());
    state.fast_opens = full ? FastOpens::full : FastOpens::taken;
  }
  return state;
}

FlowId Pipeline::make_flow(const FlowKey& tuple, std::uint64_t hash) noexcept {
  const FlowId id = flows_.insert(tuple, hash);
  if (id == kNoFlow) return id;
  counters_.flows.set(flows_.size());
  return id;
}

void Pipeline::free_flow(FlowId id) noexcept {
  flows_.erase(id, ctx_.tuples.of(key_of(flows_[id])).place);
  counters_.flows.set(flows_.size());
}

void Pipeline::listen(Arrival& arrival, const Seq* floor) noexcept {
  const Packet& packet = arrival.packet;
  const Segment& seg = arrival.seg;
  const FlowKey& tuple = arrival.tuple;
  const std::uint16_t service = snapshot_->listeners[tuple.local].service;
  const tcp::ListenState state = listen_state(packet, service);
  tcp::Outbox out;
  const tcp::ListenAction action = tcp::listen_arrives(seg, tuple, state, ctx_, out);
  if (action == tcp::ListenAction::done) return answer_segment(arrival, out);
  const FlowId id = make_flow(tuple, arrival.hash.place);
  if (id == kNoFlow) return drop(Drop::tcp_table_full);
  Flow& flow = flows_[id];
  if (action == tcp::ListenAction::from_cookie) {
    tcp::open_from_cookie(flow, seg, state, ctx_);
  } else if (!tcp::open_half(flow, seg, state, floor, ctx_, out)) {
    free_flow(id);
    return answer_segment(arrival, out);
  }
  const bool cookie = action == tcp::ListenAction::from_cookie;
  if (Account* const account = account_of(id)) {
    *account = {ctx_.now.milliseconds(), flow.snd_nxt - 1, cookie ? seg.seq - 1 : seg.seq};
  }
  counters_.services[service].half_open.add();
  flow.deadline = ctx_.tick() + 1;
  wheel_.arm(id, flow.deadline);
  if (cookie) return advance(arrival, id, packet.frame);
  if (out.raised(tcp::kOpened)) {
    counters_.services[service].fast_opens.add();
    fast_opens_[service].take();
    serve(flow, out, packet.frame);
  }
  answer_segment(arrival, out);
  conclude(id, out, State::syn_received);
}

FlowId Pipeline::connect(std::uint16_t local, const Address& remote, std::uint16_t remote_port,
                         Instant now) noexcept {
  ctx_.now = now;
  sender_.set_now(now);
  const FlowKey tuple{remote, remote_port, local};
  const LocalPort& port = snapshot_->ports[listener_ports_[local]];
  const Listener& place = snapshot_->listeners[local];
  const bool one_host = !remote.is_unspecified() && !remote.is_multicast() &&
                        !port.is_broadcast(remote) && !port.owns(remote) && remote_port != 0 &&
                        remote.is_v4() == place.address.is_v4();
  const std::uint64_t hash = flows_.hash(tuple);
  if (!one_host || place.passive || !port.owns(place.address)) return kNoFlow;
  if (flows_.find(tuple, hash) != kNoFlow) return kNoFlow;
  const FlowId id = make_flow(tuple, hash);
  if (id == kNoFlow) return kNoFlow;
  Flow& flow = flows_[id];
  tcp::Outbox out;
  if (!tcp::open_active(flow, mss_of(port, !remote.is_v4()), ctx_, out)) {
    free_flow(id);
    return kNoFlow;
  }
  if (Account* const account = account_of(id)) {
    *account = {now.milliseconds(), flow.snd_una, Seq{} - 1};
  }
  flow.deadline = ctx_.tick() + 1;
  wheel_.arm(id, flow.deadline);
  send_header(flow, out.reply);
  tcp::finish(flow, settings_of(flow), ctx_);
  rearm(id);
  return id;
}

void Pipeline::advance(Arrival& arrival, FlowId id, Frame* spare) noexcept {
  Flow& flow = flows_[id];
  const State before = flow.state;
  tcp::Outbox out;
  if (tcp::take_predicted(flow, arrival.seg, ctx_, out)) {
    serve(flow, out, arrival.packet.frame);
    if (tcp::is_still_plain(flow, out)) return conclude_plain(id, out, spare);
    answer_segment(arrival, out);
    return conclude(id, out, before, spare);
  }
  tcp::segment_arrives(flow, arrival.seg, ctx_, out);
  if (before == State::syn_sent && snapshot_->flow_accounts) {
    account_of(id)->irs = flow.rcv_nxt - 1;
  }
  if (out.events != 0 && !out.raised(tcp::kEnded)) serve(flow, out, arrival.packet.frame);
  // The reply's numbers are those of the moment when the step decided on it.
  if (out.outcome.verdict == Verdict::held) {
    if (out.has_reply) send_header(flow, out.reply);
    count(out.outcome);
  } else {
    answer_segment(arrival, out);
  }
  conclude(id, out, before, spare);
}

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
  // A handshake may be over and the connection too within one segment: both are counted.
  const bool opened = out.raised(tcp::kOpened) || out.completed;
  if (before < State::established && flow.state != before && opened) {
    count_states(flow, before, State::established);
    before = State::established;
  }
  count_states(flow, before, flow.state);
  if (out.was_fast_open) fast_open_over(number, out);
  const bool ended = flow.state == State::free || flow.state == State::time_wait;
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
  if (flow.ack_due == kAckNow && !flow.has_cold) {
    acknowledge(id, spare);
  } else if (out.transmit || flow.ack_due == kAckNow) {
    ready_.push(id);
  }
  rearm(id);
}

void Pipeline::answer_segment(const Arrival& arrival, tcp::Outbox& out) noexcept {
  if (!out.has_reply) return count(out.outcome);
  const Packet& packet = arrival.packet;
  TcpHeader& header = out.reply;
  const bool rst = (header.flags & kRst) != 0;
  if (rst && out.outcome.has_reason && !rst_bucket_.take(ctx_.now)) {
    return drop(out.outcome.reason);
  }
  const std::uint8_t port = packet.frame->port();
  Frame fresh;
  if (!*packet.frame) fresh = pool_.allocate();
  Frame& frame = *packet.frame ? *packet.frame : fresh;
  if (!frame) return drop(Drop::frames_exhausted);
  frame.set_flags(0);
  frame.place(kHeaderRoom, 0);
  header.source_port = arrival.seg.destination_port;
  header.destination_port = arrival.seg.source_port;
  IpHeader ip;
  ip.source = packet.destination;
  ip.destination = packet.source;
  ip.protocol = kProtoTcp;
  ip.ttl = snapshot_->ttl;
  if (packet.v6) ip.flow_label = flow_label(arrival.tuple);
  counters_.mib.add(Mib::TcpOutSegs);
  if (rst) counters_.mib.add(Mib::TcpOutRsts);
  Drop reason{};
  const ChecksumOffload offload = sender_.offload(port);
  prepend_tcp(frame, header, ip, offload);
  const auto fate = sender_.send_transport(std::move(frame), port, ip, offload, true, reason);
  count_reply(fate, out.outcome, reason);
}

void Pipeline::send_segment(Frame&& frame, const Flow& flow, TcpHeader&& header,
                            bool ecn_capable) noexcept {
  const Listener& local = snapshot_->listeners[flow.local];
  const std::uint8_t port = port_for(flow);
  header.source_port = local.port;
  header.destination_port = flow.remote_port;
  IpHeader ip;
  ip.source = local.address;
  ip.destination = flow.remote;
  ip.protocol = kProtoTcp;
  ip.ttl = snapshot_->ttl;
  if (ecn_capable) ip.traffic_class = 2;  // ECT(0)
  if (!flow.remote.is_v4()) {
    ip.flow_label = flow_label(key_of(flow));
  }
  counters_.mib.add(Mib::TcpOutSegs);
  if ((header.flags & kRst) != 0) counters_.mib.add(Mib::TcpOutRsts);
  Drop reason{};
  const ChecksumOffload offload = sender_.offload(port);
  prepend_tcp(frame, header, ip, offload);
  (void)sender_.send_transport(std::move(frame), port, ip, offload, false, reason);
}

void Pipeline::send_header(const Flow& flow, TcpHeader& header) noexcept {
  Frame frame = pool_.allocate();
  if (!frame) return counters_.mib.add(Mib::TxNoFrames);
  frame.place(kHeaderRoom, 0);
  send_segment(std::move(frame), flow, std::move(header));
}

}  // namespace weir
