// Connections that services open, and what they ask of their worker.
#include "pipeline/stand.hpp"

#include <algorithm>

#include "pipeline/pipeline.hpp"
#include "pipeline/service_outlet.hpp"

namespace weir {

Instant ServiceStand::now() const noexcept { return pipeline_->ctx_.now; }

// By turns, so that a port rests for as long as it can before it is used again. Of W workers each
// W-th port brings the answers here.
ConnectionId ServiceStand::connect(const Address& remote, std::uint16_t remote_port,
                                   std::uint32_t word) noexcept {
  constexpr std::size_t kMostTries = 1024;
  if (!pipeline_->services_[service_].tcp) return kNoConnection;
  const auto& places = pipeline_->snapshot_->services[service_].client_places;
  for (std::size_t tries = std::min(places.size(), kMostTries); tries != 0; --tries) {
    if (next_place_ >= places.size()) next_place_ = 0;
    const std::uint16_t local = places[next_place_++];
    if (pipeline_->snapshot_->listeners[local].address.is_v4() != remote.is_v4()) continue;
    if (!pipeline_->owns(local, remote, remote_port)) continue;
    const FlowId id = pipeline_->connect(local, remote, remote_port, now(), word);
    if (id != kNoFlow) return ConnectionId{id};
  }
  return kNoConnection;
}

void ServiceStand::wake(ConnectionId id) noexcept {
  const auto flow = static_cast<FlowId>(id);
  if (flow >= pipeline_->flows_.high_water()) return;
  if (pipeline_->service_of(pipeline_->flows_[flow]) == service_) pipeline_->woken_.push(flow);
}

void ServiceStand::count(std::size_t which, std::uint64_t n) noexcept {
  auto& own = pipeline_->counters_.services[service_].own;
  if (which < own.size()) own[which].add(n);
}

void Pipeline::bind_stands() noexcept {
  for (std::uint16_t i = 0; i < services_.size(); ++i) {
    if (services_[i].stand) services_[i].stand->bind(*this, i);
  }
}

void Pipeline::deliver(std::uint16_t service, const Message& message, Instant now) noexcept {
  ctx_.now = now;
  sender_.set_now(now);
  if (service >= services_.size()) return;
  if (TcpService* const tcp = services_[service].tcp.get()) tcp->on_message(message);
  if (UdpService* const udp = services_[service].udp.get()) {
    ServiceOutlet outlet(*this, service);
    udp->on_message(message, outlet);
  }
}

}  // namespace weir
