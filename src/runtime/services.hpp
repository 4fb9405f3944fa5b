// From a service's configuration to the objects behind it on each worker.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "control/config.hpp"
#include "pipeline/pipeline.hpp"
#include "service/http/http_content.hpp"
#include "service/wall_clock.hpp"

namespace weir {

[[nodiscard]] std::string to_string(Handler handler);

/// The content of each HTTP service, by service number; loaded once and shared by all workers.
using HttpContents = std::vector<std::shared_ptr<const HttpContent>>;
/// Whether the files of all of them are there and fit, without reading them.
[[nodiscard]] Result<bool> check_content(const std::vector<ServiceConfig>& services);
/// Reads a service's files; null for a service that is not HTTP.
[[nodiscard]] Result<std::shared_ptr<const HttpContent>> load_content(
    const ServiceConfig& service, const MakeTransmitMemory& memory = {});

/// One worker's objects of one service. `clock` outlives them.
[[nodiscard]] ServiceObjects make_service(const ServiceConfig& service, const WallClock& clock,
                                          std::shared_ptr<const HttpContent> content);
/// One worker's objects, in the order of the configuration's services. `clock` outlives them.
[[nodiscard]] std::vector<ServiceObjects> make_services(const Config& config,
                                                        const WallClock& clock,
                                                        const HttpContents& contents);

}  // namespace weir
