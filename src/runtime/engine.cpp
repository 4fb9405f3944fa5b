// Starting, running and stopping everything that carries packets.
#include "runtime/engine.hpp"

#include <sys/random.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <optional>
#include <thread>

#include "control/config.hpp"
#include "dpdk/devargs.hpp"
#include "dpdk/device.hpp"
#include "dpdk/eal.hpp"
#include "dpdk/mempool.hpp"
#include "ip/address_keeper.hpp"
#include "ip/neighbour_keeper.hpp"
#include "runtime/make_snapshot.hpp"
#include "runtime/services.hpp"
#include "runtime/topology.hpp"
#include "runtime/worker.hpp"
#include "service/http/http_service.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kRingSize = 1024;
constexpr std::uint32_t kTaskRingSize = 64;
constexpr std::uint32_t kNewsRingSize = 256;
constexpr std::uint32_t kRetainedAutomatic =
    16 * 1024;  // buffers that flows of one worker may keep
constexpr auto kTaskPatience = std::chrono::seconds(1);

struct NewsMessage {
  NeighbourNews news;
  std::uint8_t padding[MessageRing::kMessageBytes - sizeof(NeighbourNews)];
};
struct TaskMessage {
  WorkerTask* task;
  std::uint8_t padding[MessageRing::kMessageBytes - sizeof(WorkerTask*)];
};

HugePageUse huge_pages(HugePages mode) {
  switch (mode) {
    case HugePages::required:
      return HugePageUse::required;
    case HugePages::no:
      return HugePageUse::no;
    case HugePages::attempt:
      break;
  }
  return HugePageUse::attempt;
}

Result<Secrets> random_secrets() {
  std::uint64_t seed[2];
  if (getrandom(seed, sizeof seed, 0) != sizeof seed) {
    return Error{"the kernel gave no random bytes for the keys of this boot (getrandom)"};
  }
  return Secrets::derive(seed[0], seed[1]);
}

// Asked before DPDK is: it would try for long and then speak of something else.
std::optional<Error> check_memory(std::uint32_t needed_mb, std::uint32_t buffers) {
  std::ifstream meminfo("/proc/meminfo");
  std::uint64_t free_mb = 0;
  for (std::string word; meminfo >> word;) {
    if (word == "MemAvailable:" || word == "HugePages_Free:") {
      std::uint64_t n = 0;
      meminfo >> n;
      free_mb += word == "MemAvailable:" ? n / 1024 : n * 2;
    }
  }
  if (free_mb == 0 || needed_mb <= free_mb) return std::nullopt;
  return Error{"too little memory: " + std::to_string(buffers) + " buffers need " +
               std::to_string(needed_mb) + " MB and " + std::to_string(free_mb) +
               " MB are free; lower [memory] mbufs"};
}

std::uint16_t largest_mtu(const Config& config) {
  std::uint16_t mtu = 1500;
  for (const PortConfig& port : config.ports) mtu = std::max(mtu, port.mtu);
  return mtu;
}

std::uint16_t queues_for(const PortConfig& port, const DeviceLimits& limits, std::size_t workers) {
  const std::uint16_t wanted = port.queues != 0 ? port.queues : static_cast<std::uint16_t>(workers);
  return std::min(
      {wanted, limits.rx_queues, limits.tx_queues, static_cast<std::uint16_t>(workers)});
}

std::uint32_t buffers_for(const Config& config, std::size_t workers,
                          const std::vector<std::uint16_t>& queues) {
  if (config.memory.mbufs != 0) return config.memory.mbufs;
  MbufDemand demand;
  const PortSettings defaults;
  for (std::uint16_t n : queues) {
    demand.rx_descriptors += std::uint32_t{n} * defaults.rx_descriptors;
    demand.tx_descriptors += std::uint32_t{n} * defaults.tx_descriptors;
  }
  demand.workers = static_cast<std::uint32_t>(workers) + 1;
  demand.retained = kRetainedAutomatic * static_cast<std::uint32_t>(workers);
  return mbufs_needed(demand);
}

}  // namespace

struct Engine::Parts {
  Config config;
  std::vector<std::string> warnings;
  std::unique_ptr<Eal> eal;
  std::unique_ptr<Mempool> pool;
  std::vector<std::unique_ptr<EthernetPort>> ports;
  Snapshot snapshot;
  Secrets secrets;
  std::unique_ptr<NeighbourTable> neighbours;
  std::unique_ptr<NeighbourKeeper> keeper;
  AddressKeeper addresses;
  std::vector<std::string> notices;
  std::unique_ptr<Toeplitz> toeplitz;
  std::unique_ptr<Owners> owners;
  WallClock wall_clock;
  std::unique_ptr<TscClock> clock;
  HttpContents contents;
  // Replaced contents that responses in flight may still hold.
  std::vector<std::shared_ptr<const HttpContent>> retired;
  std::vector<std::unique_ptr<Worker>> workers;
  Instant aged{}, looked_at_files{};
  bool running = false;

