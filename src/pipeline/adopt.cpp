// From one snapshot to the next, between two rounds.
#include <utility>

#include "pipeline/pipeline.hpp"
#include "pipeline/snapshot_tables.hpp"

namespace weir {

Adoption::Adoption(std::shared_ptr<const Snapshot> next, std::vector<ServiceObjects> fresh,
                   WorkerCounters& counters)
    : snapshot(std::move(next)),
      services(std::move(fresh)),
      listener_ports(ports_of_listeners(*snapshot)),
      fast_opens(fast_open_places(*snapshot)) {
  services.resize(snapshot->services.size());
  counters.make_histograms(snapshot->services.size());
}

void Pipeline::adopt(Adoption& next) noexcept {
  const Snapshot& last = *snapshot_;
  snapshot_ = next.snapshot.get();
  sender_.use(*snapshot_);
  tcp_settings_ = snapshot_->tcp;
  ctx_.listeners = &snapshot_->listeners;
  own_.learn(snapshot_->ports);
  last_listener_.fill(kNoListener);
  flight_.forget();
  limits_.set(snapshot_->rst_limit, snapshot_->icmp_limit);
  for (std::uint16_t i = 0; i < services_.size(); ++i) {
    if (snapshot_->services[i].name != last.services[i].name) {
      counters_.services[i].begin_anew();
      counters_.of_service(i).begin_anew();
    }
    if (next.services[i].tcp || next.services[i].udp) continue;
    std::swap(next.services[i], services_[i]);
    std::swap(next.fast_opens[i], fast_opens_[i]);
  }
  services_.swap(next.services);
  bind_stands();
  if (udp_due_) udp_due_ = ctx_.tick();  // whose timer it was may be gone
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const ServiceLimits& limits = snapshot_->services[i];
    if (services_[i].tcp) services_[i].tcp->on_drain(limits.draining || limits.retired);
  }
  fast_opens_.swap(next.fast_opens);
  settle_ports(next.listener_ports, listener_ports_);
  listener_ports_.swap(next.listener_ports);
}

}  // namespace weir
