// The commands of the control socket: from a request's line to its reply.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "control/engine_view.hpp"
#include "control/histograms.hpp"
#include "control/json.hpp"
#include "control/log.hpp"
#include "control/reloader.hpp"
#include "control/server_client.hpp"
#include "control/stats_sampler.hpp"

namespace weir {

inline constexpr int kControlProtocol = 1;  ///< "v" of a request

class ExpectedEcho;    // control/ping_stream.hpp
struct KeptRecording;  // control/recording_stream.hpp

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
  Log& log;
  StatsSampler sampler;
  RecentTimes times;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  /// The text of /metrics, of this moment; set by who has it.
  std::function<std::string()> metrics_text = [] { return std::string(); };
  /// Services began or ceased to drain: who shows that has to be told at once.
  std::function<void()> drain_changed = [] {};
  Reloader* reloader = nullptr;  ///< of a daemon with a configuration to read again

  std::weak_ptr<const ExpectedEcho> echo{};  ///< of the ping that runs
  /// What was taken from the flight recorders last; null before.
  std::shared_ptr<KeptRecording> recording{};

  /// Reads the configuration again, and says in the log what came of it. There is a reloader.
  Reloader::Outcome reload(const Reloader::Wish& wish);
  /// Facts follow the configuration in force.
  void took_config();

  [[nodiscard]] double uptime_seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }
};

class Commands {
 public:
  /// `engine` and `log` outlive it.
  Commands(EngineView& engine, ControlFacts facts, Log& log);

  /// `line` is {"v":1,"cmd":NAME,"args":{…}}; whatever it is, there is a reply.
  [[nodiscard]] Reply execute(std::string_view line);
  /// Once a second: takes a sample for the rates and publishes the status page's numbers.
  void every_second();

  /// Where the metrics command takes its text from; the control thread calls it.
  void set_metrics(std::function<std::string()> text) { state_.metrics_text = std::move(text); }
  /// Called when services have begun or ceased to drain.
  void set_drain_changed(std::function<void()> told) { state_.drain_changed = std::move(told); }
  /// What `reload` is done by; outlives it.
  void set_reloader(Reloader& reloader) noexcept { state_.reloader = &reloader; }
  /// As the command without options: for SIGHUP.
  void reload() { (void)state_.reload({}); }

  [[nodiscard]] const ControlState& state() const noexcept { return state_; }
  /// The status page's numbers, as last published; null before the first second.
  [[nodiscard]] std::shared_ptr<const std::string> status() const noexcept { return status_; }

 private:
  ControlState state_;
  std::shared_ptr<const std::string> status_;
};

}  // namespace weir
