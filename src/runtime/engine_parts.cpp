// Starting and stopping everything that carries packets.
#include "runtime/engine_parts.hpp"

#include <sys/random.h>

#include <algorithm>
#include <ctime>
#include <new>

#include "doctor/devargs.hpp"
#include "doctor/memory_need.hpp"
#include "dpdk/device.hpp"
#include "dpdk/dma_memory.hpp"
#include "runtime/make_snapshot.hpp"
#include "runtime/services.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kRingSize = 1024;

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

std::uint16_t queues_for(const PortConfig& port, const DeviceLimits& limits, std::size_t workers) {
  const std::uint16_t wanted = port.queues != 0 ? port.queues : static_cast<std::uint16_t>(workers);
  return std::min(
      {wanted, limits.rx_queues, limits.tx_queues, static_cast<std::uint16_t>(workers)});
}

// Files lie where a port reads them by itself, if there is such a port.
MakeTransmitMemory memory_for(const std::vector<PortInfo>& ports) {
  const bool reads = std::any_of(ports.begin(), ports.end(),
                                 [](const PortInfo& port) { return port.offloads.tx_chains; });
  return reads ? MakeTransmitMemory(DmaMemory::make) : MakeTransmitMemory();
}

constexpr int kConfiguration = 78, kUnavailable = 69;  // exit codes: sysexits.h

}  // namespace

Result<bool, Engine::StartError> Engine::Parts::start(EalLogSink log,
                                                      const EngineAdditions& additions) {
  std::vector<std::string> devices;
  for (const PortConfig& port : config.ports) devices.push_back(port.device);
  auto plan = plan_cpus(config.workers.cpus, devices);
  if (!plan) return StartError{plan.error().message, kConfiguration};
  warnings = plan->warnings;
  // A mistake is found before a NIC is taken; the files are read when it is known where ports can
  // read them.
  if (auto checked = check_content(config.services, config.memory.read_ahead != 0); !checked) {
    return StartError{checked.error().message, kConfiguration};
  }
  modules = additions.modules;
  if (auto known = know_modules(config, modules); !known) {
    return StartError{known.error().message, kConfiguration};
  }
  auto drawn = random_secrets();
  if (!drawn) return StartError{drawn.error().message, kUnavailable};
  secrets = std::move(drawn).value();
  if (auto started = start_eal(plan.value(), std::move(log)); !started) {
    return StartError{started.error().message, kUnavailable};
  }
  clock = std::make_unique<TscClock>();
  clock_made = std::chrono::steady_clock::now();
  wall_clock.set(std::time(nullptr));
  if (auto opened = open_ports(plan->workers.size()); !opened) {
    return StartError{opened.error().message, kUnavailable};
  }
  std::vector<PortInfo> infos;
  for (auto& port : ports) infos.push_back(port->info());
  read_aheads = std::make_unique<ReadAheads>(config.memory.read_ahead, plan->workers.size(),
                                             memory_for(infos));
  if (serves_files(config.services)) read_aheads->make_chunks();
  if (auto loaded = http.load(config.services, {memory_for(infos), read_aheads->on()}); !loaded) {
    return StartError{loaded.error().message, kConfiguration};
  }
  auto first = std::make_shared<Snapshot>(make_snapshot(config, infos));
  if (additions.tune) additions.tune(*first);
  snapshot = std::move(first);
  for (std::uint16_t i = 0; i < config.services.size(); ++i) numbers.push_back(i);
  neighbours = std::make_unique<NeighbourTable>(secrets.jitter);
  keeper = std::make_unique<NeighbourKeeper>(*neighbours);
  know_addresses();
  try {
    if (auto made = make_workers(plan.value(), additions); !made) return made.error();
  } catch (const std::bad_alloc&) {
    return StartError{
        "there is not enough memory for the tables of the workers (ulimit -v, MemoryMax=): lower "
        "[tcp] max-flows, now " +
            std::to_string(config.tcp.max_flows),
        kUnavailable};
  } catch (const std::exception& e) {
    return StartError{"the tables of the workers cannot be made (" + std::string(e.what()) + ")",
                      kUnavailable};
  }
  for (auto& worker : workers) {
    if (worker->start()) continue;
    return StartError{"DPDK has no number left for the worker on CPU " +
                          std::to_string(worker->cpu()) + ": configure fewer [workers]",
                      kUnavailable};
  }
  running = true;
  return true;
}

void Engine::Parts::know_addresses() {
  std::vector<AddressKeeper::Local> ours;
  for (std::size_t p = 0; p < snapshot->ports.size(); ++p) {
    const LocalPort& port = snapshot->ports[p];
    for (std::size_t i = 0; i < port.addresses.size(); ++i) {
      ours.push_back({port.addresses[i].address, static_cast<std::uint8_t>(p), port.states, i});
    }
  }
  addresses.replace(ours);
}

