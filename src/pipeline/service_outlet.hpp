// The way out of a UDP service, for the length of one call into it.
#pragma once

#include "pipeline/pipeline.hpp"

namespace weir {

class Pipeline::ServiceOutlet final : public UdpOutlet {
 public:
  ServiceOutlet(Pipeline& pipeline, std::uint16_t service)
      : pipeline_(pipeline), service_(service) {}
  bool send(const UdpPath& path, std::span<const std::uint8_t> text) noexcept override;
  void set_timeout(Duration delay) noexcept override;
  [[nodiscard]] Instant now() const noexcept override { return pipeline_.ctx_.now; }

 private:
  Pipeline& pipeline_;
  std::uint16_t service_;
};

}  // namespace weir
