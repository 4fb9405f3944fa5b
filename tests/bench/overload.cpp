// What a worker still achieves when more arrives than it can take: short connections at rates
// around and beyond its capacity, with the refusal of new ones and without.
//   overload [--json FILE] [--quick]
//
// Time is virtual: it is what the stack and the handler need, as the processor's counter tells, at
// a processor of kHertz; clients cost nothing. They are real in what they say: they repeat a lost
// SYN after a second and a lost request after 200 ms.
#include <x86intrin.h>

#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <queue>

#include "measure.hpp"
#include "rig.hpp"

namespace weir::bench {
namespace {

constexpr double kHertz = 2.5e9;
constexpr std::uint64_t kHandlerCycles = 10'000;
constexpr std::size_t kQueue = 1024;  // frames that the NIC holds
constexpr Duration kRoundTrip = 100us, kSynAgain = 1s, kAskAgain = 200ms;
constexpr unsigned kTries = 4;
constexpr Duration kWarmUp = 1s;  // not looked at

// Thinks for a while, answers with a byte and closes.
class Thinker final : public TcpService {
 public:
  std::size_t on_text(Connection& connection, Text& text) noexcept override {
    const std::uint64_t begin = __rdtsc();
    while (__rdtsc() - begin < kHandlerCycles) {
    }
    connection.send("x");
    connection.close();
    return text.bytes.size();
  }
};

enum class What : std::uint8_t { syn, request, fin };

struct Event {
  Instant at;
  std::uint32_t client;
  What what;
  unsigned attempt;
  friend bool operator>(const Event& a, const Event& b) { return a.at > b.at; }
};

enum class Stage : std::uint8_t { opening, asking, answered };

struct Client {
  Stage stage = Stage::opening;
  Instant begun;
  Peer numbers;
};

struct Outcome {
  double offered = 0, good = 0;  // connections a second, by the virtual clock
  double refused = 0;            // share of what arrived that was dropped by name
  double lost = 0;               // and that the NIC's queue had no room for
  double slow_ms = 0;            // of 100 that were answered, 99 were by then
  double busy = 0;               // cycles a connection that was served
};

class World {
 public:
  World(double rate, bool refuses, Duration length)
      : rig_(settings(rate, length)),
        interval_(Duration(static_cast<std::int64_t>(1e9 / rate))),
        refuses_(refuses),
        length_(length) {}

  Outcome run() {
    const Instant end = start_ + length_;
    while (now_ < end) {
      arrive();
      if (!step()) now_ = std::min({next_client_, next_event(), now_ + Duration(1ms)});
    }
    return outcome();
  }

 private:
  static RigSettings settings(double rate, Duration length) {
    RigSettings s;
    s.frames = 32;
    const double all = rate * std::chrono::duration<double>(length).count();
    s.max_flows = static_cast<std::uint32_t>(all) + 65536;
    s.tune = [](Snapshot& snapshot) { snapshot.tcp.msl_ms = 10; };
    s.discard = [] { return std::make_unique<Thinker>(); };
    return s;
  }
  Instant next_event() const { return events_.empty() ? Instant(24h) : events_.top().at; }

  // What reaches the NIC by now.
  void arrive() {
    while (next_client_ <= now_) {
      clients_.push_back({Stage::opening, next_client_, {1000, 0}});
      send(next_client_, static_cast<std::uint32_t>(clients_.size() - 1), What::syn, 0);
      next_client_ = next_client_ + interval_;
    }
    while (!events_.empty() && events_.top().at <= now_) {
      const Event event = events_.top();
      events_.pop();
      const Client& client = clients_[event.client];
      const bool still = event.what == What::syn       ? client.stage == Stage::opening
                         : event.what == What::request ? client.stage == Stage::asking
                                                       : true;
      if (still) send(event.at, event.client, event.what, event.attempt);
    }
  }
  void send(Instant at, std::uint32_t number, What what, unsigned attempt) {
    if (what != What::fin && attempt + 1 < kTries) {
      const Duration again = what == What::syn ? kSynAgain : kAskAgain;
      events_.push({at + again * (1 << attempt), number, what, attempt + 1});
    }
    ++arrived_;
    Frame frame = queue_.size() < kQueue ? rig_.fresh() : Frame();
    if (!frame) {
      ++lost_;
      return;
    }
    const Peer& peer = clients_[number].numbers;
    if (what == What::syn) {
      rig_.write_syn(frame, number, kDiscard, peer.seq);
    } else if (what == What::request) {
      rig_.write_segment(frame, number, peer, kDiscard, 100, kPsh);
    } else {
      rig_.write_segment(frame, number, peer, kDiscard, 0, kFin);
    }
    queue_.push_back(std::move(frame));
  }

