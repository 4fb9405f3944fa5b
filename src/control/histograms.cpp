#include "control/histograms.hpp"

#include <algorithm>
#include <map>

namespace weir {
namespace {

constexpr HistogramKind kKinds[] = {
    {"loop", "ns", &WorkerCounters::loop, nullptr},
    {"rx_tx", "ns", &WorkerCounters::rx_tx, nullptr},
    {"rx_burst", "frames", &WorkerCounters::rx_burst, nullptr},
    {"handshake", "ns", nullptr, &ServiceHistograms::handshake},
    {"rtt", "ns", nullptr, &ServiceHistograms::rtt},
    {"request", "ns", nullptr, &ServiceHistograms::request},
};

std::vector<std::size_t> services_with_tcp(const Snapshot& snapshot) {
  std::vector<std::size_t> numbers;
  const std::size_t count = std::min(snapshot.services.size(), kMaxServices);
  for (const Listener& listener : snapshot.listeners.all()) {
    if (listener.transport == Transport::tcp && listener.service < count) {
      numbers.push_back(listener.service);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

void add_service(HistogramReading& to, const EngineView& engine, std::size_t service,
                 Histogram ServiceHistograms::*which) {
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) {
    const auto& of_service = engine.counters(w).histograms[service];
    if (of_service) to.add((*of_service).*which);
  }
}

void read_workers(const EngineView& engine, const HistogramKind& kind, bool by_worker,
                  std::vector<NamedHistogram>& out) {
  if (!by_worker) out.push_back({&kind, "", std::nullopt, {}});
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) {
    if (by_worker) out.push_back({&kind, "", w, {}});
    out.back().reading.add(engine.counters(w).*kind.of_worker);
  }
}

void read_services(const EngineView& engine, const HistogramKind& kind,
                   std::vector<NamedHistogram>& out) {
  std::map<std::string_view, std::size_t> places;
  for (const std::size_t service : services_with_tcp(engine.snapshot())) {
    const std::string& name = engine.snapshot().services[service].name;
    const auto [place, is_new] = places.try_emplace(name, out.size());
    if (is_new) out.push_back({&kind, name, std::nullopt, {}});
    add_service(out[place->second].reading, engine, service, kind.of_service);
  }
}

HistogramReading sum_of_workers(const EngineView& engine, Histogram WorkerCounters::*which) {
  HistogramReading sum;
  for (std::uint16_t w = 0; w < engine.worker_count(); ++w) sum.add(engine.counters(w).*which);
  return sum;
}

HistogramReading sum_of_services(const EngineView& engine, Histogram ServiceHistograms::*which) {
  HistogramReading sum;
  for (std::size_t i = 0; i < kMaxServices; ++i) add_service(sum, engine, i, which);
  return sum;
}

}  // namespace

std::span<const HistogramKind> histogram_kinds() noexcept { return kKinds; }

std::vector<NamedHistogram> read_histograms(const EngineView& engine, std::string_view name,
                                            bool by_worker) {
  std::vector<NamedHistogram> out;
  for (const HistogramKind& kind : histogram_kinds()) {
    if (!name.empty() && kind.name != name) continue;
    if (kind.of_worker != nullptr) {
      read_workers(engine, kind, by_worker, out);
    } else {
      read_services(engine, kind, out);
    }
  }
  return out;
}

TimesReading TimesReading::since(const TimesReading& before) const {
  return {handshake.since(before.handshake), request.since(before.request),
          rx_tx.since(before.rx_tx), loop.since(before.loop)};
}

void RecentTimes::sample(const EngineView& engine) {
  samples_.push_back({sum_of_services(engine, &ServiceHistograms::handshake),
                      sum_of_services(engine, &ServiceHistograms::request),
                      sum_of_workers(engine, &WorkerCounters::rx_tx),
                      sum_of_workers(engine, &WorkerCounters::loop)});
  if (samples_.size() > kSeconds + 1) samples_.pop_front();
}

TimesReading RecentTimes::recent() const {
  if (samples_.empty()) return {};
  const bool since_start = samples_.size() <= kSeconds;
  return since_start ? samples_.back() : samples_.back().since(samples_.front());
}

}  // namespace weir