  ~Parts() { stop_threads(); }
  void stop_threads() {
    for (auto& worker : workers) worker->ask_to_stop();
    for (auto& worker : workers) worker->join();
    if (running) send_leftovers();
    running = false;
  }
  // The last frames of workers without a transmit queue, left in the rings of those who had one.
  void send_leftovers() {
    for (std::size_t w = 0; w < workers.size(); ++w) {
      Burst burst;
      while (workers[w]->links().transmit.pop(burst) != 0) {
        for (Frame& frame : burst.frames()) {
          (void)ports[frame.port()]->tx_burst(static_cast<std::uint16_t>(w), {&frame, 1});
        }
        burst.clear();
      }
    }
  }

  Result<bool> start_eal(const CpuPlan& plan, EalLogSink log);
  Result<bool> open_ports(std::size_t workers);
  Result<bool> make_workers(const CpuPlan& plan);
  void take_news();
  void refresh_contents();
};

Result<bool> Engine::Parts::start_eal(const CpuPlan& plan, EalLogSink log) {
  EalSettings settings;
  settings.huge_pages = huge_pages(config.memory.hugepages);
  const std::uint16_t room = data_room_for_mtu(largest_mtu(config));
  const std::vector<std::uint16_t> queues(config.ports.size(),
                                          static_cast<std::uint16_t>(plan.workers.size()));
  const std::uint32_t count = buffers_for(config, plan.workers.size(), queues);
  // In pages of 4 KiB no buffer may cross a page: each takes whole ones.
  constexpr std::uint64_t kPage = 4096;
  const std::uint64_t in_huge_pages = pool_bytes(count, room);
  const std::uint64_t each = in_huge_pages / count;
  const std::uint64_t in_pages = std::uint64_t{count} * ((each + kPage - 1) / kPage * kPage);
  const bool huge = config.memory.hugepages == HugePages::required;
  settings.memory_mb = static_cast<std::uint32_t>((huge ? in_huge_pages : in_pages) >> 20) + 64;
  if (const auto too_much = check_memory(settings.memory_mb, count)) return *too_much;
  settings.control_cpus = plan.control;
  for (const PortConfig& port : config.ports) {
    const auto device = parse_device(port.device);
    if (!device) return Error{"port " + port.name + ": " + device.error().message};
    settings.pci = settings.pci || device.value().pci;
  }
  settings.extra_args = config.dpdk.eal_args;
  settings.log = std::move(log);
  auto started = Eal::start(std::move(settings));
  if (!started) return started.error();
  eal = std::move(started).value();
  return true;
}

Result<bool> Engine::Parts::open_ports(std::size_t worker_count) {
  std::vector<Device> devices;
  std::vector<std::uint16_t> queues;
  for (const PortConfig& port : config.ports) {
    auto device = Device::probe(*eal, port.device);
    if (!device) return Error{"port " + port.name + ": " + device.error().message};
    queues.push_back(queues_for(port, device->limits(), worker_count));
    devices.push_back(std::move(device).value());
  }
  MempoolSettings pool_settings;
  pool_settings.name = "weir-frames";
  pool_settings.count = buffers_for(config, worker_count, queues);
  pool_settings.data_room = data_room_for_mtu(largest_mtu(config));
  auto made = Mempool::create(pool_settings);
  if (!made) return made.error();
  pool = std::move(made).value();
  Mempool* const pools[] = {pool.get()};
  for (std::size_t i = 0; i < devices.size(); ++i) {
    PortSettings settings;
    settings.name = config.ports[i].name;
    settings.device = config.ports[i].device;
    settings.index = static_cast<std::uint8_t>(i);
    settings.mtu = config.ports[i].mtu;
    settings.rx_queues = queues[i];
    settings.rss_key.assign(secrets.rss_key.begin(), secrets.rss_key.end());
    auto port = EthernetPort::open(std::move(devices[i]), settings, pools);
    if (!port) return port.error();
    warnings.insert(warnings.end(), port.value()->warnings().begin(),
                    port.value()->warnings().end());
    ports.push_back(std::move(port).value());
  }
  return true;
}

