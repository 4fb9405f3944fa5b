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

Result<std::shared_ptr<const HttpContent>> load_content(const ServiceConfig& service) {
  if (service.handler != Handler::http) return std::shared_ptr<const HttpContent>();
  HttpContentSettings settings;
  settings.root = service.root;
  settings.status = service.status;
  auto content = HttpContent::load(settings);
  if (!content) return Error{"[service " + service.name + "] " + content.error().message};
  return std::move(content).value();
}

std::vector<ServiceObjects> make_services(const Config& config, const WallClock& clock,
                                          const HttpContents& contents) {
  std::vector<ServiceObjects> services;
  for (std::size_t i = 0; i < config.services.size(); ++i) {
    const ServiceConfig& service = config.services[i];
    ServiceObjects objects;
    switch (service.handler) {
      case Handler::echo:
        objects = {std::make_unique<EchoService>(), std::make_unique<EchoDatagrams>()};
        break;
      case Handler::discard:
        objects = {std::make_unique<DiscardService>(), std::make_unique<DiscardDatagrams>()};
        break;
      case Handler::chargen:
        objects.tcp = std::make_unique<ChargenService>();
        break;
      case Handler::daytime:
        objects.tcp = std::make_unique<DaytimeService>(clock);
        break;
      case Handler::hold:
        objects.tcp = std::make_unique<HoldService>();
        break;
      case Handler::http: {
        HttpSettings settings;
        settings.header_timeout = service.header_timeout;
        objects.tcp = std::make_unique<HttpService>(settings, clock, contents[i]);
        break;
      }
      case Handler::respond: {
        const RespondSettings settings{service.size, service.close == RespondClose::after_reply};
        objects = {std::make_unique<RespondService>(settings),
                   std::make_unique<RespondDatagrams>(settings)};
        break;
      }
    }
    services.push_back(std::move(objects));
  }
  return services;
}

}  // namespace weir
