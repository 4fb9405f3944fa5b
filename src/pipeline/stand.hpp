// What a service stands on: the public face of its worker's pipeline.
#pragma once

#include <cstdint>

#include "weir/service_host.hpp"

namespace weir {

class Pipeline;

/// Made before the pipeline, since a service's objects are; bound to it before the first event. A
/// service keeps its stand when a reload leaves the service as it is.
class ServiceStand final : public ServiceHost {
 public:
  ServiceStand(std::uint16_t worker, std::uint16_t workers) noexcept
      : worker_(worker), workers_(workers) {}
  /// `pipeline` and the service's number there.
  void bind(Pipeline& pipeline, std::uint16_t service) noexcept {
    pipeline_ = &pipeline;
    service_ = service;
  }

  [[nodiscard]] std::uint16_t worker() const noexcept override { return worker_; }
  [[nodiscard]] std::uint16_t workers() const noexcept override { return workers_; }
  [[nodiscard]] Instant now() const noexcept override;
  ConnectionId connect(const Address& remote, std::uint16_t remote_port,
                       std::uint32_t word) noexcept override;
  void wake(ConnectionId id) noexcept override;
  using ServiceHost::count;
  void count(std::size_t which, std::uint64_t n) noexcept override;

 private:
  std::uint16_t worker_, workers_, service_ = 0;
  std::uint32_t next_place_ = 0;  // the client port that has its turn
  Pipeline* pipeline_ = nullptr;
};

}  // namespace weir
