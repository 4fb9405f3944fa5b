// weir: from the command line to a running engine, and back to an exit code.
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "app/announce.hpp"
#include "app/engine_adapter.hpp"
#include "app/options.hpp"
#include "control/commands.hpp"
#include "control/config_loader.hpp"
#include "control/log.hpp"
#include "control/server_loop.hpp"

namespace weir {
namespace {

constexpr int kBadCommandLine = 2;  // systemd shows it as INVALIDARGUMENT

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

ConfigSources sources_of(const Options& options) {
  ConfigSources sources;
  sources.file = options.demo ? "demo" : options.config_file;
  if (options.demo) sources.text = std::string(demo_config_text());
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::string_view(*variable).starts_with("WEIR_")) {
      sources.environment.emplace_back(*variable);
    }
  }
  sources.overrides = options.overrides;
  return sources;
}

LogLevel level_of(EalLogLevel level) {
  switch (level) {
    case EalLogLevel::debug:
      return LogLevel::debug;
    case EalLogLevel::info:
      return LogLevel::info;
    case EalLogLevel::warn:
      return LogLevel::warn;
    case EalLogLevel::error:
      break;
  }
  return LogLevel::error;
}

int fail(std::string_view message, int exit_code) {
  std::cerr << "weir: " << message << '\n';
  return exit_code;
}

ControlFacts facts_of(const Options& options, const LoadedConfig& loaded) {
  return {WEIR_VERSION, WEIR_DPDK_VERSION, options.demo ? "demo" : options.config_file,
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

// Serves until a signal comes, then stops the workers and looks at their sums.
int serve(Engine& engine, const ControlSocket& socket, StopSignals& signals, ControlFacts facts,
          Log& log) {
  EngineAdapter view(engine);
  Commands commands(view, std::move(facts));
  ControlServer server(socket,
                       [&commands](std::string_view line) { return commands.execute(line); });
  log.info("ready: weirctl -S " + socket.path() + " status");
  run_control(server, signals,
              {[&] {
                 engine.housekeeping();
                 for (const std::string& notice : engine.take_notices()) log.warn(notice);
               },
               [&commands] { commands.every_second(); }});
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
  // Declared first, freed last: the next daemon must not begin before our ports are closed.
  auto socket = ControlSocket::open(config.control);
  if (!socket) return fail(socket.error().message, socket.error().exit_code);
  StopSignals signals;
  auto engine = Engine::start(config, [&log](EalLogLevel level, std::string_view line) {
    log.write(level_of(level), "eal", line);
  });
  if (!engine) return fail(engine.error().message, engine.error().exit_code);
  announce(EngineAdapter(**engine), options, log);
  return serve(**engine, *socket, signals, facts_of(options, loaded), log);
}

int run(const std::vector<std::string>& arguments) {
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
