// One object a service and worker.
#include "runtime/services.hpp"

#include <algorithm>
#include <exception>
#include <new>

#include "service/chargen.hpp"
#include "service/daytime.hpp"
#include "service/discard.hpp"
#include "service/echo.hpp"
#include "service/hold.hpp"
#include "service/http/http_service.hpp"
#include "service/respond.hpp"

namespace weir {

std::string to_string(Handler handler) {
  switch (handler) {
    case Handler::echo:
      return "echo";
    case Handler::discard:
      return "discard";
    case Handler::chargen:
      return "chargen";
    case Handler::daytime:
      return "daytime";
    case Handler::hold:
      return "hold";
    case Handler::http:
      return "http";
    case Handler::respond:
      return "respond";
    case Handler::module:
      return "module";
  }
  return "unknown";
}

namespace {

HttpContentSettings content_settings(const ServiceConfig& service, const ContentMeans& means) {
  HttpContentSettings settings;
  settings.root = service.root;
  settings.status = service.status;
  settings.limit_bytes = service.cache;
  settings.reads_ahead = means.reads_ahead;
  settings.memory = means.memory;
  return settings;
}

Error of_service(const ServiceConfig& service, const Error& error) {
  return {"[service " + service.name + "] " + error.message};
}

}  // namespace

Result<bool> check_content(const std::vector<ServiceConfig>& services, bool reads_ahead) {
  for (const ServiceConfig& service : services) {
    if (service.handler != Handler::http) continue;
    const auto checked = HttpContent::check(content_settings(service, {{}, reads_ahead}));
    if (!checked) return of_service(service, checked.error());
  }
  return true;
}

Result<std::shared_ptr<const HttpContent>> load_content(const ServiceConfig& service,
                                                        const ContentMeans& means) {
  if (service.handler != Handler::http) return std::shared_ptr<const HttpContent>();
  auto content = HttpContent::load(content_settings(service, means));
  if (!content) return of_service(service, content.error());
  return std::move(content).value();
}

bool serves_files(const std::vector<ServiceConfig>& services) {
  return std::any_of(services.begin(), services.end(), [](const ServiceConfig& service) {
    return service.handler == Handler::http && !service.root.empty();
  });
}

ServiceObjects make_service(const ServiceConfig& service, const WorkerMeans& means,
                            std::shared_ptr<const HttpContent> content) {
  switch (service.handler) {
    case Handler::echo:
      return {std::make_unique<EchoService>(), std::make_unique<EchoDatagrams>()};
    case Handler::discard:
      return {std::make_unique<DiscardService>(), std::make_unique<DiscardDatagrams>()};
    case Handler::chargen:
      return {std::make_unique<ChargenService>(), nullptr};
    case Handler::daytime:
      return {std::make_unique<DaytimeService>(means.clock), nullptr};
    case Handler::hold:
      return {std::make_unique<HoldService>(), nullptr};
    case Handler::http: {
      HttpSettings settings;
      settings.header_timeout = service.header_timeout;
      return {std::make_unique<HttpService>(settings, means.clock, std::move(content),
                                            means.read_ahead),
              nullptr};
    }
    case Handler::module:
      break;  // make_module
    case Handler::respond: {
      const RespondSettings settings{service.size, service.close == RespondClose::after_reply};
      return {std::make_unique<RespondService>(settings),
              std::make_unique<RespondDatagrams>(settings)};
    }
  }
  return {};
}

namespace {

bool listens_by(const ServiceConfig& service, Transport transport) {
  return std::any_of(service.listen.begin(), service.listen.end(),
                     [&](const ListenConfig& listen) { return listen.transport == transport; });
}

// A module says by what it makes what it speaks.
Result<bool> check_speech(const ServiceConfig& service, const Services& made) {
  const bool tcp = listens_by(service, Transport::tcp), udp = listens_by(service, Transport::udp);
  if (tcp && !made.tcp)
    return of_service(service, {"its module makes nothing for TCP, as listen asks"});
  if (udp && !made.udp)
    return of_service(service, {"its module makes nothing for UDP, as listen asks"});
  return true;
}

}  // namespace

Result<ServiceObjects> ServiceMaker::make(const ServiceConfig& service,
                                          std::shared_ptr<const HttpContent> content) const try {
  if (service.handler != Handler::module) return make_service(service, means, std::move(content));
  const auto module = modules.find(service.module);
  if (!module) return of_service(service, module.error());
  auto stand = std::make_unique<ServiceStand>(worker, workers);
  Services made = module.value()->make({service.name, service.argument, *stand});
  if (auto speaks = check_speech(service, made); !speaks) return speaks.error();
  ServiceObjects objects{std::move(made.tcp), std::move(made.udp)};
  objects.stand = std::move(stand);
  return objects;
} catch (const std::bad_alloc&) {
  throw;
} catch (const std::exception& e) {
  return of_service(service, {"its module says: " + std::string(e.what())});
}

Result<std::vector<ServiceObjects>> ServiceMaker::make_all(const Config& config,
                                                           const HttpContents& contents) const {
  std::vector<ServiceObjects> all;
  for (std::size_t i = 0; i < config.services.size(); ++i) {
    auto made = make(config.services[i], contents[i]);
    if (!made) return made.error();
    all.push_back(std::move(made).value());
  }
  return all;
}

Result<bool> know_modules(Config& config, Modules& modules) {
  for (ServiceConfig& service : config.services) {
    if (service.handler != Handler::module) continue;
    const auto module = modules.find(service.module);
    if (!module) return of_service(service, module.error());
    service.counters = module.value()->counters;
  }
  return true;
}

}  // namespace weir
