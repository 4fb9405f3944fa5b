// A program's server is the daemon with other sources and with modules.
#include "weir/server.hpp"

#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include <exception>
#include <iostream>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "app/daemon.hpp"
#include "control/config_loader.hpp"
#include "runtime/engine.hpp"

namespace weir {

struct Server::Parts {
  ConfigSources sources;
  DaemonExtras extras;
  std::function<void()> ready;
  mutable std::shared_mutex lock;
  Engine* engine = nullptr;  // while it runs; under the lock

  void know(Engine* running) {
    const std::unique_lock mine(lock);
    engine = running;
  }
};

Server::Server() : parts_(std::make_unique<Parts>()) {}
Server::~Server() = default;

void Server::read_file(std::string path) {
  parts_->sources.file = std::move(path);
  parts_->sources.text.reset();
}

void Server::read_text(std::string text) {
  parts_->sources.file = "program";
  parts_->sources.text = std::move(text);
}

void Server::set(std::string key_and_value) {
  parts_->sources.overrides.push_back(std::move(key_and_value));
}

void Server::add_module(std::string name, Module module) {
  parts_->extras.modules.add(std::move(name), std::move(module));
}

void Server::add_service(const std::string& name, const std::string& module,
                         const std::vector<std::string>& listen) {
  const std::string section = "service." + name + ".";
  set(section + "handler=module");
  set(section + "module=" + module);
  for (const std::string& place : listen) set(section + "listen=" + place);
}

void Server::on_ready(std::function<void()> call) { parts_->ready = std::move(call); }

int Server::run() try {
  Parts& parts = *parts_;
  if (parts.sources.file.empty()) read_text("");
  LoadedConfig loaded = load_config(parts.sources);
  if (!loaded.ok()) {
    std::cerr << problem_report(loaded);
    return EX_CONFIG;
  }
  parts.extras.started = [&parts](Engine& engine) {
    parts.know(&engine);
    if (parts.ready) parts.ready();
  };
  parts.extras.stops = [&parts] { parts.know(nullptr); };
  Options options;
  options.config_file = parts.sources.file;
  return run_daemon(options, parts.sources, std::move(loaded), parts.extras);
} catch (const std::exception& error) {
  return fail("internal error: " + std::string(error.what()) + "; please report this", EX_SOFTWARE);
}

// The control thread waits for signals.
void Server::stop() noexcept { (void)kill(getpid(), SIGTERM); }

std::uint16_t Server::workers() const noexcept {
  const std::shared_lock mine(parts_->lock);
  return parts_->engine == nullptr ? std::uint16_t{0} : parts_->engine->worker_count();
}

bool Server::send(std::uint16_t worker, std::string_view service, const Message& message) noexcept {
  const std::shared_lock mine(parts_->lock);
  return parts_->engine != nullptr && parts_->engine->send(worker, service, message);
}

}  // namespace weir