Duration Engine::Parts::real_time(Duration by_workers) const {
  const Duration theirs = clock->now().since_start();
  const Duration ours = std::chrono::steady_clock::now() - clock_made;
  if (theirs < 1s) return by_workers;
  return Duration(static_cast<std::int64_t>(static_cast<double>(by_workers.count()) *
                                            static_cast<double>(ours.count()) /
                                            static_cast<double>(theirs.count())));
}

void Engine::Parts::stop_threads() {
  for (auto& worker : workers) worker->ask_to_stop();
  for (auto& worker : workers) worker->join();
  if (read_aheads) read_aheads->stop();
  if (running) send_leftovers();
  running = false;
}

// The last frames of workers without a transmit queue, left in the rings of those who had one.
void Engine::Parts::send_leftovers() {
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

Result<bool> Engine::Parts::start_eal(const CpuPlan& plan, EalLogSink log) {
  EalSettings settings;
  settings.huge_pages = huge_pages(config.memory.hugepages);
  const doctor::MemoryNeed need = doctor::memory_need(config, plan.workers.size());
  if (const auto lack = doctor::find_too_little_memory(doctor::Environment(), config, need)) {
    return Error{doctor::to_sentence(*lack)};
  }
  settings.memory_mb = static_cast<std::uint32_t>(need.mb);
  settings.control_cpus = plan.control;
  for (const PortConfig& port : config.ports) {
    const auto device = doctor::parse_device(port.device);
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
  pool_settings.count = doctor::buffers_for(config, worker_count, queues);
  pool_settings.data_room = data_room_for_mtu(doctor::largest_mtu(config));
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
    settings.interrupts = config.workers.idle == IdleMode::interrupt;
    settings.rss_key.assign(secrets.rss_key.begin(), secrets.rss_key.end());
    auto port = EthernetPort::open(std::move(devices[i]), settings, pools);
    if (!port) return port.error();
    warnings.insert(warnings.end(), port.value()->warnings().begin(),
                    port.value()->warnings().end());
    ports.push_back(std::move(port).value());
  }
  return true;
}

Result<bool, Engine::StartError> Engine::Parts::make_workers(const CpuPlan& plan,
                                                             const EngineAdditions& additions) {
  const auto lacks = [](const Error& error) { return StartError{error.message, kUnavailable}; };
  const auto count = static_cast<std::uint16_t>(plan.workers.size());
  toeplitz = std::make_unique<Toeplitz>(secrets.rss_key);
  owners = std::make_unique<Owners>(Owners::spread(count));
  // Interrupts of all ports or none: a worker polls all of its queues.
  idle = config.workers.idle;
  for (const auto& port : ports) {
    if (idle == IdleMode::interrupt && !port->has_interrupts()) idle = IdleMode::sleep;
  }
  for (std::uint16_t w = 0; w < count; ++w) {
    auto handoff = FrameRing::create(kRingSize, Producers::many);
    auto transmit = FrameRing::create(kRingSize, Producers::many);
    auto bell = idle == IdleMode::interrupt ? std::make_unique<Doorbell>() : nullptr;
    auto mailbox = Mailbox::create(bell.get());
    if (!handoff) return lacks(handoff.error());
    if (!transmit) return lacks(transmit.error());
    if (!mailbox) return lacks(mailbox.error());
    auto inbox = Inbox::create(bell.get());
    if (!inbox) return lacks(inbox.error());
    auto counters = std::make_unique<WorkerCounters>();
    read_aheads->attend(w, bell.get());
    const ServiceMaker maker{{wall_clock, read_aheads->of(w)}, modules, w, count};
    auto made = maker.make_all(config, http.contents());
    if (!made) return StartError{made.error().message, kConfiguration};
    std::vector<ServiceObjects> services = std::move(made).value();
    if (additions.services) {
      for (ServiceObjects& added : additions.services(w, count))
        services.push_back(std::move(added));
    }
    PipelineParts parts{.snapshot = *snapshot,
                        .secrets = secrets,
                        .neighbours = *neighbours,
                        .pool = pool->pool(),
                        .counters = *counters,
                        .services = std::move(services),
                        .ownership = {toeplitz.get(), owners.get(), w, count}};
    auto pipeline = std::make_unique<Pipeline>(std::move(parts));
    (void)pipeline->record_into(make_recorder(config.recorder));
    records.push_back(config.recorder);
    workers.push_back(std::make_unique<Worker>(
        WorkerSettings{w, plan.workers[w], idle}, ports, std::move(pipeline), std::move(counters),
        WorkerLinks{std::move(handoff).value(), std::move(transmit).value(), std::move(bell),
                    std::move(mailbox).value(), std::move(inbox).value()},
        *clock));
    workers.back()->employ(read_aheads->actor(w));
    if (additions.actor) workers.back()->employ(additions.actor(w));
  }
  std::vector<Worker*> all;
  for (auto& worker : workers) all.push_back(worker.get());
  for (auto& worker : workers) worker->know(all);
  for (std::uint16_t w = 0; w < count; ++w) {
    if (read_aheads->on()) read_aheads->of(w)->furnish(read_aheads->take_chunks(w));
  }
  read_aheads->start();
  return true;
}

}  // namespace weir
