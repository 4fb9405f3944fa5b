// The loop of one core.
#include "runtime/worker.hpp"

#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <utility>

#include "dpdk/eal.hpp"
#include "frame/buffer_demand.hpp"
#include "runtime/topology.hpp"

namespace weir {
namespace {

constexpr Duration kHousekeepingPeriod = 100us;  // while there is work; else every round
// Rounds without work before the first nap, and the longest nap: a frame waits that long at most.
constexpr std::uint32_t kPatience = 200;
constexpr long kLongestNapNs = 400'000;
constexpr Duration kLongestWait = 100ms;  // for an interrupt: lest one be lost somewhere
constexpr int kFlushTries = 2000;         // at the end, for ports that take their time

}  // namespace

Worker::Worker(const WorkerSettings& settings, std::vector<std::unique_ptr<EthernetPort>>& ports,
               std::unique_ptr<Pipeline> pipeline, std::unique_ptr<WorkerCounters> counters,
               WorkerLinks links, const TscClock& clock)
    : settings_(settings),
      ports_(ports),
      counters_(std::move(counters)),
      tap_(*counters_, &TscClock::cycles),
      pipeline_(std::move(pipeline)),
      links_(std::move(links)),
      clock_(clock) {
  open_bursts_.reserve(ports_.size() + 1);  // one of each port a round, and of the other workers
  for (const auto& port : ports_) {
    const std::size_t half = port->rx_descriptors() / 2U / kMaxBurst;
    ahead_.push_back({std::vector<Burst>(std::clamp<std::size_t>(half, 1, kMostAhead))});
  }
}

bool Worker::start() {
  std::promise<bool> starts;
  std::future<bool> started = starts.get_future();
  thread_ = std::thread([this, starts = std::move(starts)]() mutable {
    (void)pin_to(settings_.cpu);
    prctl(PR_SET_NAME, ("weir-w" + std::to_string(settings_.number)).c_str());
    prctl(PR_SET_TIMERSLACK, 1000);  // naps of tens of microseconds are meant
    const WorkerLcore lcore;
    starts.set_value(lcore.registered());
    if (!lcore.registered()) return;
    prepare_to_wait();
    loop();
    frame_wait_.reset();
  });
  return started.get();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::loop() noexcept {
  std::uint32_t idle_rounds = 0;
  std::uint64_t before = TscClock::cycles();
  while (!stop_.load(std::memory_order_acquire)) {
    const Instant now = clock_.now();  // once a round; nobody below asks again
    lap_ = before;
    const std::uint32_t work = round(now);
    if (work == 0 || now - kept_house_ >= kHousekeepingPeriod) {
      kept_house_ = now;
      housekeeping(now);
    }
    const std::uint64_t after = TscClock::cycles();
    counters_->rounds.add();
    counters_->total_cycles.add(after - before);
    if (work != 0) {
      counters_->busy_rounds.add();
      counters_->busy_cycles.add(after - before);
      counters_->loop.record(clock_.to_duration(after - before));
      for (std::size_t i = 0; i < laps_.size(); ++i) counters_->stage_cycles[i].add(laps_[i]);
    }
    laps_ = {};
    before = after;
    idle_rounds = work != 0 ? 0 : idle_rounds + 1;
    if (work != 0 && armed_) stay_awake();
    if (settings_.idle != IdleMode::poll && idle_rounds > kPatience) {
      rest(idle_rounds - kPatience);
      const std::uint64_t woken = TscClock::cycles();
      counters_->sleep_cycles.add(woken - before);
      before = woken;
    }
  }
  shut_down();
}

// The time since the stage before belongs to this one.
void Worker::end(Stage stage) noexcept {
  const std::uint64_t now = TscClock::cycles();
  laps_[static_cast<std::size_t>(stage)] += now - lap_;
  lap_ = now;
}

std::uint32_t Worker::round(Instant now) noexcept {
  std::uint32_t work = receive(now);
  work += pipeline_->expire(now);
  end(Stage::timers);
  for (Actor* const actor : actors_) {
    if (can_answer()) work += actor->act(*pipeline_, now);
  }
  if (pipeline_->wants_to_transmit()) {
    pipeline_->transmit(now);
    end(Stage::transmit);
    ++work;
  }
  work += flush();
  end(Stage::send);
  record_bursts();
  if (pipeline_->has_answers_left()) pipeline_->left_by(clock_.at(lap_));
  return work;
}

// The stage that brought them has just ended: that is when these frames were received.
void Worker::received(std::uint32_t frames) noexcept { open_bursts_.push_back({lap_, frames}); }

// Everything that these bursts caused has been handed to the ports, but for what a port did not
// take or the round's budget did not reach.
void Worker::record_bursts() noexcept {
  for (const OpenBurst& burst : open_bursts_) {
    counters_->rx_tx.record(clock_.to_duration(lap_ - burst.received), burst.frames);
  }
  open_bursts_.clear();
}

// Whether there is room for what a burst may bring about: of each frame an answer, and a question
// about the way. What cannot be answered stays in the NIC's queue or in the ring: the sender slows
// down.
bool Worker::can_answer() noexcept { return pipeline_->sender().room() >= 2 * kMaxBurst; }

std::uint32_t Worker::receive(Instant now) noexcept {
  std::uint32_t sum = 0;
  Pressure& pressure = pipeline_->pressure();
  pressure.advance(Tick(now));
  for (std::uint32_t i = 0; i < ports_.size(); ++i) {
    auto& port = ports_[i];
    if (settings_.number >= port->info().rx_queues) continue;
    if (!can_answer()) return sum;
    const std::uint32_t n = next_burst(i);
    pressure.saw(i, n);
    if (n == 0) continue;
    end(Stage::receive);
    received(n);
    sum += n;
    counters_->bursts.add();
    counters_->rx_burst.record(n);
    counters_->rx_packets.add(n);
    std::uint64_t bytes = 0;
    for (const Frame& frame : burst_.frames()) bytes += frame.size();
    counters_->rx_bytes.add(bytes);
    pipeline_->process(burst_, now);
    end(Stage::process);
    hand_over();
    (void)flush();
    end(Stage::send);
    // Replies have left; text that flows have to send leaves with the round's end.
    if (!pipeline_->wants_to_transmit()) record_bursts();
  }
  return can_answer() ? sum + receive_strays(now) : sum;
}

std::uint32_t Worker::next_burst(std::size_t port) noexcept {
  Ahead& ahead = ahead_[port];
  if (ahead.next == ahead.count) {
    if (!pipeline_->pressure().wants_sounding(static_cast<std::uint32_t>(port))) {
      return ports_[port]->rx_burst(settings_.number, burst_);
    }
    sound(port);
    if (ahead.count == 0) return 0;
  }
  std::swap(burst_, ahead.bursts[ahead.next++]);
  return burst_.size();
}

// Few drivers can say how many frames wait: they are taken, and counted.
void Worker::sound(std::size_t port) noexcept {
  Ahead& ahead = ahead_[port];
  ahead.next = ahead.count = 0;
  bool full = true;
  while (full && ahead.count < ahead.bursts.size()) {
    const std::uint32_t n = ports_[port]->rx_burst(settings_.number, ahead.bursts[ahead.count]);
    full = n == kMaxBurst;
    if (n != 0) ++ahead.count;
  }
  pipeline_->pressure().sounded(static_cast<std::uint32_t>(port), full);
}

std::uint32_t Worker::receive_strays(Instant now) noexcept {
  Pressure& pressure = pipeline_->pressure();
  const auto queue = static_cast<std::uint32_t>(ports_.size());
  if (pressure.wants_sounding(queue)) {
    pressure.sounded(queue, links_.handoff.size() >= links_.handoff.capacity() / 2);
  }
  const std::uint32_t strays = links_.handoff.pop(burst_);
  pressure.saw(queue, strays);
  end(Stage::receive);
  if (strays == 0) return 0;
  received(strays);
  counters_->handoff_in.add(strays);
  pipeline_->process(burst_, now);
  end(Stage::process);
  return strays;
}

void Worker::hand_over() noexcept {
  for (std::uint16_t w = 0; w < all_.size(); ++w) {
    Burst& strays = pipeline_->strays(w);
    if (strays.empty()) continue;
    const std::uint32_t taken = all_[w]->links_.handoff.push(strays.frames());
    if (taken != 0) all_[w]->wake();
    for (std::uint32_t i = taken; i < strays.size(); ++i) pipeline_->stray_lost();
    strays.clear();
  }
}

std::uint32_t Worker::flush() noexcept {
  // Frames of workers that have no queue of their own take their turn in our buffers.
  Sender& sender = pipeline_->sender();
  std::uint32_t moved = 0;
  if (sender.room() >= kMaxBurst) {
    moved = links_.transmit.pop(theirs_);
    for (Frame& frame : theirs_.frames()) {
      const std::uint8_t port = frame.port();
      sender.buffer(port).push(std::move(frame));
    }
    if (moved != 0) theirs_.clear();
  }
  for (std::uint8_t port = 0; port < ports_.size(); ++port) moved += flush_port(port);
  return moved;
}

std::uint32_t Worker::flush_port(std::uint8_t port) noexcept {
  TxBuffer& buffer = pipeline_->sender().buffer(port);
  if (buffer.empty()) return 0;
  const std::uint16_t queues = ports_[port]->info().tx_queues;
  std::span<Frame> frames = buffer.front();
  std::uint32_t sent = 0;
  if (settings_.number < queues) {
    std::uint64_t bytes[kMaxBurst];
    frames = frames.first(std::min<std::size_t>(frames.size(), kMaxBurst));
    for (std::size_t i = 0; i < frames.size(); ++i) bytes[i] = frames[i].packet_size();
    Observer* const observer = pipeline_->observer();
    if (observer != nullptr) observer->leaving(frames);
    sent = ports_[port]->tx_burst(settings_.number, frames);
    if (observer != nullptr) observer->left(sent);
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < sent; ++i) sum += bytes[i];
    counters_->tx_packets.add(sent);
    counters_->tx_bytes.add(sum);
  } else {
    Worker& owner = *all_[settings_.number % queues];
    sent = owner.links_.transmit.push(frames);
    if (sent != 0) owner.wake();
  }
  buffer.pop(sent);
  return sent;
}

void Worker::housekeeping(Instant now) noexcept {
  mailbox().serve(*pipeline_);
  links_.inbox.serve(*pipeline_, now);
  auto& news = pipeline_->sender().news();
  for (const NeighbourNews& item : news) mailbox().tell(item);
  news.clear();
}

void Worker::prepare_to_wait() {
  if (settings_.idle != IdleMode::interrupt || !links_.bell) return;
  auto wait = std::make_unique<FrameWait>(links_.bell->fd());
  for (auto& port : ports_) {
    if (settings_.number >= port->info().rx_queues) continue;
    if (!wait->add(*port, settings_.number)) return;
  }
  frame_wait_ = std::move(wait);
}

void Worker::rest(std::uint32_t idle_rounds) noexcept {
  if (!frame_wait_ || !wait_for_frames()) nap(idle_rounds);
}

// What a port or a ring did not take: nobody rings when there is room again.
bool Worker::has_something_to_send() noexcept {
  Sender& sender = pipeline_->sender();
  bool some = pipeline_->wants_to_transmit();
  for (std::uint8_t port = 0; port < ports_.size(); ++port) some |= !sender.buffer(port).empty();
  return some;
}

// Arms first and waits a round later: what came before the interrupts were on is found in between.
// False when something is due too soon for that.
bool Worker::wait_for_frames() noexcept {
  const Tick now(clock_.now());
  const auto due = pipeline_->next_due();
  const std::int32_t left = due ? *due - now : std::int32_t{kLongestWait / 1ms};
  if (left <= 1 || pipeline_->sender().somebody_waits() || has_something_to_send()) {
    stay_awake();
    return false;
  }
  if (!armed_) {
    armed_ = true;
    links_.bell->listen();
    frame_wait_->arm();
    return true;
  }
  frame_wait_->wait(std::min<Duration>(kLongestWait, (left - 1) * 1ms));
  stay_awake();
  return true;
}

void Worker::stay_awake() noexcept {
  if (!armed_) return;
  armed_ = false;
  frame_wait_->disarm();
  links_.bell->stop_listening();
}

// Naps grow with the time that nothing happened, and end before the next timer wants attention.
void Worker::nap(std::uint32_t idle_rounds) noexcept {
  long ns = std::min<long>(kLongestNapNs, 10'000L + 1'000L * static_cast<long>(idle_rounds));
  if (pipeline_->sender().somebody_waits()) ns = std::min(ns, 100'000L);
  const timespec nap{0, ns};
  nanosleep(&nap, nullptr);
}

void Worker::shut_down() noexcept {
  for (Ahead& ahead : ahead_) {
    for (Burst& burst : ahead.bursts) burst.clear();
  }
  bool ended = false;
  for (int i = 0; i < kFlushTries; ++i) {
    if (!ended) ended = pipeline_->shut_down(clock_.now());
    const std::uint32_t moved = flush();
    bool empty = true;
    for (std::uint8_t port = 0; port < ports_.size(); ++port) {
      empty = empty && pipeline_->sender().buffer(port).empty();
    }
    if (ended && empty) break;
    if (moved == 0) {
      const timespec pause{0, 50'000};
      nanosleep(&pause, nullptr);
    }
  }
  for (std::uint8_t port = 0; port < ports_.size(); ++port) {
    TxBuffer& buffer = pipeline_->sender().buffer(port);
    while (!buffer.empty()) {
      for (Frame& frame : buffer.front()) frame.reset();
      buffer.pop(static_cast<std::uint32_t>(buffer.front().size()));
    }
  }
  housekeeping(clock_.now());
}

}  // namespace weir