Result<bool> Engine::Parts::make_workers(const CpuPlan& plan) {
  const auto count = static_cast<std::uint16_t>(plan.workers.size());
  toeplitz = std::make_unique<Toeplitz>(secrets.rss_key);
  owners = std::make_unique<Owners>(Owners::spread(count));
  for (std::uint16_t w = 0; w < count; ++w) {
    auto handoff = FrameRing::create(kRingSize, Producers::many);
    auto transmit = FrameRing::create(kRingSize, Producers::many);
    auto tasks = MessageRing::create(kTaskRingSize, Producers::one);
    auto news = MessageRing::create(kNewsRingSize, Producers::one);
    if (!handoff) return handoff.error();
    if (!transmit) return transmit.error();
    if (!tasks) return tasks.error();
    if (!news) return news.error();
    auto counters = std::make_unique<WorkerCounters>();
    PipelineParts parts{.snapshot = snapshot,
                        .secrets = secrets,
                        .neighbours = *neighbours,
                        .pool = pool->pool(),
                        .counters = *counters,
                        .services = make_services(config, wall_clock, contents),
                        .ownership = {toeplitz.get(), owners.get(), w, count}};
    auto pipeline = std::make_unique<Pipeline>(std::move(parts));
    workers.push_back(std::make_unique<Worker>(
        WorkerSettings{w, plan.workers[w], config.workers.idle == IdleMode::sleep}, ports,
        std::move(pipeline), std::move(counters),
        WorkerLinks{std::move(handoff).value(), std::move(transmit).value(),
                    std::move(tasks).value(), std::move(news).value()},
        *clock));
  }
  std::vector<Worker*> all;
  for (auto& worker : workers) all.push_back(worker.get());
  for (auto& worker : workers) worker->know(all);
  return true;
}

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>, Engine::StartError> Engine::start(const Config& config,
                                                                  EalLogSink log) {
  constexpr int kConfiguration = 78, kUnavailable = 69;
  auto parts = std::make_unique<Parts>();
  parts->config = config;
  std::vector<std::string> devices;
  for (const PortConfig& port : config.ports) devices.push_back(port.device);
  auto plan = plan_cpus(config.workers.cpus, devices);
  if (!plan) return StartError{plan.error().message, kConfiguration};
  parts->warnings = plan->warnings;
  auto secrets = random_secrets();
  if (!secrets) return StartError{secrets.error().message, kUnavailable};
  parts->secrets = std::move(secrets).value();
  auto contents = load_contents(config);
  if (!contents) return StartError{contents.error().message, kConfiguration};
  parts->contents = std::move(contents).value();
  if (auto eal = parts->start_eal(plan.value(), std::move(log)); !eal) {
    return StartError{eal.error().message, kUnavailable};
  }
  parts->clock = std::make_unique<TscClock>();
  parts->wall_clock.set(std::time(nullptr));
  if (auto opened = parts->open_ports(plan->workers.size()); !opened) {
    return StartError{opened.error().message, kUnavailable};
  }
  std::vector<PortInfo> infos;
  for (auto& port : parts->ports) infos.push_back(port->info());
  parts->snapshot = make_snapshot(config, infos);
  parts->neighbours = std::make_unique<NeighbourTable>(parts->secrets.jitter);
  parts->keeper = std::make_unique<NeighbourKeeper>(*parts->neighbours);
  for (std::size_t p = 0; p < parts->snapshot.ports.size(); ++p) {
    const LocalPort& port = parts->snapshot.ports[p];
    for (std::size_t i = 0; i < port.addresses.size(); ++i) {
      parts->addresses.add(
          {port.addresses[i].address, static_cast<std::uint8_t>(p), port.states, i});
    }
  }
  try {
    if (auto made = parts->make_workers(plan.value()); !made) {
      return StartError{made.error().message, kUnavailable};
    }
  } catch (const std::exception& e) {
    return StartError{"the tables of the workers cannot be made (" + std::string(e.what()) +
                          "): lower [tcp] max-flows, now " + std::to_string(config.tcp.max_flows),
                      kUnavailable};
  }
  for (auto& worker : parts->workers) worker->start();
  parts->running = true;
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
const Snapshot& Engine::snapshot() const noexcept { return parts_->snapshot; }
const std::vector<std::string>& Engine::warnings() const noexcept { return parts_->warnings; }

bool Engine::run_on(std::uint16_t worker, const std::function<void(Pipeline&)>& task) {
  if (!parts_->running) {
    task(parts_->workers[worker]->pipeline());
    return true;
  }
  auto* const message = new WorkerTask;
  message->run = task;
  TaskMessage envelope{};
  envelope.task = message;
  if (!parts_->workers[worker]->links().tasks.push_as(envelope)) {
    delete message;
    return false;
  }
  const auto deadline = std::chrono::steady_clock::now() + kTaskPatience;
  while (message->state.load(std::memory_order_acquire) != WorkerTask::kDone) {
    if (std::chrono::steady_clock::now() > deadline) {
      // The worker frees it if it comes to it after all.
      if (message->state.exchange(WorkerTask::kAbandoned, std::memory_order_acq_rel) ==
          WorkerTask::kWaiting) {
        return false;
      }
      break;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  delete message;
  return true;
}

FlowId Engine::list_flows(std::uint16_t worker, FlowId from, std::vector<FlowEntry>& out) {
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
  if (!done) return kNoFlow;
  out.insert(out.end(), slice->entries.begin(), slice->entries.end());
  return slice->next;
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
bool Engine::uses_huge_pages() const noexcept { return parts_->eal->huge_pages(); }

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
                   parts_->snapshot.ports[entry->port].info.name,
                   entry->state == Reachability::reachable ? "reachable" : "stale"});
  }
  return all;
}

