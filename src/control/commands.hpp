// The commands of the control socket: from a request's line to its reply.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "control/engine_view.hpp"
#include "control/json.hpp"
#include "control/server_client.hpp"
#include "control/stats_sampler.hpp"

namespace weir {

inline constexpr int kControlProtocol = 1;  ///< "v" of a request

/// What the daemon knows about itself.
struct ControlFacts {
  std::string version, dpdk_version;
  std::string config_file;
  std::string config_text;  ///< as `weir -T` prints it
  std::chrono::system_clock::time_point loaded_at;
};

/// What every command works on. Control's thread.
struct ControlState {
  EngineView& engine;
  ControlFacts facts;
  StatsSampler sampler;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

  [[nodiscard]] double uptime_seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }
};

class Commands {
 public:
  Commands(EngineView& engine, ControlFacts facts);

  /// `line` is {"v":1,"cmd":NAME,"args":{…}}; whatever it is, there is a reply.
  [[nodiscard]] Reply execute(std::string_view line);
  /// Once a second: takes a sample for the rates and publishes the status page's numbers.
  void every_second();

  [[nodiscard]] const ControlState& state() const noexcept { return state_; }

 private:
  ControlState state_;
};

}  // namespace weir
