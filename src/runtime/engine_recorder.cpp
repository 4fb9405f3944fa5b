// The workers' flight recorders: made and freed by the control thread, written by their workers.
#include <new>

#include "doctor/memory_need.hpp"
#include "runtime/engine.hpp"
#include "runtime/engine_parts.hpp"

namespace weir {
namespace {

/// What a task brings a worker, and takes away from it. Whoever frees the task frees what is left
/// in it, and that is the control thread.
using Exchange = std::shared_ptr<std::unique_ptr<FlightRecorder>>;

WorkerTask exchange_task(const Exchange& exchange) {
  return [exchange](Pipeline& pipeline) { *exchange = pipeline.record_into(std::move(*exchange)); };
}

}  // namespace

std::unique_ptr<FlightRecorder> Engine::Parts::make_recorder(const RecorderConfig& wanted) const {
  if (wanted.memory == 0) return nullptr;
  return std::make_unique<FlightRecorder>(
      FlightSettings{wanted.memory, wanted.frame_bytes, snapshot->max_flows});
}

Engine::Parts::Recorders Engine::Parts::make_recorders(const RecorderConfig& wanted) const {
  Recorders fresh(workers.size());
  for (std::size_t w = 0; w < fresh.size(); ++w) {
    if (!needs_recorder(w, wanted)) continue;
    fresh[w] = std::make_shared<std::unique_ptr<FlightRecorder>>(make_recorder(wanted));
  }
  return fresh;
}

Result<bool> Engine::Parts::room_for_recorders(const Config& wanted) const {
  std::size_t fresh = 0;
  std::uint64_t freed_mb = 0;
  for (std::size_t w = 0; w < workers.size(); ++w) {
    if (!needs_recorder(w, wanted.recorder)) continue;
    ++fresh;
    Config so_far = config;
    so_far.recorder = records[w];
    freed_mb += doctor::memory_need(so_far, 1).recorders_mb();
  }
  if (fresh == 0 || wanted.recorder.memory == 0) return true;
  const auto lack = doctor::find_no_room_for_recorders(
      doctor::Environment(), doctor::memory_need(wanted, fresh), freed_mb);
  if (lack) return Error{doctor::to_sentence(*lack)};
  return true;
}

void Engine::Parts::hand_out(const Recorders& recorders, const RecorderConfig& wanted) {
  constexpr Duration kPatience = 2s;
  for (std::size_t w = 0; w < recorders.size(); ++w) {
    if (!recorders[w]) continue;
    if (workers[w]->mailbox().call(exchange_task(recorders[w]), kPatience)) {
      records[w] = wanted;
      continue;
    }
    notices.push_back({EngineNotice::Kind::reload_incomplete,
                       "the worker on CPU " + std::to_string(workers[w]->cpu()) +
                           " did not take its flight recorder in time and goes on as before until "
                           "a reload changes anything"});
  }
}

Result<TakenRecorders> Engine::take_recordings() try {
  const RecorderConfig& recorder = parts_->config.recorder;
  if (recorder.memory == 0) return TakenRecorders();
  const LongWork::Scope making(parts_->long_work);  // their memory is touched
  const auto need = doctor::memory_need(parts_->config, worker_count());
  if (const auto lack = doctor::find_no_room_to_record(doctor::Environment(), need)) {
    return Error{*lack};
  }
  // All that takes memory comes first: should it fail, no worker has given anything away.
  TakenRecorders taken(worker_count());
  std::vector<Exchange> exchanges;
  for (std::size_t w = 0; w < taken.size(); ++w) {
    exchanges.push_back(
        std::make_shared<std::unique_ptr<FlightRecorder>>(parts_->make_recorder(recorder)));
  }
  for (std::uint16_t w = 0; w < taken.size(); ++w) {
    if (!run_on(w, exchange_task(exchanges[w]))) continue;
    taken[w] = std::move(*exchanges[w]);
    parts_->records[w] = recorder;
  }
  return taken;
} catch (const std::bad_alloc&) {
  return Error{"the kernel refuses it"};
}

}  // namespace weir
