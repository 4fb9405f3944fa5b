// weir: from the command line to a running engine, and back to an exit code.
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>

#include "app/announce.hpp"
#include "app/doctor_options.hpp"
#include "app/engine_adapter.hpp"
#include "app/options.hpp"
#include "app/start_log.hpp"
#include "control/commands.hpp"
#include "control/config_loader.hpp"
#include "control/log.hpp"
#include "control/reloader.hpp"
#include "control/server_loop.hpp"
#include "doctor/command.hpp"
#include "doctor/report.hpp"
#include "metrics/metrics.hpp"

namespace weir {
namespace {

constexpr int kBadCommandLine = 2;  // systemd shows it as INVALIDARGUMENT

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

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

ControlFacts facts_of(const Options& options, const LoadedConfig& loaded) {
  return {WEIR_VERSION, WEIR_DPDK_VERSION,
          options.demo ? "demo" : std::filesystem::absolute(options.config_file).string(),
          dump_effective(loaded), std::chrono::system_clock::now()};
}

void announce(const EngineView& engine, const Options& options, Log& log) {
  for (const std::string& warning : engine.warnings()) log.warn(warning);
  if (options.demo) {
    std::cout << demo_announcement(engine, WEIR_VERSION) << std::flush;
    return;
  }
  for (const std::string& line : announcement(engine)) log.info(line);
}

void listen(Metrics& metrics, const MetricsConfig& config, Log& log) {
  if (!config.listen) return;
  const auto listening = metrics.listen(*config.listen);
  if (listening) {
    log.info("metrics: http://" + to_string(config.listen->address, config.listen->port) +
             "/metrics");
  } else {
    log.warn(listening.error().message + "; Weir works without it");
  }
}

// Serves until a signal comes, then stops the workers and looks at their sums.
int serve(Engine& engine, const ControlSocket& socket, StopSignals& signals, Reloader& reloader,
          ControlFacts facts, Log& log) {
  EngineAdapter view(engine);
  Commands commands(view, std::move(facts), log);
  commands.set_reloader(reloader);
  Metrics metrics(view, commands.state().facts,
                  {[&log] { return log.counts(); }, [&reloader] { return reloader.differs(); },
                   [&reloader] { return reloader.last_was_good(); },
                   [&commands] { return commands.status(); }});
  commands.set_metrics([&metrics] { return metrics.text(); });
  listen(metrics, reloader.running().config.metrics, log);
  ControlServer server(socket,
                       [&commands](std::string_view line) { return commands.execute(line); });
  log.info("ready: weirctl -S " + socket.path() + " status");
  run_control(server, signals,
              {[&] {
                 engine.housekeeping();
                 for (const std::string& notice : engine.take_notices()) log.warn(notice);
               },
               [&] {
                 commands.every_second();
                 metrics.every_second();
               },
               [&commands] { commands.reload(); }});
  metrics.stop_listening();  // what it would say of workers that end is not true any more
  const auto stopped = engine.stop();
  log.info(farewell(view));
  if (stopped) return EXIT_SUCCESS;
  log.error(stopped.error().message + "; please report this");
  return EX_SOFTWARE;
}

int run_daemon(const Options& options, LoadedConfig loaded) {
  Config& config = loaded.config;
  if (options.verbose > 0) config.log.level = LogLevel::debug;
  Log log(config.log);
  config.dpdk.eal_args.insert(config.dpdk.eal_args.end(), options.eal_args.begin(),
                              options.eal_args.end());
  for (const std::string& argument : config.dpdk.eal_args) {
    log.warn("EAL argument " + argument + ": unsupported, passed on as it is");
  }
  const auto diagnoses = doctor::examine({doctor::Environment(), config});
  if (const int code = doctor::exit_code(diagnoses); code != 0) {
    std::cerr << "weir: cannot start:\n" << doctor::failures_text(diagnoses);
    return code;
  }
  // Declared first, freed last: the next daemon must not begin before our ports are closed.
  auto socket = ControlSocket::open(config.control);
  if (!socket) return fail(socket.error().message, socket.error().exit_code);
  StopSignals signals;
  StartLog eal_log(log, options.verbose == 0);
  auto engine = Engine::start(
      config, [&eal_log](EalLogLevel level, std::string_view line) { eal_log.take(level, line); });
  if (!engine) return fail(engine.error().message, engine.error().exit_code);
  eal_log.release();
  announce(EngineAdapter(**engine), options, log);
  const ControlFacts facts = facts_of(options, loaded);
  Reloader reloader(sources_of(options), std::move(loaded), [&](const Config& wanted) {
    const auto done = (*engine)->reload(wanted);
    if (done && options.verbose == 0) (void)log.set_levels(to_string(wanted.log.level));
    return done;
  });
  return serve(**engine, *socket, signals, reloader, facts, log);
}

int run_doctor(const std::vector<std::string>& arguments) {
  const auto parsed = parse_doctor_options(arguments, environment("WEIR_CONFIG"));
  if (!parsed) return fail(parsed.error().message + "\nTry 'weir doctor -h'.", kBadCommandLine);
  const DoctorOptions& options = parsed.value();
  if (options.help) {
    std::cout << doctor_usage_text();
    return EXIT_SUCCESS;
  }
  // Who has just installed weir has no configuration yet; the machine can be looked at all the
  // same.
  if (!options.config_named && access(options.config_file.c_str(), F_OK) != 0) {
    std::cerr << "weir: there is no " << options.config_file << ": only the machine is examined\n";
    return doctor::run(options.request, {doctor::Environment(), Config{}}, std::cout, std::cerr);
  }
  const LoadedConfig loaded = load_config(sources_of(options.config_file, options.overrides));
  if (!loaded.ok()) {
    std::cerr << problem_report(loaded);
    return EX_CONFIG;
  }
  return doctor::run(options.request, {doctor::Environment(), loaded.config}, std::cout, std::cerr);
}

int run(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments.front() == "doctor") {
    return run_doctor({arguments.begin() + 1, arguments.end()});
  }
  const auto options = parse_options(arguments, environment("WEIR_CONFIG"));
  if (!options) return fail(options.error().message + "\nTry 'weir -h'.", kBadCommandLine);
  if (options.value().help) {
    std::cout << usage_text();
    return EXIT_SUCCESS;
  }
  if (options.value().version) {
    std::cout << "weir " WEIR_VERSION " (DPDK " WEIR_DPDK_VERSION ")\n";
    return EXIT_SUCCESS;
  }
  LoadedConfig loaded = load_config(sources_of(options.value()));
  if (!loaded.ok()) {
    std::cerr << problem_report(loaded);
    return EX_CONFIG;
  }
  if (options.value().dump) std::cout << dump_effective(loaded);
  if (options.value().test && !options.value().dump) std::cout << "ok\n";
  if (options.value().test || options.value().dump) return EXIT_SUCCESS;
  return run_daemon(options.value(), std::move(loaded));
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  // Before anything that a vector instruction could be part of: a sentence beats SIGILL.
  if (__builtin_cpu_supports("sse4.2") == 0) {
    std::fputs("weir: this build needs SSE4.2; this CPU has none\n", stderr);
    return EX_UNAVAILABLE;
  }
  try {
    return weir::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "weir: internal error: " << error.what() << "; please report this\n";
    return EX_SOFTWARE;
  }
}
