// One object a service and worker.
#include "runtime/services.hpp"

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
  }
  return "unknown";
}

namespace {

HttpContentSettings content_settings(const ServiceConfig& service,
                                     const MakeTransmitMemory& memory) {
  HttpContentSettings settings;
  settings.root = service.root;
  settings.status = service.status;
  settings.limit_bytes = service.cache;
  settings.memory = memory;
  return settings;
}

Error of_service(const ServiceConfig& service, const Error& error) {
  return {"[service " + service.name + "] " + error.message};
}

}  // namespace

Result<bool> check_content(const std::vector<ServiceConfig>& services) {
  for (const ServiceConfig& service : services) {
    if (service.handler != Handler::http) continue;
    const auto checked = HttpContent::check(content_settings(service, {}));
    if (!checked) return of_service(service, checked.error());
  }
  return true;
}

Result<std::shared_ptr<const HttpContent>> load_content(const ServiceConfig& service,
                                                        const MakeTransmitMemory& memory) {
  if (service.handler != Handler::http) return std::shared_ptr<const HttpContent>();
  auto content = HttpContent::load(content_settings(service, memory));
  if (!content) return of_service(service, content.error());
  return std::move(content).value();
}

ServiceObjects make_service(const ServiceConfig& service, const WallClock& clock,
                            std::shared_ptr<const HttpContent> content) {
  switch (service.handler) {
    case Handler::echo:
      return {std::make_unique<EchoService>(), std::make_unique<EchoDatagrams>()};
    case Handler::discard:
      return {std::make_unique<DiscardService>(), std::make_unique<DiscardDatagrams>()};
    case Handler::chargen:
      return {std::make_unique<ChargenService>(), nullptr};
    case Handler::daytime:
      return {std::make_unique<DaytimeService>(clock), nullptr};
    case Handler::hold:
      return {std::make_unique<HoldService>(), nullptr};
    case Handler::http: {
      HttpSettings settings;
      settings.header_timeout = service.header_timeout;
      return {std::make_unique<HttpService>(settings, clock, std::move(content)), nullptr};
    }
    case Handler::respond: {
      const RespondSettings settings{service.size, service.close == RespondClose::after_reply};
      return {std::make_unique<RespondService>(settings),
              std::make_unique<RespondDatagrams>(settings)};
    }
  }
  return {};
}

std::vector<ServiceObjects> make_services(const Config& config, const WallClock& clock,
                                          const HttpContents& contents) {
  std::vector<ServiceObjects> services;
  for (std::size_t i = 0; i < config.services.size(); ++i) {
    services.push_back(make_service(config.services[i], clock, contents[i]));
  }
  return services;
}

}  // namespace weir