void Engine::Parts::take_news() {
  std::vector<NeighbourNews> news;
  for (auto& worker : workers) {
    NewsMessage message;
    while (worker->links().news.pop_as(message)) news.push_back(message.news);
  }
  if (!news.empty()) keeper->take(news, clock->now());
  for (const NeighbourNews& item : news) {
    if (item.kind != NeighbourNews::Kind::claimed || !addresses.claimed(item)) continue;
    notices.push_back("address " + to_string(item.address) + " of port " +
                      snapshot.ports[item.port].info.name + " is used by " + to_string(item.mac) +
                      " already: Weir does not use it until the next start");
  }
}

// Files that changed on the disk are read anew, here and not by a worker, and put in place as a
// whole.
void Engine::Parts::refresh_contents() {
  for (std::size_t i = 0; i < contents.size(); ++i) {
    if (!contents[i] || config.services[i].root.empty() || !contents[i]->changed()) continue;
    auto fresh = load_content(config.services[i]);
    if (!fresh) continue;  // half-written: the next look will find it whole
    retired.push_back(std::exchange(contents[i], std::move(fresh).value()));
  }
}

void Engine::housekeeping() {
  Parts& p = *parts_;
  const Instant now = p.clock->now();
  p.take_news();
  for (const AddressKeeper::Task& task : p.addresses.advance(now)) {
    // The first worker has a queue on every port.
    (void)run_on(0, [task](Pipeline& pipeline) {
      Sender& sender = pipeline.sender();
      task.kind == AddressKeeper::Task::Kind::probe
          ? sender.probe_address(task.address, task.port)
          : sender.announce_address(task.address, task.port);
    });
  }
  if (now - p.aged >= 250ms) {
    p.aged = now;
    p.keeper->age(now);
    p.wall_clock.set(std::time(nullptr));
  }
  if (now - p.looked_at_files < 1s) return;
  p.looked_at_files = now;
  const HttpContents before = p.contents;
  p.refresh_contents();
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == p.contents[i]) continue;
    for (std::uint16_t w = 0; w < worker_count(); ++w) {
      (void)run_on(w, [content = p.contents[i], i](Pipeline& pipeline) {
        auto* http = dynamic_cast<HttpService*>(pipeline.service(i).tcp.get());
        // The old content stays in `retired` until nothing refers to it.
        if (http != nullptr) (void)http->publish(content);
      });
    }
  }
  std::erase_if(p.retired, [](const auto& content) { return content.use_count() == 1; });
}

std::vector<std::string> Engine::take_notices() { return std::exchange(parts_->notices, {}); }

void Engine::publish_status(std::shared_ptr<const std::string> json) {
  for (std::uint16_t w = 0; w < worker_count(); ++w) {
    // What was replaced travels back here, so that no worker frees it.
    auto old = std::make_shared<std::vector<std::shared_ptr<const std::string>>>();
    old->reserve(parts_->contents.size());
    (void)run_on(w, [json, old, services = parts_->contents.size()](Pipeline& pipeline) {
      for (std::size_t i = 0; i < services; ++i) {
        auto* http = dynamic_cast<HttpService*>(pipeline.service(i).tcp.get());
        if (http != nullptr) old->push_back(http->publish_status(json));
      }
    });
  }
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
