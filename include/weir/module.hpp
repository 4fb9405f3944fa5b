// How a service of one's own comes into being: by a factory that a program or a shared object
// names.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/service_host.hpp"
#include "weir/tcp.hpp"
#include "weir/udp.hpp"

namespace weir {

/// The objects of a service on one worker; either may be absent.
struct Services {
  std::unique_ptr<TcpService> tcp;
  std::unique_ptr<UdpService> udp;
};

/// For whom a service's objects are made.
struct ServiceOrder {
  std::string_view name;      ///< NAME of [service NAME]; the view ends with the call
  std::string_view argument;  ///< `argument =` of it; likewise
  /// The objects' worker. It outlives them, and is to be used in their events alone.
  ServiceHost& host;
};

/// What a program calls Server::add_module with, or a shared object exports by WEIR_MODULE.
struct Module {
  /// Called once for each worker, by the control thread, when Weir starts and when a reload changes
  /// the service; all calls but those for a reload come before the first event. An exception
  /// refuses the start or the reload: its what() is told to the operator.
  std::function<Services(const ServiceOrder&)> make;
  /// Names of what the service counts by ServiceHost::count, 16 at most, of a-z, 0-9 and _; they
  /// stand in `weirctl services` and, as weir_service_events_total, in the metrics.
  std::vector<std::string> counters{};
};

/// What a shared object exports: it was made for the same include/weir as the Weir that loads it.
inline constexpr unsigned kModuleAbi = 1;
using ModuleEntry = const Module* (*)(unsigned abi);

}  // namespace weir

/// Makes a shared object a module: `WEIR_MODULE(make_my_module())`, once in it.
#define WEIR_MODULE(...)                                                             \
  extern "C" __attribute__((visibility("default"))) const weir::Module* weir_module( \
      unsigned abi) {                                                                \
    static const weir::Module module = __VA_ARGS__;                                  \
    return abi == weir::kModuleAbi ? &module : nullptr;                              \
  }
