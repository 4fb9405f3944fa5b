// Weir in a program of one's own: ports, workers, weirctl, metrics and the services that it adds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/message.hpp"
#include "weir/module.hpp"

namespace weir {

/// One per process, since DPDK is. The configuration is that of `weir`: a file, a text, and single
/// keys, of which the last has the last word. Nothing happens before run().
///
///   weir::Server server;
///   server.read_file("/etc/weir/weir.conf");
///   server.add_module("greeter", {.make = make_greeter});
///   server.add_service("greeter", "greeter", {":2000/tcp"});
///   return server.run();
class Server {
 public:
  Server();
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The file, as `weir -c`; read by run() and by each reload. Replaces a text.
  void read_file(std::string path);
  /// The text of such a file. Replaces a file.
  void read_text(std::string text);
  /// One key, as `weir --set`: "tcp.msl=1s", "port.lan.device=net_tap0", "service.web.root=/srv".
  void set(std::string key_and_value);

  /// What `handler = module` with `module = name` is made by. `name` has no '/'.
  void add_module(std::string name, Module module);
  /// A service in code: [service name] with handler = module, that module and a `listen` for each
  /// place. Other keys of it can be set().
  void add_service(const std::string& name, const std::string& module,
                   const std::vector<std::string>& listen);

  /// Called by the control thread when connections are taken; send() works from then on.
  void on_ready(std::function<void()> call);

  /// Starts, serves until SIGINT, SIGTERM or stop(), and stops: connections are reset. What is
  /// wrong is written to standard error; the result is the exit code of `weir` (0; 78
  /// configuration; 69, 75, 77 something that is missing, in use or forbidden; 70 an error of
  /// Weir). Once only, from the main thread, before which no other thread exists that takes
  /// signals.
  [[nodiscard]] int run();

  // Any thread, while run() runs.

  void stop() noexcept;
  /// How many workers there are; 0 before on_ready.
  [[nodiscard]] std::uint16_t workers() const noexcept;
  /// Has the service's on_message called on that worker, within about a millisecond. False when
  /// 511 messages wait there, or it is not the time.
  [[nodiscard]] bool send(std::uint16_t worker, std::string_view service,
                          const Message& message) noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir
