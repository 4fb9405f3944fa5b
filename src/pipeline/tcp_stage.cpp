// TCP: from a packet to its flow, for the whole burst, and through the protocol. The protocol
// itself is in src/tcp.
#include <array>

#include "pipeline/pipeline.hpp"
#include "tcp/open.hpp"
#include "tcp/predicted.hpp"
#include "tcp/segment_arrives.hpp"

namespace weir {
namespace {

// Whether conclude_plain() is enough for a predicted segment: its service only read.
bool is_still_plain(const Flow& flow, const tcp::Outbox& out) noexcept {
  return flow.state == State::established && !flow.has_cold && !out.has_reply;
}

bool is_bare_syn(const Packet& packet) noexcept {
  constexpr std::size_t kFlagsAt = 13;
  return packet.l4_length > kFlagsAt && (packet.l4()[kFlagsAt] & (kSyn | kAck)) == kSyn;
}

// Why a segment without a connection is refused where nobody may open one: by a drain, by a reload
// that took the listener away, or because the place is an end of connections that we open.
Drop why_not_open(const Snapshot& snapshot, const Listener& place, const Segment& seg) noexcept {
  if (!seg.has(kSyn) || seg.has(kAck)) return Drop::tcp_no_connection;
  if (place.retired) return Drop::tcp_no_listener;
  const bool drains = snapshot.services[place.service].draining;
  return drains ? Drop::tcp_draining : Drop::tcp_no_connection;
}

// Whether a place takes connections at other times: a drain or a reload has closed it.
bool is_closed_for_now(const Snapshot& snapshot, std::uint16_t local) noexcept {
  const Listener& place = snapshot.listeners[local];
  return place.retired || snapshot.services[place.service].draining;
}

}  // namespace

void Pipeline::receive_tcp(Arrival& arrival) noexcept {
  const Packet& packet = arrival.packet;
  // A connection may keep the frame, and another worker may own it: neither can have this one.
  if (!packet.frame->pool()->can_leave()) return drop(Drop::tcp_too_long);
  if (hand_over(packet)) return;
  // Before it has cost anything, for a worker that has too much to do already.
  if (is_bare_syn(packet) && pressure_.refuses_next()) return drop(Drop::tcp_overload);
  if (const Refusal r = parse_tcp(packet, arrival.seg)) return drop(*r);
  gather(arrival);
}

// Most of the burst is for the same listener as the packet before.
std::uint16_t Pipeline::listener_for(Transport transport, const Address& destination,
                                     std::uint16_t port) noexcept {
  std::uint16_t& found = last_listener_[static_cast<std::size_t>(transport)];
  if (found != kNoListener) {
    const Listener& last = snapshot_->listeners[found];
    if (last.port == port && last.address == destination) return found;
  }
  const std::uint16_t local = snapshot_->listeners.find(transport, destination, port);
  if (local != kNoListener) found = local;
  return local;
}

void Pipeline::gather(Arrival& arrival) noexcept {
  const Segment& seg = arrival.seg;
  counters_.mib.add(Mib::TcpInSegs);
  const std::uint16_t local =
      listener_for(Transport::tcp, arrival.packet.destination, seg.destination_port);
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
  // Whoever is received at the moment may want them to go first, and goes on behind them.
  const Frame* const current = current_;
  Outcome* const watched = watched_;
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
  current_ = current;
  watched_ = watched;
}

// A connection of whoever had the place before a reload gave it to another service.
FlowId Pipeline::find_older(Arrival& arrival) noexcept {
  const FlowKey newest = arrival.tuple;
  const TupleHash hash = arrival.hash;
  const Listeners& listeners = snapshot_->listeners;
  for (std::uint16_t local = listeners[newest.local].older; local != kNoListener;
       local = listeners[local].older) {
    arrival.tuple.local = local;
    arrival.hash = tuple_hash(secrets_.tuple, arrival.tuple);
    const FlowId id = flows_.find(arrival.tuple, arrival.hash.place);
    if (id == kNoFlow) continue;
    ctx_.tuples.know(arrival.tuple, arrival.hash);
    return id;
  }
  arrival.tuple = newest;
  arrival.hash = hash;
  return kNoFlow;
}

void Pipeline::take(Arrival& arrival, Frame* spare) noexcept {
  const Segment& seg = arrival.seg;
  current_ = arrival.packet.frame;
  ctx_.tuples.know(arrival.tuple, arrival.hash);
  const std::uint16_t newest = arrival.tuple.local;
  FlowId id = flows_.find(arrival.tuple, arrival.hash.place, arrival.guess);
  if (id == kNoFlow && snapshot_->listeners[newest].older != kNoListener) id = find_older(arrival);
  if (flight_) [[unlikely]] {
    watch_for_recorder(*arrival.packet.frame);
    flight_.met(id);
  }
  const bool passive = snapshot_->listeners[newest].passive;
  if (id == kNoFlow) return passive ? listen(arrival, nullptr) : refuse_open(arrival, newest);
  if (tcp::may_reopen(flows_[id], seg)) {
    if (passive) return reopen(arrival, id, newest);
    // A challenge would tell the peer nothing: its RST does not end TIME-WAIT (RFC 1337), so that
    // it would repeat its SYN until that ends instead of going elsewhere.
    if (is_closed_for_now(*snapshot_, newest)) return refuse_open(arrival, newest);
  }
  advance(arrival, id, spare);
}

void Pipeline::refuse_open(Arrival& arrival, std::uint16_t newest) noexcept {
  const Listener& place = snapshot_->listeners[newest];
  tcp::Outbox out;
  tcp::closed_arrives(arrival.seg, why_not_open(*snapshot_, place, arrival.seg), ctx_, out);
  answer_segment(arrival, out);
}

// RFC 9293 MAY-2: a SYN for a connection in TIME-WAIT, which goes to whoever has the place now.
void Pipeline::reopen(Arrival& arrival, FlowId id, std::uint16_t newest) noexcept {
  const Seq floor = flows_[id].snd_nxt;
  tcp::Outbox ended;
  tcp::end(flows_[id], EndReason::closed, ctx_, ended);
  conclude(id, ended, State::time_wait);
  counters_.mib.add(Mib::TcpReopened);
  if (arrival.tuple.local != newest) {
    arrival.tuple.local = newest;
    arrival.hash = tuple_hash(secrets_.tuple, arrival.tuple);
    ctx_.tuples.know(arrival.tuple, arrival.hash);
  }
  listen(arrival, &floor);
}

void Pipeline::advance(Arrival& arrival, FlowId id, Frame* spare) noexcept {
  Flow& flow = flows_[id];
  const State before = flow.state;
  tcp::Outbox out;
  if (tcp::take_predicted(flow, arrival.seg, ctx_, out)) {
    serve(flow, out, arrival.packet.frame);
    if (is_still_plain(flow, out)) return conclude_plain(id, out, spare);
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

}  // namespace weir
