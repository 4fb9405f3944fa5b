// The journey of single frames that somebody watches: the same steps, one frame at a time.
#include "pipeline/observer.hpp"

#include "pipeline/pipeline.hpp"

namespace weir {

// What nobody wants to see goes on in company; what was before a watched frame goes before it.
void Pipeline::receive_observed(Burst& burst) noexcept {
  for (Frame& frame : burst.frames()) {
    if (flight_) watch_for_recorder(frame);
    if (observer_ == nullptr || !observer_->wants(frame)) {
      receive(frame);
      continue;
    }
    take_gathered();
    observe(frame);
  }
}

void Pipeline::observe(Frame& frame) noexcept {
  observer_->begin(frame);
  Observation what;
  const std::uint64_t received = counters_.received.get();
  const std::uint32_t waiting = sender_.frames_to_send();
  Outcome* const recorded = watched_;
  if (recorded == nullptr) watched_ = &what.outcome;
  receive(frame);
  // What is no segment for a listener has its whole journey behind it.
  if (gathered_ != 0) {
    observer_->reached(Progress::parsed);
    take_observed(what);
  }
  if (recorded == nullptr) {
    watched_ = nullptr;
  } else {
    what.outcome = *recorded;
  }
  if (counters_.received.get() == received) return observer_->handed_over();
  what.sent = static_cast<std::uint16_t>(sender_.frames_to_send() - waiting);
  observer_->end(what);
}

// take_gathered() for one.
void Pipeline::take_observed(Observation& what) noexcept {
  Arrival& arrival = arrivals_[0];
  arrival.hash = tuple_hash(secrets_.tuple, arrival.tuple);
  arrival.guess = flows_.candidate(arrival.hash.place);
  what.flow = flows_.find(arrival.tuple, arrival.hash.place, arrival.guess);
  Arrival older = arrival;
  if (what.flow == kNoFlow) what.flow = find_older(older);
  if (what.flow != kNoFlow) what.before = flows_[what.flow].state;
  observer_->reached(Progress::looked_up);
  // Others of its burst may follow: what is to be acknowledged is, when the burst is over.
  take(arrival, nullptr);
  gathered_ = 0;
  const FlowId now = flows_.find(arrival.tuple, arrival.hash.place);
  if (now == kNoFlow) return;
  what.flow = now;
  what.after = flows_[now].state;
}

}  // namespace weir
