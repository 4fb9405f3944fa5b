// Transmit and expire: what flows have to send, and what their deadlines bring.
#include <algorithm>

#include "pipeline/pipeline.hpp"
#include "tcp/info.hpp"
#include "tcp/timeouts.hpp"
#include "tcp/transmit.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kSegmentsARound = 128;  // of all flows together
constexpr std::uint32_t kSegmentsAFlow = 16;    // before the next flow has its turn
constexpr std::uint32_t kTimersARound =
    Sender::kRoomForReplies / 2;  // a segment and a question each

}  // namespace

void Pipeline::transmit(Instant now) noexcept {
  ctx_.now = now;
  sender_.set_now(now);
  if (!woken_.empty()) serve_woken();
  Frame spare;
  std::uint32_t budget = kSegmentsARound;
  for (std::uint32_t turns = ready_.size(); turns != 0 && budget != 0; --turns) {
    if (sender_.room() <= Sender::kRoomForReplies)
      return;  // the port is slow: what is ready stays so
    const FlowId id = ready_.pop();
    const std::uint32_t sent = transmit_flow(id, std::min(budget, kSegmentsAFlow), spare);
    budget -= std::min(budget, sent);
  }
}

tcp::PortReach Pipeline::reach_of(const Flow& flow) const noexcept {
  // An IP packet's length is 16 bits; headers and options take a part of it.
  constexpr std::uint32_t kMostText = 65535 - 60 - 60;
  const PortInfo& info = snapshot_->ports[port_for(flow)].info;
  if (!info.offloads.tx_chains || !info.offloads.tx_tcp || !pool_.can_leave()) return {};
  if (ctx_.frames_scarce) return {};  // a copy needs one buffer, and loses one segment at most
  return {info.offloads.tx_tso ? kMostText : 0, info.tx_extents};
}

// False when there were no buffers for text that is longer than one: then it counts as sent, and
// lost.
bool Pipeline::add_text(const Flow& flow, const tcp::Outgoing& segment, const tcp::PortReach& reach,
                        Frame& frame) noexcept {
  if (reach.extents != 0 && segment.length != 0 && tcp::in_reach(flow, segment, reach, ctx_)) {
    frame.place(kHeaderRoom, 0);
    frame.set_flags(0);
    frame.set_segment_size(segment.segment_size);
    if (tcp::attach_text(flow, segment, ctx_, frame)) return true;
    frame.set_segment_size(0);
    if (segment.segment_size != 0 || kHeaderRoom + segment.length > frame.data_room()) return false;
  }
  frame.place(kHeaderRoom, segment.length);
  tcp::copy_text(flow, segment, ctx_, frame.bytes());
  return true;
}

std::uint32_t Pipeline::transmit_flow(FlowId id, std::uint32_t budget, Frame& spare) noexcept {
  Flow& flow = flows_[id];
  if (flow.state == State::free) return 0;
  const std::uint16_t service = service_of(flow);
  const tcp::ServiceSettings& settings = snapshot_->services[service].tcp;
  const tcp::PortReach reach = reach_of(flow);
  std::uint32_t sent = 0;
  while (true) {
    if (!spare) spare = pool_.allocate();
    if (sent >= budget || !spare) {
      if (!spare) counters_.mib.add(Mib::TxNoFrames);
      ready_.push(id);
      break;
    }
    tcp::Outgoing segment;
    if (!tcp::next_segment(flow, settings, reach, ctx_, segment)) break;
    sent += segment.segments();
    if (!add_text(flow, segment, reach, spare)) {
      counters_.mib.add(Mib::TxNoFrames);
      ready_.push(id);
      break;
    }
    counters_.mib.add(Mib::TcpOutSegs, segment.segments() - 1);
    send_segment(std::move(spare), flow, std::move(segment.header), segment.ecn_capable);
  }
  if (tcp::Cold* const cold = tcp::cold_of(flow, ctx_); cold != nullptr) {
    if (cold->answers.have_left(flow.snd_nxt)) {
      if (!left_.push(service, cold->answers)) left_by(ctx_.now);
      cold->answers.count = 0;
    }
  }
  tcp::finish(flow, settings, ctx_);
  rearm(id);
  return sent;
}

// A packet only notes the deadline; the wheel's entry is moved when it would come too late.
void Pipeline::rearm(FlowId id) noexcept {
  Flow& flow = flows_[id];
  if (flow.deadline >= flow.armed) return;
  wheel_.arm(id, flow.deadline);
}

