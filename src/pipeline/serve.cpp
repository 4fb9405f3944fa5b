// What a service hears of a connection, and in which order; what it asked for meanwhile.
#include <algorithm>

#include "pipeline/pipeline.hpp"
#include "tcp/segment_arrives.hpp"

namespace weir {

void Pipeline::serve(Flow& flow, tcp::Outbox& out, Frame* frame) noexcept {
  if (flight_) [[unlikely]]
    return serve_recorded(flow, out, frame);
  (void)serve_now(flow, out, frame);
}

void Pipeline::serve_recorded(Flow& flow, tcp::Outbox& out, Frame* frame) noexcept {
  const FlightLog::Served served = flight_.serving(flow, out);
  const bool closed = serve_now(flow, out, frame);
  flight_.served(FlightKind::serve, flow, out, served, closed);
}

bool Pipeline::serve_now(Flow& flow, tcp::Outbox& out, Frame* frame) noexcept {
  TcpService& service = *services_[service_of(flow)].tcp;
  tcp::FlowConnection connection(flow, ctx_, out);
  if (out.raised(tcp::kOpened)) service.on_open(connection);
  if (out.raised(tcp::kTextReady) && flow.state != State::free) {
    serve_text(flow, service, connection, out, frame);
  }
  if (out.raised(tcp::kSent) && flow.state != State::free) service.on_sent(connection);
  if (out.raised(tcp::kPeerClosed) && flow.state != State::free) {
    tell_peer_closed(flow, service, connection);
  }
  if (out.raised(tcp::kTimeout) && flow.state != State::free) service.on_timeout(connection);
  after_calls(flow, service, connection, out);
  return connection.has_closed();
}

// What the service asked for in whichever call.
void Pipeline::after_calls(Flow& flow, TcpService& service, tcp::FlowConnection& connection,
                           tcp::Outbox& out) noexcept {
  if (connection.take_resume() && flow.state != State::free) serve_queue(flow, service, connection);
  // RFC 9293 SHLD-3: who closes and leaves text unread will not read it any more.
  if (connection.has_closed() && flow.state != State::free && tcp::has_unread(flow, ctx_)) {
    tcp::reset_and_end(flow, EndReason::aborted, ctx_, out);
  }
}

template <class Action>
void Pipeline::call_now(FlowId id, Action&& action) noexcept {
  Flow& flow = flows_[id];
  const State before = flow.state;
  tcp::Outbox out;
  tcp::FlowConnection connection(flow, ctx_, out);
  const FlightLog::Served served = flight_.before(flow, out);
  action(connection);
  after_calls(flow, *services_[service_of(flow)].tcp, connection, out);
  flight_.served(FlightKind::act, flow, out, served, connection.has_closed());
  if (out.has_reply) send_header(flow, out.reply);
  conclude(id, out, before);
}

void Pipeline::call(FlowId id, const std::function<void(Connection&)>& action,
                    Instant now) noexcept {
  ctx_.now = now;
  sender_.set_now(now);
  call_now(id, action);
}

// Those who are woken meanwhile have their turn in the next round: two that wake each other cannot
// keep the worker.
void Pipeline::serve_woken() noexcept {
  for (std::uint32_t left = woken_.size(); left != 0; --left) {
    if (sender_.room() <= Sender::kRoomForReplies) return;
    const FlowId id = woken_.pop();
    const Flow& flow = flows_[id];
    const bool over = flow.state == State::time_wait && !tcp::lingers(flow);
    if (flow.state == State::free || over) continue;
    TcpService* const service = services_[service_of(flow)].tcp.get();
    call_now(id, [service](Connection& connection) { service->on_wake(connection); });
  }
}

void Pipeline::tell_ready(FlowId id, Instant now) noexcept {
  TcpService* const service = services_[service_of(flows_[id])].tcp.get();
  ctx_.now = now;
  sender_.set_now(now);
  call_now(id, [service](Connection& connection) { service->on_wake(connection); });
}

void Pipeline::serve_text(Flow& flow, TcpService& service, tcp::FlowConnection& connection,
                          tcp::Outbox& out, Frame* frame) noexcept {
  if (out.text.empty()) return serve_queue(flow, service, connection);
  Text text{out.text, frame};
  const std::size_t consumed = std::min(service.on_text(connection, text), out.text.size());
  if (consumed == out.text.size() || flow.state == State::free || !*frame) return;
  const auto rest = out.text.subspan(consumed);
  const Seq seq = out.text_seq + static_cast<std::uint32_t>(consumed);
  if (!tcp::keep_unread(flow, *frame, seq, rest, ctx_)) {
    // Text that was accepted and can be kept nowhere: better no connection than a wrong one.
    connection.abort();
  }
}

// What an earlier call left, piece by piece, until the service takes no more.
void Pipeline::serve_queue(Flow& flow, TcpService& service,
                           tcp::FlowConnection& connection) noexcept {
  while (flow.state != State::free) {
    tcp::Cold* const cold = tcp::cold_of(flow, ctx_);
    tcp::Piece* const piece =
        cold == nullptr ? nullptr : cold->receive.front(pieces_, flow.rcv_nxt);
    if (piece == nullptr) break;
    // The text is there until the call ends, though the service abort the connection in it.
    Frame frame = std::move(piece->frame);
    Text text{{piece->data, static_cast<std::size_t>(piece->length)}, &frame, true};
    const std::size_t consumed = std::min(service.on_text(connection, text), text.bytes.size());
    if (flow.state == State::free) return;
    piece->frame = std::move(frame);
    const bool all = consumed == piece->length;
    if (consumed != 0) cold->receive.consume(pieces_, static_cast<std::uint32_t>(consumed));
    if (!all) break;
  }
  if (flow.state == State::free) return;
  tcp::Cold* const cold = tcp::cold_of(flow, ctx_);
  if (cold != nullptr && !cold->end_told && cold->receive.empty()) {
    cold->end_told = true;
    service.on_peer_close(connection);
  }
}

// The peer's FIN is told after all of its text: at once, or when the service has read the rest.
void Pipeline::tell_peer_closed(Flow& flow, TcpService& service,
                                tcp::FlowConnection& connection) noexcept {
  tcp::Cold* const cold = tcp::cold_of(flow, ctx_);
  if (cold != nullptr && !cold->receive.empty()) {
    cold->end_told = false;
    return;
  }
  service.on_peer_close(connection);
}

}  // namespace weir
