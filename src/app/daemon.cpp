// Start, serve, stop: the order in which things come and go.
#include "app/daemon.hpp"

#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "app/announce.hpp"
#include "app/engine_adapter.hpp"
#include "app/start_log.hpp"
#include "control/commands.hpp"
#include "control/health_watch.hpp"
#include "control/log.hpp"
#include "control/privileges.hpp"
#include "control/readiness.hpp"
#include "control/reloader.hpp"
#include "control/server_loop.hpp"
#include "control/service_manager.hpp"
#include "control/watchdog.hpp"
#include "doctor/report.hpp"
#include "metrics/answer.hpp"
#include "metrics/metrics.hpp"
#include "runtime/actor.hpp"

namespace weir {
namespace {

ControlFacts facts_of(const ConfigSources& sources, const LoadedConfig& loaded) {
  return {WEIR_VERSION, WEIR_DPDK_VERSION,
          sources.text ? sources.file : std::filesystem::absolute(sources.file).string(),
          dump_effective(loaded), std::chrono::system_clock::now()};
}

void greet(const EngineView& engine, const Options& options, Log& log) {
  for (const std::string& warning : engine.warnings()) {
    log.write(LogEvent::start_warning, {}, warning);
  }
  if (options.demo) {
    std::cout << demo_announcement(engine, WEIR_VERSION) << std::flush;
  } else {
    announce(engine, log);
  }
}

void listen(Metrics& metrics, const MetricsConfig& config, Log& log) {
  if (!config.listen) return;
  const auto listening = metrics.listen(*config.listen);
  if (listening) {
    const std::string place = to_string(config.listen->address, config.listen->port);
    log.write(LogEvent::metrics_ready, {{"url", "http://" + place + "/metrics"}});
  } else {
    log.write(
        LogEvent::metrics_failed, {},
        listening.error().message + "; Weir works without it, or with another [metrics] listen");
  }
}

LogEvent event_of(EngineNotice::Kind kind) {
  switch (kind) {
    case EngineNotice::Kind::address_duplicate:
      return LogEvent::address_duplicate;
    case EngineNotice::Kind::file_failed:
      return LogEvent::file_failed;
    case EngineNotice::Kind::files_skipped:
      return LogEvent::files_skipped;
    case EngineNotice::Kind::reload_incomplete:
      break;
  }
  return LogEvent::reload_incomplete;
}

void tell(const EngineNotice& notice, Log& log) {
  log.write(event_of(notice.kind), {}, notice.message);
}

std::string status_of(const EngineView& engine) {
  const std::string why = why_not_ready(engine);
  return why.empty() ? "serving" : why;
}

Instant now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

int stop(Engine& engine, Log& log) {
  const auto stopped = engine.stop();
  say_farewell(EngineAdapter(engine), log);
  if (stopped) return EXIT_SUCCESS;
  log.write(LogEvent::stop_failed, {}, stopped.error().message + "; please report this");
  return EX_SOFTWARE;
}

// Serves until a signal comes, then stops the workers and looks at their sums.
int serve(Engine& engine, const ControlSocket& socket, StopSignals& signals, Reloader& reloader,
          ControlFacts facts, const DaemonExtras& extras, ServiceManager& manager, Log& log) {
  EngineAdapter view(engine);
  Commands commands(view, std::move(facts), log);
  commands.set_reloader(reloader);
  Metrics metrics(view, commands.state().facts,
                  {[&log] { return log.counts(); }, [&reloader] { return reloader.differs(); },
                   [&reloader] { return reloader.last_was_good(); },
                   [&commands] { return commands.status(); }});
  commands.set_metrics([&metrics] { return metrics.text(); });
  // A load balancer must not send anybody for another second.
  commands.set_drain_changed([&metrics] { metrics.every_second(); });
  engine.when_busy([&](bool begins) {
    constexpr Duration kBusyPatience = 5min;
    begins ? manager.long_work(kBusyPatience) : manager.work_over();
    metrics.excuse_until(std::chrono::steady_clock::now() +
                         (begins ? kBusyPatience : Duration(kControlPatience)));
  });
  listen(metrics, reloader.running().config.metrics, log);
  ControlServer server(socket,
                       [&commands](std::string_view line) { return commands.execute(line); });
  HealthWatch health(view, log);
  Watchdog watchdog(view, manager, log, now());
  log.write(LogEvent::ready, {{"socket", socket.path()}});
  manager.ready(status_of(view));
  if (extras.started) extras.started(engine);
  const int signal = run_control(server, signals,
                                 {[&] {
                                    engine.housekeeping();
                                    for (const EngineNotice& notice : engine.take_notices())
                                      tell(notice, log);
                                    (void)watchdog.turn(now());
                                  },
                                  [&] {
                                    commands.every_second();
                                    metrics.every_second();
                                    health.every_second();
                                    log.settle(now());
                                    if (watchdog.fed()) manager.status(status_of(view));
                                  },
                                  [&commands] { commands.reload(); }});
  if (extras.stops) extras.stops();
  manager.stopping();
  log.write(LogEvent::stopping, {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  metrics.stop_listening();  // what it would say of workers that end is not true any more
  return stop(engine, log);
}

// The ports are open: what is left to do can be done by anybody.
bool give_up_root(const std::optional<User>& user, const ControlSocket& socket, Log& log) {
  if (!user) return true;
  socket.give_to(user->id);
  if (const auto done = become(*user); !done) {
    fail(done.error().message, EX_NOPERM);
    return false;
  }
  log.write(LogEvent::user_changed, {{"user", user->name}, {"uid", user->id}});
  return true;
}

void take_options(const Options& options, Config& config, Log& log) {
  config.dpdk.eal_args.insert(config.dpdk.eal_args.end(), options.eal_args.begin(),
                              options.eal_args.end());
  for (const std::string& argument : config.dpdk.eal_args) {
    log.write(LogEvent::eal_argument, {{"argument", argument}});
  }
}

}  // namespace

ConfigSources sources_of(const std::string& file, const std::vector<std::string>& overrides) {
  ConfigSources sources;
  sources.file = file;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::string_view(*variable).starts_with("WEIR_")) {
      sources.environment.emplace_back(*variable);
    }
  }
  sources.overrides = overrides;
  return sources;
}

ConfigSources sources_of(const Options& options) {
  ConfigSources sources =
      sources_of(options.demo ? "demo" : options.config_file, options.overrides);
  if (options.demo) sources.text = std::string(demo_config_text());
  return sources;
}

int fail(std::string_view message, int exit_code) {
  std::cerr << "weir: " << message << '\n';
  return exit_code;
}

int run_daemon(const Options& options, const ConfigSources& sources, LoadedConfig loaded,
               const DaemonExtras& extras) {
  constexpr Duration kStartStep = 10s, kStartPatience = 30s;
  Config& config = loaded.config;
  if (options.verbose > 0) config.log.level = LogLevel::debug;
  Log log(config.log);
  take_options(options, config, log);
  const auto diagnoses = doctor::examine({doctor::Environment(), config});
  if (const int code = doctor::exit_code(diagnoses); code != 0) {
    std::cerr << "weir: cannot start:\n" << doctor::failures_text(diagnoses);
    return code;
  }
  const auto user = user_named(config.control.user);
  if (!user) return fail(user.error().message, geteuid() == 0 ? EX_CONFIG : EX_NOPERM);
  // Declared first, freed last: the next daemon must not begin before our ports are closed.
  auto socket = ControlSocket::open(config.control);
  if (!socket) return fail(socket.error().message, socket.error().exit_code);
  StopSignals signals;
  ServiceManager manager;
  const ControlFacts facts = facts_of(sources, loaded);
  StartLog eal_log(log, options.verbose == 0);
  auto extender = std::make_unique<StartExtender>(manager, kStartStep, kStartPatience);
  EngineAdditions additions;
  additions.modules = extras.modules;
  auto engine = Engine::start(
      config, [&eal_log](EalLogLevel level, std::string_view line) { eal_log.take(level, line); },
      additions);
  extender.reset();
  if (!engine) return fail(engine.error().message, engine.error().exit_code);
  log.write(LogEvent::started, {{"version", WEIR_VERSION},
                                {"dpdk", WEIR_DPDK_VERSION},
                                {"config", facts.config_file},
                                {"pid", getpid()}});
  eal_log.release();
  if (!give_up_root(user.value(), *socket, log)) return EX_NOPERM;
  greet(EngineAdapter(**engine), options, log);
  Reloader reloader(sources, std::move(loaded), [&](const Config& wanted) {
    const auto done = (*engine)->reload(wanted, [&] { manager.reloading(); });
    if (!done) return done;
    if (options.verbose == 0) log.follow(reloader.running().config.log, wanted.log);
    manager.reloaded();
    return done;
  });
  return serve(**engine, *socket, signals, reloader, facts, extras, manager, log);
}

}  // namespace weir
