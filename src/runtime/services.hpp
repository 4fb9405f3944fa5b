// From a service's configuration to the objects behind it on each worker.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "control/config.hpp"
#include "pipeline/pipeline.hpp"
#include "runtime/modules.hpp"
#include "service/http/http_content.hpp"
#include "service/http/read_ahead.hpp"
#include "service/wall_clock.hpp"

namespace weir {

[[nodiscard]] std::string to_string(Handler handler);

/// The content of each HTTP service, by service number; loaded once and shared by all workers.
using HttpContents = std::vector<std::shared_ptr<const HttpContent>>;
/// What there is for files.
struct ContentMeans {
  MakeTransmitMemory memory;  ///< where ports can read them; empty when no port could
  bool reads_ahead = false;   ///< those that do not fit are read ahead
};
/// Whether the files of all of them are there and fit, without reading them.
[[nodiscard]] Result<bool> check_content(const std::vector<ServiceConfig>& services,
                                         bool reads_ahead);
/// Reads a service's files; null for a service that is not HTTP.
[[nodiscard]] Result<std::shared_ptr<const HttpContent>> load_content(const ServiceConfig& service,
                                                                      const ContentMeans& means);
/// Whether one of them serves files, which may be read ahead.
[[nodiscard]] bool serves_files(const std::vector<ServiceConfig>& services);

/// What one worker's objects are made with; all of it outlives them.
struct WorkerMeans {
  const WallClock& clock;
  ReadAhead* read_ahead = nullptr;  ///< the worker's, if there is any
};
/// One worker's objects of one service of Weir's own; none of a module.
[[nodiscard]] ServiceObjects make_service(const ServiceConfig& service, const WorkerMeans& means,
                                          std::shared_ptr<const HttpContent> content);

/// Who makes objects for one worker.
struct ServiceMaker {
  WorkerMeans means;
  Modules& modules;
  std::uint16_t worker = 0, workers = 1;

  /// The error is a sentence that names the service.
  [[nodiscard]] Result<ServiceObjects> make(const ServiceConfig& service,
                                            std::shared_ptr<const HttpContent> content) const;
  /// In the order of the configuration's services.
  [[nodiscard]] Result<std::vector<ServiceObjects>> make_all(const Config& config,
                                                             const HttpContents& contents) const;
};

/// Finds the modules of all services that are one, and what they count.
[[nodiscard]] Result<bool> know_modules(Config& config, Modules& modules);

}  // namespace weir
