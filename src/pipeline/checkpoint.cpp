// From what a flight recorder wrote to a pipeline that goes on from there.
#include <cstring>
#include <string>
#include <type_traits>

#include "pipeline/pipeline.hpp"
#include "tcp/isn.hpp"

namespace weir {

static_assert(std::is_trivially_copyable_v<Flow> && std::is_trivially_copyable_v<tcp::Cold> &&
              std::is_trivially_copyable_v<tcp::SentRange>);

std::string flight_layout() {
  std::string layout = "1";
  for (const std::size_t size :
       {sizeof(OpeningFacts), sizeof(OpenedService), sizeof(FrameFacts), sizeof(FlowFacts),
        sizeof(BirthFacts), sizeof(ServeFacts), sizeof(NeighbourTable::Entry), sizeof(Flow),
        sizeof(tcp::Cold), sizeof(tcp::SentRange), kDropCount}) {
    layout += '.' + std::to_string(size);
  }
  return layout;
}

void Pipeline::restore_opening(const FlightRecord& record, bool first) noexcept {
  const auto facts = record.as<OpeningFacts>();
  ctx_.lot = SplitMix64(facts.lot);
  if (!first) return;
  limits_ = facts.limits;
  auto left = record.after(sizeof facts);
  for (; left.size() >= sizeof(OpenedService); left = left.subspan(sizeof(OpenedService))) {
    OpenedService gauges;
    std::memcpy(&gauges, left.data(), sizeof gauges);
    const std::string_view name(gauges.name.data(),
                                strnlen(gauges.name.data(), gauges.name.size()));
    const auto& all = snapshot_->services;
    const auto service = std::find_if(all.begin(), all.end(), [&](const ServiceLimits& s) {
      return !s.retired && s.name == name;
    });
    if (service == all.end()) continue;
    const auto i = static_cast<std::size_t>(service - all.begin());
    counters_.services[i].connections.set(gauges.connections);
    counters_.services[i].half_open.set(gauges.half_open);
    counters_.services[i].fast_opens.set(gauges.fast_opens);
  }
}

FlowId Pipeline::restore(const FlightRecord& record, std::span<const std::uint8_t> text,
                         Instant now) noexcept {
  ctx_.now = now;
  sender_.set_now(now);
  const auto facts = record.as<FlowFacts>();
  if (facts.flow.state == State::free || facts.flow.state > State::time_wait) return kNoFlow;
  const FlightTuple& name = facts.tuple;
  const FlowKey tuple{name.remote, name.remote_port,
                      snapshot_->listeners.find(Transport::tcp, name.local, name.local_port)};
  if (tuple.local == kNoListener) return kNoFlow;
  const TupleHash hash = tuple_hash(secrets_.tuple, tuple);
  if (flows_.find(tuple, hash.place) != kNoFlow) return kNoFlow;
  const FlowId id = make_flow(tuple, hash.place);
  if (id == kNoFlow) return kNoFlow;
  ctx_.tuples.know(tuple, hash);
  Flow& flow = flows_[id];
  flow = facts.flow;
  flow.local = tuple.local;
  flow.has_cold = 0;
  if (facts.flow.has_cold && !restore_cold(flow, record, text)) {
    if (flow.has_cold) (void)tcp::discard_cold(flow, ctx_);
    free_flow(id);
    return kNoFlow;
  }
  throttle_.restore(flow, facts.challenged);
  const bool open = flow.state >= State::established && flow.state != State::time_wait;
  if (open) sources_.add(flow.remote);
  if (tcp::Cold* const cold = tcp::cold_of(flow, ctx_); cold != nullptr) {
    cold->ts_offset = tcp::timestamp_offset(hash);
    if (cold->fast_open && flow.state == State::syn_received) fast_opens_[service_of(flow)].take();
    ready_.push(id);
  }
  wheel_.arm(id, flow.deadline);
  if (flight_) flight_.recorder()->born(id);
  return id;
}

// The copy names text, ranges and pieces by the ids of another worker's slabs: those are made anew.
bool Pipeline::restore_cold(Flow& flow, const FlightRecord& record,
                            std::span<const std::uint8_t> text) noexcept {
  const auto facts = record.as<FlowFacts>();
  const std::size_t ranges_at = sizeof(FlowFacts) + sizeof(tcp::Cold);
  const std::size_t pieces_at = ranges_at + facts.ranges * sizeof(tcp::SentRange);
  const std::size_t whole = pieces_at + facts.pieces * sizeof(HeldText);
  if (record.bytes.size() != whole || facts.queued > text.size()) return false;
  const std::uint32_t id = cold_.make();
  if (id == kNoId) return false;
  flow.has_cold = 1;
  flow.cold_or_rtt = id;
  tcp::Cold& cold = cold_[id];
  std::memcpy(static_cast<void*>(&cold), record.bytes.data() + sizeof(FlowFacts), sizeof cold);
  cold.send = {};
  cold.receive = {};
  std::vector<tcp::SentRange> ranges(facts.ranges);
  if (!ranges.empty()) {
    std::memcpy(static_cast<void*>(ranges.data()), record.bytes.data() + ranges_at,
                ranges.size() * sizeof(tcp::SentRange));
  }
  if (!cold.recovery.board.restore(ranges_, ranges)) return false;
  if (facts.queued != 0 && !cold.send.append_static(pieces_, text.first(facts.queued))) {
    return false;
  }
  for (std::uint32_t i = 0; i < facts.pieces; ++i) {
    HeldText held;
    std::memcpy(static_cast<void*>(&held), record.bytes.data() + pieces_at + i * sizeof held,
                sizeof held);
    Frame frame = pool_.allocate();
    if (!frame || held.length > frame.data_room()) return false;
    frame.place(0, held.length);
    std::memcpy(frame.bytes().data(), text.data(), held.length);
    const auto kept = cold.receive.insert(pieces_, frame, frame.bytes(), held.seq, held.held != 0);
    if (kept == tcp::ReceiveQueue::Kept::full) return false;
    if (held.held == 0) continue;
    counters_.received.add();  // its frame, before
    counters_.held.add();
  }
  return true;
}

}  // namespace weir
