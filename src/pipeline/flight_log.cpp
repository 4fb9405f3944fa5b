#include "pipeline/flight_log.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <utility>

#include "tcp/isn.hpp"
#include "tcp/tcb.hpp"

namespace weir {

static_assert(kIsWhole<NeighbourTable::Entry>);

namespace {

constexpr std::size_t kRoomForAct = 2 * sizeof(ServeFacts);
constexpr std::size_t kRoomForTimers = 16 * 1024;  // of a round

/// By number: the service, or whoever has the place of one that a reload took away. A replay finds
/// a connection's service by the place that it came to.
using Heirs = std::array<std::uint16_t, kMaxServices>;

Heirs heirs_in(const Snapshot& snapshot) noexcept {
  Heirs heirs;
  std::iota(heirs.begin(), heirs.end(), std::uint16_t{0});
  const Listeners& all = snapshot.listeners;
  if (!all.has_rows()) return heirs;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Listener& old = all[static_cast<std::uint16_t>(i)];
    if (old.transport != Transport::tcp || !snapshot.services[old.service].retired) continue;
    const std::uint16_t now = all.find(Transport::tcp, old.address, old.port);
    const std::uint16_t service = now == kNoListener ? old.service : all[now].service;
    if (!snapshot.services[service].retired) heirs[old.service] = service;
  }
  return heirs;
}

}  // namespace

std::uint64_t FlightLog::draw_anew() noexcept {
  const auto now = static_cast<std::uint64_t>(from_.ctx.now.since_start().count());
  const std::uint64_t seed = siphash(from_.secrets.jitter, {from_.worker, now, ++drawn_anew_});
  from_.ctx.lot = SplitMix64(seed);
  return seed;
}

std::unique_ptr<FlightRecorder> FlightLog::exchange(std::unique_ptr<FlightRecorder> next) noexcept {
  (void)draw_anew();
  return std::exchange(recorder_, std::move(next));
}

void FlightLog::forget() noexcept {
  if (recorder_) recorder_->forget();
}

std::size_t FlightLog::gauges(std::span<OpenedService> services) const noexcept {
  const Snapshot& snapshot = *from_.snapshot;
  const std::size_t n = std::min(snapshot.services.size(), services.size());
  const Heirs counts_in = heirs_in(snapshot);
  for (std::size_t i = 0; i < n; ++i) {
    const ServiceLimits& service = snapshot.services[i];
    if (!service.retired) service.name.copy(services[i].name.data(), services[i].name.size());
    const ServiceCounters& now = from_.counters.services[i];
    OpenedService& sum = services[counts_in[i]];
    sum.connections += now.connections.get();
    sum.half_open += now.half_open.get();
    sum.fast_opens += now.fast_opens.get();
  }
  return n;
}

void FlightLog::turn() noexcept {
  std::array<OpenedService, kMaxServices> services;
  const std::size_t n = gauges(services);
  // What is drawn from here on is drawn again in a replay. Nothing that is drawn later, when the
  // recording has been taken away, follows from it.
  const std::uint64_t lot = draw_anew();
  recorder_->turn({lot, from_.limits}, std::span(services).first(n), from_.flows.high_water());
  note_neighbours();
}

