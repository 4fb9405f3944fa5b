// weir: from the command line to what it asks for, and back to an exit code.
#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "app/daemon.hpp"
#include "app/doctor_options.hpp"
#include "app/options.hpp"
#include "app/replay.hpp"
#include "control/config_loader.hpp"
#include "control/privileges.hpp"
#include "doctor/command.hpp"
#include "doctor/report.hpp"

namespace weir {
namespace {

constexpr int kBadCommandLine = 2;  // systemd shows it as INVALIDARGUMENT

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// A file that is opened while one of these is closed would get its number, and our log with it.
void have_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) < 0) (void)open("/dev/null", O_RDWR);
  }
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
  // same, and a running weir asked where it is by default.
  const bool has_file = options.config_named || access(options.config_file.c_str(), F_OK) == 0;
  LoadedConfig loaded;
  if (has_file && options.socket.empty()) {
    loaded = load_config(sources_of(options.config_file, options.overrides));
    if (!loaded.ok()) {
      std::cerr << problem_report(loaded);
      return EX_CONFIG;
    }
  }
  const Config& config = loaded.config;
  if (options.live) {
    const std::string& socket = options.socket.empty() ? config.control.socket : options.socket;
    return doctor::run_live(options.request, socket, std::cout, std::cerr);
  }
  if (!has_file) {
    std::cerr << "weir: there is no " << options.config_file << ": only the machine is examined\n";
  }
  return doctor::run(options.request, {doctor::Environment(), config}, std::cout, std::cerr);
}

/// Who has just installed weir and types its name.
bool has_nothing_to_read(const Options& options) {
  return !options.demo && !options.config_named && access(options.config_file.c_str(), F_OK) != 0;
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
  if (!options.value().replay.empty()) {
    return run_replay(options.value().replay, options.value().json);
  }
  if (has_nothing_to_read(options.value())) {
    return fail("there is no " + options.value().config_file +
                    "; accepted: another file (weir -c FILE, weirctl config check FILE), or weir "
                    "--demo for a trial without a NIC",
                EX_CONFIG);
  }
  const ConfigSources sources = sources_of(options.value());
  LoadedConfig loaded = load_config(sources);
  if (!loaded.ok()) {
    std::cerr << problem_report(loaded);
    return EX_CONFIG;
  }
  if (options.value().dump) std::cout << dump_effective(loaded);
  if (options.value().test && !options.value().dump) std::cout << "ok\n";
  if (options.value().test || options.value().dump) return EXIT_SUCCESS;
  return run_daemon(options.value(), sources, std::move(loaded));
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
    weir::have_standard_streams();
    weir::use_permitted_capabilities();
    return weir::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "weir: internal error: " << error.what() << "; please report this\n";
    return EX_SOFTWARE;
  }
}
