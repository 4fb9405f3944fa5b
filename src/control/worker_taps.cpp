#include "control/worker_taps.hpp"

#include <fmt/format.h>

#include <utility>

#include "capture/tap.hpp"
#include "control/commands_table.hpp"

namespace weir {
namespace {

NotNow why(Attachment outcome, std::uint16_t worker) {
  if (outcome == Attachment::no_answer) {
    return {fmt::format("worker {} does not answer: no frame can be captured", worker)};
  }
  return {fmt::format("{} captures run already (trace, ping and arping are captures too): end one",
                      Tap::kMostSinks)};
}

}  // namespace

WorkerTaps::WorkerTaps(EngineView& engine, const TapWish& wish,
                       const std::shared_ptr<const FrameFilter>& filter, std::size_t ring_bytes)
    : engine_(engine) {
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) {
    sinks_.push_back(std::make_shared<TapSink>(wish, filter, ring_bytes));
  }
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) {
    const Attachment outcome = engine_.attach(w, sinks_[w]);
    if (outcome == Attachment::done) continue;
    detach();
    throw why(outcome, w);
  }
}

void WorkerTaps::detach() {
  if (std::exchange(detached_, true)) return;
  for (std::size_t w = 0; w < sinks_.size(); ++w) {
    engine_.detach(static_cast<std::uint16_t>(w), sinks_[w]);
  }
}

FrameRecordView WorkerTaps::front(std::uint16_t worker) {
  return FrameRecordView(sinks_[worker]->ring().front());
}

std::optional<std::uint16_t> WorkerTaps::oldest() {
  std::optional<std::uint16_t> best;
  std::uint64_t time = 0;
  for (std::uint16_t w = 0; w < sinks_.size(); ++w) {
    if (sinks_[w]->ring().front().empty()) continue;
    const std::uint64_t begun = front(w).head.begun;
    if (best && begun >= time) continue;
    best = w;
    time = begun;
  }
  return best;
}

std::uint64_t WorkerTaps::matched() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& sink : sinks_) sum += sink->matched();
  return sum;
}

std::uint64_t WorkerTaps::lost() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& sink : sinks_) sum += sink->lost();
  return sum;
}

}  // namespace weir