// Connections come out of TIME-WAIT by the hundred thousand a second, long after anybody touched
// them: their places in the index are computed side by side and fetched together.
void Pipeline::look_at_due(std::span<const FlowId> ids) noexcept {
  endings_ = next_ending_ = 0;
  for (const FlowId id : ids) {
    const Flow& flow = flows_[id];
    if (flow.state != State::time_wait || flow.deadline > ctx_.tick()) continue;
    ending_[endings_].id = id;
    write_tuple(tuples_, endings_++, key_of(flow));
  }
  if (endings_ == 0) return;
  siphash128_burst(secrets_.tuple, tuples_, endings_);
  for (std::uint32_t i = 0; i < endings_; ++i) {
    ending_[i].hash = hash_at(tuples_, i);
    flows_.prefetch_bucket(ending_[i].hash.place);
  }
}

void Pipeline::flow_due(FlowId id) noexcept {
  Flow& flow = flows_[id];
  if (next_ending_ != endings_ && ending_[next_ending_].id == id) {
    ctx_.tuples.know(key_of(flow), ending_[next_ending_++].hash);
  }
  if (flow.deadline > ctx_.tick()) {
    wheel_.arm(id, flow.deadline);
    return;
  }
  if (flight_) flight_.timer_fired(id);
  const State before = flow.state;
  tcp::Outbox out;
  tcp::deadline_reached(flow, settings_of(flow), ctx_, out);
  // Armed anew below: conclude() must not take it for an entry that is early enough.
  flow.armed = flow.deadline = ctx_.tick() + tcp::kQuietStepMs;
  if (out.has_reply) send_header(flow, out.reply);
  if (out.events != 0 && !out.raised(tcp::kEnded)) {
    serve(flow, out, nullptr);
    if (out.has_reply && flow.state == State::free) send_header(flow, out.reply);
  }
  conclude(id, out, before);
  if (flow.state == State::free) return;
  if (flow.deadline >= flow.armed) wheel_.arm(id, flow.armed);
}

std::uint32_t Pipeline::expire(Instant now) noexcept {
  ctx_.now = now;
  sender_.set_now(now);
  sender_.serve_waiting();
  if (sender_.room() <= Sender::kRoomForReplies) return 0;
  expire_fragments();
  wake_udp_services();
  if (flight_) flight_.begin_timers();
  const auto look = [this](std::span<const FlowId> ids) noexcept { look_at_due(ids); };
  const auto fire = [this](FlowId id) noexcept { flow_due(id); };
  const std::uint32_t fired = wheel_.advance(ctx_.tick(), kTimersARound, look, fire);
  if (flight_ && fired != 0) flight_.timers_ran();
  return fired;
}

std::optional<Tick> Pipeline::next_due() const noexcept {
  auto next = wheel_.next_due();
  const auto earlier = [&next](Tick due) {
    if (!next || due < *next) next = due;
  };
  if (const auto fragments = reassembler_.next_due()) earlier(Tick(*fragments) + 1);  // rounded up
  if (udp_due_) earlier(*udp_due_);
  return next;
}

