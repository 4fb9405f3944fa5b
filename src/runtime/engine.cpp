// The control thread's side of running workers: what it asks them, tells them and does for them.
#include "runtime/engine.hpp"

#include <ctime>

#include "runtime/engine_parts.hpp"

namespace weir {
namespace {

constexpr Duration kTaskPatience = 1s;
constexpr Duration kAgingPeriod = 250ms;  // of neighbours and of the wall clock

}  // namespace

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>, Engine::StartError> Engine::start(const Config& config,
                                                                  EalLogSink log) {
  return start(config, std::move(log), {});
}

Result<std::unique_ptr<Engine>, Engine::StartError> Engine::start(
    const Config& config, EalLogSink log, const EngineAdditions& additions) {
  auto parts = std::make_unique<Parts>(config);
  if (auto started = parts->start(std::move(log), additions); !started) return started.error();
  return std::unique_ptr<Engine>(new Engine(std::move(parts)));
}

std::uint16_t Engine::worker_count() const noexcept {
  return static_cast<std::uint16_t>(parts_->workers.size());
}
unsigned Engine::cpu(std::uint16_t worker) const noexcept { return parts_->workers[worker]->cpu(); }
const WorkerCounters& Engine::counters(std::uint16_t worker) const noexcept {
  return parts_->workers[worker]->counters();
}
double Engine::cycles_per_second() const noexcept {
  return static_cast<double>(parts_->clock->hz());
}
const Snapshot& Engine::snapshot() const noexcept { return *parts_->snapshot; }
const std::vector<std::string>& Engine::warnings() const noexcept { return parts_->warnings; }

Result<bool> Engine::reload(const Config& wanted, const std::function<void()>& begins) {
  return parts_->reload(wanted, begins);
}

Result<bool> Engine::drain(const std::vector<std::uint16_t>& services, bool draining) {
  return parts_->drain(services, draining);
}

bool Engine::send(std::uint16_t worker, std::string_view service, const Message& message) noexcept {
  if (worker >= parts_->workers.size()) return false;
  return parts_->workers[worker]->links().inbox.send(service, message);
}

bool Engine::run_on(std::uint16_t worker, const WorkerTask& task) {
  if (!parts_->running) {
    task(parts_->workers[worker]->pipeline());
    return true;
  }
  return parts_->workers[worker]->mailbox().call(task, kTaskPatience);
}

std::optional<FlowId> Engine::list_flows(std::uint16_t worker, FlowId from,
                                         std::vector<FlowEntry>& out) {
  constexpr std::size_t kMost = 256;
  // Shared, not on the stack: a worker that comes late writes where nobody looks any more.
  struct Slice {
    std::vector<FlowEntry> entries;
    FlowId next = kNoFlow;
  };
  auto slice = std::make_shared<Slice>();
  slice->entries.reserve(kMost);
  const bool done = run_on(worker, [slice, from](Pipeline& pipeline) {
    slice->next = pipeline.list_flows(from, slice->entries, kMost);
  });
  if (!done) return std::nullopt;
  out.insert(out.end(), slice->entries.begin(), slice->entries.end());
  return slice->next;
}

std::optional<EndedFlows> Engine::end_flows(std::uint16_t worker, std::vector<FlowEntry> entries) {
  struct Order {
    std::vector<FlowEntry> entries;
    EndedFlows done;
  };
  auto order = std::make_shared<Order>(Order{std::move(entries), {}});
  const bool done = run_on(worker, [order, now = parts_->clock->now()](Pipeline& pipeline) {
    order->done = pipeline.end_flows(order->entries, now);
  });
  if (!done) return std::nullopt;
  return order->done;
}

PipelineMemory Engine::memory(std::uint16_t worker) {
  auto memory = std::make_shared<PipelineMemory>();
  return run_on(worker, [memory](Pipeline& pipeline) { *memory = pipeline.memory(); })
             ? *memory
             : PipelineMemory{};
}

std::size_t Engine::port_count() const noexcept { return parts_->ports.size(); }
PortStats Engine::port_stats(std::size_t port) const { return parts_->ports[port]->stats(); }
LinkState Engine::port_link(std::size_t port) const { return parts_->ports[port]->link(); }
ReadAheadState Engine::read_ahead() const noexcept { return parts_->read_aheads->state(); }
bool Engine::uses_huge_pages() const noexcept { return parts_->eal->huge_pages(); }

std::string_view Engine::idle_mode() const noexcept {
  switch (parts_->idle) {
    case IdleMode::poll:
      return "poll";
    case IdleMode::sleep:
      return "sleep";
    case IdleMode::interrupt:
      return "wait for interrupts";
  }
  return "";
}

std::vector<PoolState> Engine::pools() const {
  return {
      {"frames", parts_->pool->capacity(), parts_->pool->available(), parts_->pool->data_room()}};
}

std::vector<NeighbourState> Engine::neighbours() const {
  std::vector<NeighbourState> all;
  for (std::uint32_t slot = 0; slot < NeighbourTable::kSlots; ++slot) {
    const auto entry = parts_->neighbours->at(slot);
    if (!entry) continue;
    all.push_back({to_string(entry->address), to_string(entry->mac),
                   parts_->snapshot->ports[entry->port].info.name,
                   entry->state == Reachability::reachable ? "reachable" : "stale"});
  }
  return all;
}

void Engine::take_news() {
  Parts& p = *parts_;
  std::vector<NeighbourNews> news;
  for (auto& worker : p.workers) worker->mailbox().take_news(news);
  if (!news.empty()) p.keeper->take(news, p.clock->now());
  for (const NeighbourNews& item : news) {
    if (item.kind != NeighbourNews::Kind::claimed || !p.addresses.claimed(item)) continue;
    p.notices.push_back({EngineNotice::Kind::address_duplicate,
                         "address " + to_string(item.address) + " of port " +
                             p.snapshot->ports[item.port].info.name + " is used by " +
                             to_string(item.mac) +
                             " already: Weir does not use it until the next start"});
  }
}

// Probes and announcements of our addresses; the first worker has a queue on every port.
void Engine::speak_of_addresses(Instant now) {
  const std::vector<AddressKeeper::Task> tasks = parts_->addresses.advance(now);
  unspoken_.insert(unspoken_.end(), tasks.begin(), tasks.end());
  if (unspoken_.empty()) return;
  const bool posted = parts_->workers[0]->mailbox().post([words = unspoken_](Pipeline& pipeline) {
    Sender& sender = pipeline.sender();
    for (const AddressKeeper::Task& word : words) {
      word.kind == AddressKeeper::Task::Kind::probe
          ? sender.probe_address(word.address, word.port)
          : sender.announce_address(word.address, word.port);
    }
  });
  if (posted) unspoken_.clear();
}

void Engine::housekeeping() {
  Parts& p = *parts_;
  const Instant now = p.clock->now();
  take_news();
  detach_again();
  speak_of_addresses(now);
  if (now - aged_ >= kAgingPeriod) {
    aged_ = now;
    p.keeper->age(now);
    p.wall_clock.set(std::time(nullptr));
  }
  p.http.advance(now, p.workers);
  for (std::string& sentence : p.http.take_skipped()) {
    p.notices.push_back({EngineNotice::Kind::files_skipped, std::move(sentence)});
  }
  for (std::string& sentence : p.http.take_troubles()) {
    p.notices.push_back({EngineNotice::Kind::file_failed, std::move(sentence)});
  }
  for (auto& worker : p.workers) (void)worker->mailbox().collect();
}

void Engine::when_busy(std::function<void(bool begins)> told) {
  parts_->long_work.when(std::move(told));
}

std::vector<EngineNotice> Engine::take_notices() { return std::exchange(parts_->notices, {}); }

void Engine::publish_status(std::shared_ptr<const std::string> json) {
  parts_->http.publish_status(std::move(json), parts_->workers);
}

Result<bool> Engine::stop() {
  parts_->stop_threads();
  std::string wrong;
  for (const auto& worker : parts_->workers) {
    const WorkerCounters& c = worker->counters();
    if (c.adds_up()) continue;
    wrong += " worker on CPU " + std::to_string(worker->cpu()) + ": received " +
             std::to_string(c.received.get()) + " but answered " +
             std::to_string(c.answered.get()) + " + delivered " +
             std::to_string(c.delivered.get()) + " + consumed " + std::to_string(c.consumed.get()) +
             " + forwarded " + std::to_string(c.forwarded.get()) + " + dropped " +
             std::to_string(c.dropped_total()) + " + held " + std::to_string(c.held.get()) + ";";
  }
  if (!wrong.empty()) return Error{"frames are not accounted for:" + wrong};
  return true;
}

}  // namespace weir