  // One round of the worker; false when there was nothing to do.
  bool step() {
    Burst burst;
    while (!burst.full() && !queue_.empty()) {
      burst.push(std::move(queue_.front()));
      queue_.pop_front();
    }
    const std::uint32_t received = burst.size();
    Pipeline& pipeline = rig_.pipeline();
    TxBuffer& out = pipeline.sender().buffer(0);
    const std::uint64_t begin = __rdtsc();
    if (refuses_) {
      pipeline.pressure().advance(Tick(now_));
      Pressure& pressure = pipeline.pressure();
      if (pressure.wants_sounding(0)) pressure.sounded(0, queue_.size() + received >= kQueue / 2);
      pressure.saw(0, received);
    }
    pipeline.process(burst, now_);
    (void)pipeline.expire(now_);
    pipeline.transmit(now_);
    const std::uint64_t cycles = __rdtsc() - begin;
    const bool worked = received != 0 || !out.empty();
    if (worked) {
      if (now_ >= start_ + kWarmUp) busy_ += cycles;
      now_ = now_ +
             Duration(static_cast<std::int64_t>(static_cast<double>(cycles) / kHertz * 1e9) + 1);
    }
    while (!out.empty()) {
      for (Frame& frame : out.front()) {
        react(rig_.read_sent(frame));
        frame.reset();
      }
      out.pop(static_cast<std::uint32_t>(out.front().size()));
    }
    return worked;
  }
  void react(const Rig::Left& said) {
    Client& client = clients_.at(said.peer);
    if ((said.flags & kSyn) != 0 && client.stage == Stage::opening) {
      client.stage = Stage::asking;
      client.numbers = {1001, said.seq + 1};
      events_.push({now_ + kRoundTrip, said.peer, What::request, 0});
    } else if (said.text != 0 && client.stage == Stage::asking) {
      client.stage = Stage::answered;
      if (now_ >= start_ + kWarmUp)
        times_.push_back(
            std::chrono::duration<double, std::milli>(now_ + kRoundTrip / 2 - client.begun)
                .count());
      client.numbers = {1101, said.seq + said.text + 1};
      events_.push({now_ + kRoundTrip, said.peer, What::fin, 0});
    } else if (said.text != 0 && client.stage == Stage::answered) {
      events_.push({now_ + kRoundTrip, said.peer, What::fin, 0});  // the first was lost
    }
  }

  Outcome outcome() {
    const double seconds = std::chrono::duration<double>(length_ - kWarmUp).count();
    Outcome o;
    o.offered = 1e9 / static_cast<double>(interval_.count());
    o.good = static_cast<double>(times_.size()) / seconds;
    o.refused = static_cast<double>(rig_.counters().dropped[index(Drop::tcp_overload)].get()) /
                static_cast<double>(arrived_);
    o.lost = static_cast<double>(lost_) / static_cast<double>(arrived_);
    std::ranges::sort(times_);
    if (!times_.empty()) o.slow_ms = times_[times_.size() * 99 / 100];
    o.busy =
        static_cast<double>(busy_) / static_cast<double>(std::max<std::size_t>(1, times_.size()));
    return o;
  }

  Rig rig_;
  Duration interval_;
  bool refuses_;
  Duration length_;
  Instant start_{1h}, now_ = start_, next_client_ = start_;
  std::deque<Client> clients_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::deque<Frame> queue_;
  std::vector<double> times_;
  std::uint64_t arrived_ = 0, lost_ = 0, busy_ = 0;
};

void print(const char* how, double load, const Outcome& o, double peak) {
  std::printf(
      "%-8s %4.1f x  offered %8.0f/s  served %8.0f/s  %3.0f %% of the peak  p99 %7.1f ms  refused "
      "%4.1f %%  "
      "lost %4.1f %%\n",
      how, load, o.offered, o.good, 100 * o.good / peak, o.slow_ms, 100 * o.refused, 100 * o.lost);
}

int run(const std::string& json, bool quick) {
  const Duration length = quick ? 2s : 5s;
  // The capacity: what a connection costs when there are few.
  const double cost = World(10'000, false, 1500ms).run().busy;
  const double capacity = kHertz / cost;
  std::printf("a connection costs %.0f cycles, %llu of them the handler's: %.0f a second\n", cost,
              static_cast<unsigned long long>(kHandlerCycles), capacity);
  const std::vector<double> loads{0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0};
  std::string rows;
  for (const bool refuses : {true, false}) {
    std::vector<Outcome> all;
    for (const double load : loads) all.push_back(World(capacity * load, refuses, length).run());
    double peak = 0;
    for (const Outcome& o : all) peak = std::max(peak, o.good);
    for (std::size_t i = 0; i < loads.size(); ++i) {
      const Outcome& o = all[i];
      print(refuses ? "refusing" : "without", loads[i], o, peak);
      char row[320];
      std::snprintf(row, sizeof row,
                    "%s{\"refuses\": %s, \"load\": %.2f, \"offered\": %.0f, \"good\": %.0f, "
                    "\"of_peak\": %.4f, "
                    "\"p99_ms\": %.2f, \"refused\": %.4f, \"lost\": %.4f}",
                    rows.empty() ? "" : ",\n  ", refuses ? "true" : "false", loads[i], o.offered,
                    o.good, o.good / peak, o.slow_ms, o.refused, o.lost);
      rows += row;
    }
  }
  if (json.empty()) return 0;
  std::ofstream(json) << "[" << rows << "]\n";
  return 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  std::string json;
  bool quick = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      quick = true;
    } else if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
      json = argv[++i];
    } else {
      std::fputs("usage: overload [--json FILE] [--quick]\n", stderr);
      return 2;
    }
  }
  return weir::bench::run(json, quick);
}
