// Building, driving and taking down the stack under test.
#include "support/stack.hpp"

#include <algorithm>

#include "service/chargen.hpp"
#include "service/discard.hpp"
#include "service/echo.hpp"
#include "service/hold.hpp"
#include "support/nic.hpp"
#include "support/replayed.hpp"

namespace weir::test {
namespace {

enum Service : std::uint16_t { kEcho, kDiscard, kChargen, kHold, kScript, kSource, kServices };
constexpr const char* kNames[] = {"echo", "discard", "chargen", "hold", "script", "source"};
constexpr std::uint16_t kPorts[] = {kEchoPort, kDiscardPort, kChargenPort,
                                    kHoldPort, kScriptPort,  kSourcePort};

Snapshot make_snapshot(const Stack::Config& config) {
  Snapshot s;
  LocalPort port;
  port.info = {.name = "lan", .driver = "memory", .mac = kOurMac, .offloads = {}};
  if (config.nic) {
    port.info.offloads = {true, true, true, true, true, true, true};
    port.info.tx_extents = 16;
  }
  port.vlan = config.vlan;
  port.addresses = {*Prefix::parse("192.0.2.1/24"), *Prefix::parse("2001:db8::1/64")};
  if (config.dad) {
    port.states = std::make_shared<AddressStates>(port.addresses.size(), AddressState::tentative);
  }
  s.ports.push_back(port);
  for (std::uint16_t i = 0; i < kServices; ++i) {
    ServiceLimits limits;
    limits.name = limits.handler = kNames[i];
    s.services.push_back(limits);
    for (const Family f : kBoth) s.listeners.add({our_address(f), kPorts[i], Transport::tcp, i});
  }
  for (const Family f : kBoth) {
    s.listeners.add({our_address(f), kEchoPort, Transport::udp, kEcho});
    s.listeners.add({our_address(f), kDiscardPort, Transport::udp, kDiscard});
  }
  s.max_flows = 4096;
  if (config.tune) config.tune(s);
  return s;
}

std::vector<ServiceObjects> make_services(const Stack::Config& config) {
  std::vector<ServiceObjects> services(kServices);
  services[kEcho] = {std::make_unique<EchoService>(), std::make_unique<EchoDatagrams>()};
  services[kDiscard] = {std::make_unique<DiscardService>(), std::make_unique<DiscardDatagrams>()};
  services[kChargen].tcp = std::make_unique<DiscardService>();
  if (config.chargen) services[kChargen].tcp = std::make_unique<ChargenService>();
  services[kHold].tcp = std::make_unique<HoldService>();
  services[kScript].tcp = std::make_unique<ScriptedService>();
  services[kSource].tcp = std::make_unique<SourceService>(config.source_bytes, config.source_by);
  return services;
}

}  // namespace

Stack::Stack(Config config)
    : config_(std::move(config)),
      pool_(config_.pool, config_.data_room),
      secrets_(Secrets::derive(config_.seed, 0x5eed)),
      snapshot_(make_snapshot(config_)),
      neighbours_(secrets_.jitter),
      keeper_(neighbours_),
      toeplitz_(secrets_.rss_key),
      owners_(Owners::spread(config_.workers)),
      counters_(std::make_unique<WorkerCounters>()),
      now_(config_.start) {
  pipeline_ = std::make_unique<Pipeline>(PipelineParts{
      snapshot_, secrets_, neighbours_, pool_.pool(), *counters_, make_services(config_),
      Ownership{&toeplitz_, &owners_, config_.self, config_.workers}});
  if (config_.watched) {
    watcher_ = std::make_unique<Watcher>(*counters_);
    pipeline_->observe(&watcher_->tap());
  }
  script_ = static_cast<ScriptedService*>(pipeline_->service(kScript).tcp.get());
  const LocalPort& lan = snapshot_.ports[0];
  for (std::size_t i = 0; lan.states && i < lan.addresses.size(); ++i) {
    addresses_.add({lan.addresses[i].address, 0, lan.states, i});
  }
  if (config_.neighbours_known) {
    for (const Family f : kBoth) learn(peer_address(f), kPeerMac);
  }
  if (config_.recorded == Config::Recorded::whole) record();
}

Stack::Config::Recorded Stack::Config::recorded_by_environment() {
  const char* const how = std::getenv("WEIR_TEST_RECORDED");
  if (how == nullptr) return Recorded::no;
  return std::string_view(how) == "each" ? Recorded::each : Recorded::whole;
}

Stack::~Stack() {
  shut_down();
  pipeline_.reset();
  EXPECT_EQ(pool_.in_use(), 0U) << "frames that did not come back to the pool";
}

void Stack::learn(const Address& a, const Mac& mac, Reachability state) {
  std::uint32_t slot = neighbours_.slot_of(a);
  if (slot == NeighbourTable::kSlots) {
    slot = neighbours_.home(a);
    while (neighbours_.at(slot)) slot = (slot + 1) % NeighbourTable::kSlots;
  }
  neighbours_.write(slot, {a, mac, state, 0});
}

void Stack::receive(const Octets& bytes, std::uint16_t frame_flags) {
  Burst burst;
  Frame frame = pool_.make(bytes);
  frame.set_flags(frame_flags);
  burst.push(std::move(frame));
  receive(burst);
}

void Stack::receive_burst(std::span<const Octets> frames) {
  Burst burst;
  for (const Octets& bytes : frames) burst.push(pool_.make(bytes));
  receive(burst);
}

void Stack::receive(Burst& burst) {
  const bool each = config_.recorded == Config::Recorded::each && !down_;
  if (each) record();
  pipeline_->process(burst, now_);
  EXPECT_TRUE(burst.empty());
  EXPECT_TRUE(counters_->adds_up()) << "after process";
  if (watcher_) watcher_->look();
  if (each) play_again();
  round();
}

void Stack::round() {
  pipeline_->expire(now_);
  pipeline_->transmit(now_);
  finish_round();
}

void Stack::finish_round() {
  EXPECT_TRUE(counters_->adds_up()) << "the first promise";
  flush();
  pipeline_->left_by(now_);
  Sender& sender = pipeline_->sender();
  if (config_.keeper_listens && !sender.news().empty()) {
    keeper_.take(sender.news(), now_);
    for (const NeighbourNews& item : sender.news()) {
      if (item.kind == NeighbourNews::Kind::claimed) (void)addresses_.claimed(item);
    }
    sender.news().clear();
  }
  keep_addresses();
}

void Stack::keep_addresses() {
  Sender& sender = pipeline_->sender();
  for (const AddressKeeper::Task& task : addresses_.advance(now_)) {
    if (task.kind == AddressKeeper::Task::Kind::probe) {
      sender.probe_address(task.address, task.port);
    } else {
      sender.announce_address(task.address, task.port);
    }
  }
  flush();
}

void Stack::flush() {
  TxBuffer& buffer = pipeline_->sender().buffer(0);
  left_something_ = !buffer.empty();
  while (!buffer.empty()) {
    const std::span<Frame> frames = buffer.front();
    if (watcher_) watcher_->sends(frames);
    for (Frame& frame : frames) {
      ++frames_left_;
      largest_packet_ = std::max(largest_packet_, frame.packet_size());
      if (!config_.nic) {
        leave(frame, frame.bytes());
      } else {
        for (const Octets& bytes : on_the_wire(frame, pool_)) {
          Frame made;
          if (on_sent) made = pool_.make(bytes);
          leave(made, bytes);
        }
      }
      frame.reset();
    }
    buffer.pop(static_cast<std::uint32_t>(frames.size()));
  }
}

void Stack::leave(Frame& frame, std::span<const std::uint8_t> bytes) {
  Sent s = read_sent(bytes);
  EXPECT_EQ(s.vlan, snapshot_.ports[0].vlan);
  if (on_sent) {
    on_sent(frame, s);
  } else {
    sent_.push_back(std::move(s));
  }
}

void Stack::advance(Duration d) {
  const Instant end = now_ + d;
  while (now_ < end) {
    Duration step = 1ms;
    if (!left_something_ && !pipeline_->sender().somebody_waits()) {
      const auto due = pipeline_->next_due();
      const Duration idle =
          due ? Duration(std::chrono::milliseconds(std::max(*due - Tick(now_), 1))) : end - now_;
      step = std::max<Duration>(step, config_.dad ? std::min<Duration>(idle, 10ms) : idle);
    }
    now_ = std::min(now_ + step, end);
    if (config_.neighbours_age && now_ - aged_ >= 250ms) keeper_.age(aged_ = now_);
    round();
  }
}

std::vector<FlowEntry> Stack::flows() {
  std::vector<FlowEntry> all;
  for (FlowId from = 0; from != kNoFlow;) from = pipeline_->list_flows(from, all, 100);
  return all;
}

void Stack::record() {
  const bool each = config_.recorded == Config::Recorded::each;
  const FlightSettings settings{FlightRecorder::kLeastBytes * (each ? 1 : 8),
                                config_.recorded_bytes, snapshot_.max_flows};
  (void)pipeline_->record_into(std::make_unique<FlightRecorder>(settings));
  received_before_ = counters_->received.get();
  recorded_from_ = &pipeline_->snapshot();
}

void Stack::play_again() {
  const auto recorder = pipeline_->record_into(nullptr);
  const Snapshot& snapshot = pipeline_->snapshot();
  std::vector<ServiceObjects> services = make_services(config_);
  services.resize(snapshot.services.size());
  for (ServiceObjects& service : services) {
    if (!service.tcp) service.tcp = std::make_unique<DiscardService>();
  }
  Life life{snapshot, std::move(services), config_.workers == 1, {}};
  // A worker that goes over to another snapshot forgets what it has.
  const bool all = life.alone && &snapshot == recorded_from_ && recorder->records()[0].empty();
  if (all) life.received = counters_->received.get() - received_before_;
  expect_the_same_again(*recorder, std::move(life));
}

void Stack::shut_down() {
  if (std::exchange(down_, true)) return;
  if (config_.recorded == Config::Recorded::whole) play_again();
  while (!pipeline_->shut_down(now_)) flush();
  flush();
  EXPECT_TRUE(counters_->adds_up()) << "after the shut-down";
  EXPECT_EQ(counters_->held.get(), 0U) << "frames without a verdict";
  EXPECT_EQ(counters_->flows.get(), 0U);
  EXPECT_EQ(pipeline_->memory().cold_objects, 0U);
  EXPECT_EQ(pipeline_->memory().pieces, 0U);
  for (const ServiceCounters& s : counters_->services) {
    EXPECT_EQ(s.connections.get(), 0U);
    EXPECT_EQ(s.half_open.get(), 0U);
    EXPECT_EQ(s.fast_opens.get(), 0U);
  }
  EXPECT_EQ(pool_.in_use(), 0U) << "frames that outlived the shut-down";
}

}  // namespace weir::test