FlowId Pipeline::list_flows(FlowId from, std::vector<FlowEntry>& out, std::size_t most) noexcept {
  constexpr FlowId kSlots = 1024;
  const FlowId end = std::min(flows_.high_water(), from + kSlots);
  FlowId id = from;
  for (; id < end && most != 0; ++id) {
    const Flow& flow = flows_[id];
    if (flow.state == State::free) continue;
    --most;
    const Listener& local = snapshot_->listeners[flow.local];
    FlowEntry entry;
    entry.id = id;
    entry.state = flow.state;
    entry.remote = flow.remote;
    entry.remote_port = flow.remote_port;
    entry.local = local.address;
    entry.local_port = local.port;
    entry.service = local.service;
    if (const Account* const account = account_of(id)) {
      entry.has_account = true;
      entry.age_ms = ctx_.now.milliseconds() - account->opened_ms;
      entry.rx_bytes = static_cast<std::uint32_t>(flow.rcv_nxt - account->irs) - 1;
      entry.tx_bytes = static_cast<std::uint32_t>(std::max(flow.snd_una - account->iss, 1)) - 1;
    }
    const TcpInfo info = tcp::info_of(flow, ctx_);
    entry.snd_wnd = info.peer_window;
    entry.rcv_wnd = info.our_window;
    entry.mss = info.mss;
    entry.timestamps = info.timestamps;
    entry.sack = info.sack;
    entry.window_scale = info.window_scale;
    entry.inflight = info.in_flight;
    entry.cwnd = info.cwnd;
    entry.ssthresh = info.ssthresh;
    entry.rto_ms = info.rto_ms;
    entry.retransmits = info.retransmissions;
    entry.unread = info.unread;
    entry.srtt_us = info.srtt_us;
    entry.rttvar_us = info.rttvar_us;
    if (const tcp::Cold* cold = tcp::cold_of(flow, ctx_); cold != nullptr) {
      entry.queued = static_cast<std::uint32_t>(cold->send.size());
      entry.idle_ms = static_cast<std::uint32_t>(std::max(ctx_.tick() - cold->heard, 0));
    } else if (flow.state != State::time_wait) {
      // The deadline is the end of the idle time, or of a delayed ACK, which is nearly no idle
      // time.
      const auto left = static_cast<std::uint32_t>(std::max(flow.deadline - ctx_.tick(), 0));
      const tcp::ServiceSettings& settings = settings_of(flow);
      const std::uint32_t limit =
          tcp::keep_alive_comes_first(flow, settings) ? settings.keep_alive_ms : settings.idle_ms;
      if (flow.ack_due == kAckNone && limit > left) entry.idle_ms = limit - left;
    }
    out.push_back(entry);
  }
  return id < flows_.high_water() ? id : kNoFlow;
}

FlowId Pipeline::mark_listeners(FlowId from, std::vector<bool>& used) const noexcept {
  constexpr FlowId kSlots = 16384;
  const FlowId end = std::min(flows_.high_water(), from + kSlots);
  for (FlowId id = from; id < end; ++id) {
    if (flows_[id].state != State::free) used[flows_[id].local] = true;
  }
  return end < flows_.high_water() ? end : kNoFlow;
}

PipelineMemory Pipeline::memory() const noexcept {
  PipelineMemory m;
  m.flows = flows_.size();
  m.max_flows = flows_.capacity();
  m.bytes_per_flow = FlowTable::kBytesPerFlow + TimerWheel::kBytesPerTimer +
                     (snapshot_->flow_accounts ? sizeof(Account) : 0);
  m.cold_objects = cold_.size();
  m.cold_bytes = sizeof(tcp::Cold);
  m.pieces = pieces_.size();
  m.timers = wheel_.size();
  m.sent_ranges = ranges_.size();
  m.source_counts_bytes = sources_.bytes();
  return m;
}

// What is in TIME-WAIT ends in silence: the peer has forgotten it or is about to.
void Pipeline::reset_flow(FlowId id, EndReason reason) noexcept {
  Flow& flow = flows_[id];
  const State before = flow.state;
  if (flight_) flight_.ended(flow);
  tcp::Outbox out;
  tcp::reset_and_end(flow, reason, ctx_, out);
  if (before != State::time_wait && out.has_reply) send_header(flow, out.reply);
  conclude(id, out, before);
}

EndedFlows Pipeline::end_flows(std::span<const FlowEntry> entries, Instant now) noexcept {
  ctx_.now = now;
  sender_.set_now(now);
  EndedFlows done;
  for (const FlowEntry& entry : entries) {
    if (sender_.room() <= Sender::kRoomForReplies) break;
    ++done.looked_at;
    if (entry.id >= flows_.high_water()) continue;
    const Flow& flow = flows_[entry.id];
    const Listener& local = snapshot_->listeners[flow.local];
    if (flow.state == State::free || flow.remote != entry.remote ||
        flow.remote_port != entry.remote_port || local.address != entry.local ||
        local.port != entry.local_port) {
      continue;  // it ended meanwhile, and its place may be another's
    }
    reset_flow(entry.id, EndReason::killed);
    ++done.ended;
  }
  return done;
}

bool Pipeline::shut_down(Instant now) noexcept {
  ctx_.now = now;
  sender_.set_now(now);
  sender_.abandon_waiting();
  drop_held(reassembler_.clear(), Drop::ip_fragment_timeout);
  for (FlowId id = 0; id < flows_.high_water(); ++id) {
    if (flows_[id].state == State::free) continue;
    if (sender_.room() <= Sender::kRoomForReplies) return false;
    reset_flow(id, EndReason::shut_down);
  }
  sender_.abandon_waiting();
  return true;
}

}  // namespace weir