void FlightLog::note_neighbours() noexcept {
  const NeighbourTable& table = from_.neighbours;
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

void FlightLog::begin_burst(std::span<const Frame> frames) noexcept {
  make_room(recorder_->room_for(frames));
  recorder_->add_burst(frames, from_.ctx.now);
}

void FlightLog::make_room(std::size_t bytes) noexcept {
  if (recorder_->is_full_for(bytes)) turn();
}

// What the timers' services do is of the same half as what they draw.
void FlightLog::begin_timers() noexcept { make_room(kRoomForTimers); }

// When, so that a replay has the same of it before and after each burst.
void FlightLog::timers_ran() noexcept {
  if (std::exchange(known_fired_, false))
    recorder_->add(FlightKind::timers, TimersFired{from_.ctx.now.since_start().count()});
}

// A datagram that was put together is no frame of the burst: its last fragment stands for it.
Outcome* FlightLog::verdict_of(const Frame& frame) noexcept {
  FrameFacts* const facts = recorder_->facts_of(frame);
  return facts == nullptr ? nullptr : &facts->outcome;
}

void FlightLog::met(FlowId id) noexcept {
  if (id != kNoFlow && !recorder_->knows_or_learns(id)) save(id);
}

bool FlightLog::knows(const Flow& flow) const noexcept {
  return recorder_->knows(static_cast<FlowId>(&flow - from_.flows.records()));
}

FlightTuple FlightLog::tuple_of(const Flow& flow) const noexcept {
  const Listener& local = from_.snapshot->listeners[flow.local];
  return {local.address, flow.remote, local.port, flow.remote_port};
}

// A connection's whole state; Pipeline::restore makes one of it.
void FlightLog::save(FlowId id) noexcept {
  const Flow& flow = from_.flows[id];
  tcp::Context& ctx = from_.ctx;
  FlowFacts facts;
  facts.flow = flow;
  facts.tuple = tuple_of(flow);
  facts.ts_offset = tcp::timestamp_offset(ctx.tuples.of(key_of(flow)));
  facts.challenged = ctx.throttle.note(flow);
  const tcp::Cold* const cold = tcp::cold_of(flow, ctx);
  std::size_t bytes = sizeof facts;
  if (cold != nullptr) {
    facts.queued = cold->send.size();
    facts.ranges = cold->recovery.board.ranges();
    facts.pieces = cold->receive.pieces();
    bytes += sizeof *cold + facts.ranges * sizeof(tcp::SentRange) + facts.pieces * sizeof(HeldText);
  }
  const auto room = recorder_->add(FlightKind::flow, bytes);
  if (room.empty()) return;
  std::uint8_t* at = room.data();
  const auto put = [&at](const auto& value) {
    copy_without_padding(at, value);
    at += sizeof value;
  };
  put(facts);
  if (cold == nullptr) return;
  put(*cold);
  cold->recovery.board.for_each(ctx.ranges, put);
  cold->receive.for_each(ctx.pieces, [&put](const tcp::Piece& piece) {
    put(HeldText{piece.seq, static_cast<std::uint32_t>(piece.length), piece.held});
  });
}

void FlightLog::born(FlowId id, Birth how) noexcept {
  const Flow& flow = from_.flows[id];
  recorder_->born(id);
  BirthFacts facts;
  facts.tuple = tuple_of(flow);
  facts.iss = flow.snd_nxt - 1;
  facts.ts_offset = tcp::timestamp_offset(from_.ctx.tuples.of(key_of(flow)));
  facts.mss = flow.mss;
  facts.how = how;
  facts.has_window_scale = flow.scaling;
  facts.window_scale = flow.snd_scale;
  facts.sack = flow.sack;
  recorder_->add(FlightKind::birth, facts);
  if (FlightListener* const listener = recorder_->listener()) listener->born(facts);
}

FlightLog::Served FlightLog::serving(const Flow& flow, const tcp::Outbox& out) noexcept {
  if (FlightListener* const listener = recorder_->listener()) listener->serving(flow);
  return before(flow, out);
}

FlightLog::Served FlightLog::before(const Flow& flow, const tcp::Outbox& out) const noexcept {
  Served now;
  if (!recorder_ || !knows(flow)) return now;
  now.known = true;
  now.tuple = tuple_of(flow);
  now.events = out.events;
  now.unread = static_cast<std::uint32_t>(out.text.size());
  const tcp::Cold* const cold = tcp::cold_of(flow, from_.ctx);
  if (cold == nullptr) return now;
  now.queued = cold->send.size();
  now.fin_queued = cold->fin_queued;
  now.timeout = cold->service;
  now.unread += cold->receive.in_order(from_.ctx.pieces, flow.rcv_nxt);
  return now;
}

void FlightLog::served(FlightKind kind, const Flow& flow, const tcp::Outbox& out,
                       const Served& before, bool has_closed) noexcept {
  if (!before.known) return;
  const Served after = this->before(flow, {});
  ServeFacts facts;
  facts.tuple = before.tuple;
  facts.now_ns = from_.ctx.now.since_start().count();
  facts.events = before.events;
  facts.closed = has_closed;
  facts.aborted = flow.state == State::free && !has_closed && out.end == EndReason::aborted;
  facts.timeout_ms = -1;
  if (flow.state != State::free) {
    facts.queued = after.queued - before.queued;
    facts.consumed = before.unread - after.unread;
    facts.ended_sending = after.fin_queued && !before.fin_queued && !has_closed;
    if (after.timeout.set && (!before.timeout.set || after.timeout.at != before.timeout.at)) {
      facts.timeout_ms = std::max(after.timeout.at - from_.ctx.tick(), 1);
    } else if (!after.timeout.set && before.timeout.set) {
      facts.timeout_ms = 0;
    }
  }
  if (kind == FlightKind::act) make_room(kRoomForAct);
  recorder_->add(kind, facts);
}

void FlightLog::ended(const Flow& flow) noexcept {
  if (!knows(flow)) return;
  ServeFacts facts;
  facts.tuple = tuple_of(flow);
  facts.now_ns = from_.ctx.now.since_start().count();
  facts.aborted = true;
  make_room(kRoomForAct);
  recorder_->add(FlightKind::act, facts);
}

}  // namespace weir
