// What the flight recorder is told, and when. Nothing of it changes what becomes of a frame.
#include <algorithm>
#include <array>
#include <cstring>

#include "pipeline/pipeline.hpp"
#include "tcp/isn.hpp"

namespace weir {

std::uint64_t Pipeline::draw_anew() noexcept {
  const auto now = static_cast<std::uint64_t>(ctx_.now.since_start().count());
  const std::uint64_t seed = siphash(secrets_.jitter, {ownership_.self, now, ++drawn_anew_});
  ctx_.lot = SplitMix64(seed);
  return seed;
}

std::unique_ptr<FlightRecorder> Pipeline::record_into(
    std::unique_ptr<FlightRecorder> next) noexcept {
  (void)draw_anew();
  return std::exchange(recorder_, std::move(next));
}

void Pipeline::turn_recorder() noexcept {
  std::array<OpenedService, kMaxServices> services;
  const std::size_t n = std::min(services_.size(), services.size());
  for (std::size_t i = 0; i < n; ++i) {
    const ServiceCounters& now = counters_.services[i];
    services[i] = {now.connections.get(), now.half_open.get(), now.fast_opens.get()};
  }
  // What is drawn from here on is drawn again in a replay. Nothing that is drawn later, when the
  // recording has been taken away, follows from it.
  const std::uint64_t lot = draw_anew();
  recorder_->turn({lot, rst_bucket_, icmp_bucket_, echo_bucket_}, std::span(services).first(n),
                  flows_.high_water());
  record_neighbours();
}

void Pipeline::record_neighbours() noexcept {
  const NeighbourTable& table = sender_.neighbours();
  std::size_t known = 0;
  for (std::uint32_t slot = 0; slot < NeighbourTable::kSlots; ++slot) {
    known += table.at(slot).has_value();
  }
  auto room = recorder_->add(FlightKind::neighbours, known * sizeof(NeighbourTable::Entry));
  for (std::uint32_t slot = 0; slot < NeighbourTable::kSlots && !room.empty(); ++slot) {
    // Control writes meanwhile: one more than were counted is left out, one less is an empty entry.
    const auto entry = table.at(slot);
    if (!entry) continue;
    std::memcpy(room.data(), &*entry, sizeof *entry);
    room = room.subspan(sizeof *entry);
  }
  if (!room.empty()) std::memset(room.data(), 0, room.size());
}

void Pipeline::begin_recording(Burst& burst) noexcept {
  if (recorder_->is_full_for(burst.frames())) turn_recorder();
  recorder_->add_burst(burst.frames(), ctx_.now);
}

// When, so that a replay has the same of it before and after each burst.
void Pipeline::record_timers() noexcept {
  if (!std::exchange(known_fired_, false)) return;
  if (recorder_->is_full_for({})) turn_recorder();
  recorder_->add(FlightKind::timers, TimersFired{ctx_.now.since_start().count()});
}

void Pipeline::end_recording() noexcept {
  recorder_->end_burst();
  watched_ = nullptr;
}

// A datagram that was put together is no frame of the burst: its last fragment stands for it.
void Pipeline::watch_for_recorder(const Frame& frame) noexcept {
  if (FrameFacts* const facts = recorder_->facts_of(frame)) watched_ = &facts->outcome;
}

void Pipeline::record_segment(const Arrival& arrival, FlowId id) noexcept {
  watch_for_recorder(*arrival.packet.frame);
  if (id != kNoFlow && !recorder_->knows_or_learns(id)) save(id);
}

void Pipeline::record_birth(FlowId id, Birth how) noexcept {
  const Flow& flow = flows_[id];
  recorder_->born(id);
  BirthFacts facts;
  facts.tuple = flight_tuple(flow);
  facts.iss = flow.snd_nxt - 1;
  facts.ts_offset = tcp::timestamp_offset(ctx_.tuples.of(key_of(flow)));
  facts.mss = flow.mss;
  facts.how = how;
  facts.has_window_scale = flow.scaling;
  facts.window_scale = flow.snd_scale;
  facts.sack = flow.sack;
  recorder_->add(FlightKind::birth, facts);
  if (FlightListener* const listener = recorder_->listener()) listener->born(facts);
}

Pipeline::Served Pipeline::before_service(const Flow& flow, const tcp::Outbox& out) noexcept {
  Served now;
  if (!recorder_ || !recorder_->knows(static_cast<FlowId>(&flow - flows_.records()))) return now;
  now.known = true;
  now.tuple = flight_tuple(flow);
  now.events = out.events;
  now.unread = static_cast<std::uint32_t>(out.text.size());
  const tcp::Cold* const cold = tcp::cold_of(flow, ctx_);
  if (cold == nullptr) return now;
  now.queued = cold->send.size();
  now.fin_queued = cold->fin_queued;
  now.timeout = cold->service;
  now.unread += cold->receive.in_order(pieces_, flow.rcv_nxt);
  return now;
}

void Pipeline::record_service(FlightKind kind, const Flow& flow, const tcp::Outbox& out,
                              const Served& before, bool has_closed) noexcept {
  if (!before.known) return;
  tcp::Outbox quiet;
  const Served after = before_service(flow, quiet);
  ServeFacts facts;
  facts.tuple = before.tuple;
  facts.now_ns = ctx_.now.since_start().count();
  facts.events = before.events;
  facts.closed = has_closed;
  facts.aborted = flow.state == State::free && !has_closed && out.end == EndReason::aborted;
  facts.timeout_ms = -1;
  if (flow.state != State::free) {
    facts.queued = after.queued - before.queued;
    facts.consumed = before.unread - after.unread;
    facts.ended_sending = after.fin_queued && !before.fin_queued && !has_closed;
    if (after.timeout.set && (!before.timeout.set || after.timeout.at != before.timeout.at)) {
      facts.timeout_ms = std::max(after.timeout.at - ctx_.tick(), 1);
    } else if (!after.timeout.set && before.timeout.set) {
      facts.timeout_ms = 0;
    }
  }
  recorder_->add(kind, facts);
}

void Pipeline::serve_recorded(Flow& flow, tcp::Outbox& out, Frame* frame) noexcept {
  if (FlightListener* const listener = recorder_->listener()) listener->serving(flow);
  const Served before = before_service(flow, out);
  const bool closed = serve_now(flow, out, frame);
  record_service(FlightKind::serve, flow, out, before, closed);
}

// By the operator.
void Pipeline::record_end(const Flow& flow) noexcept {
  if (!recorder_->knows(static_cast<FlowId>(&flow - flows_.records()))) return;
  ServeFacts facts;
  facts.tuple = flight_tuple(flow);
  facts.now_ns = ctx_.now.since_start().count();
  facts.aborted = true;
  recorder_->add(FlightKind::act, facts);
}

}  // namespace weir
