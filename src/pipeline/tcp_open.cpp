// Where flows begin and are freed: a SYN or a cookie for a listener, and the active open.
#include "pipeline/pipeline.hpp"
#include "tcp/open.hpp"

namespace weir {
namespace {

// RFC 9293 MUST-67: the MTU less the fixed headers, options not counted.
std::uint16_t mss_of(const LocalPort& port, bool v6) noexcept {
  return static_cast<std::uint16_t>(port.info.mtu - (v6 ? 60 : 40));
}

}  // namespace

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
  if (flight_) [[unlikely]] {
    const bool fast = out.raised(tcp::kOpened);
    flight_.born(id, cookie ? Birth::cookie : fast ? Birth::fast_open : Birth::syn);
  }
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
                         Instant now, std::uint32_t word) noexcept {
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
  flow.service_word = word;
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

}  // namespace weir
