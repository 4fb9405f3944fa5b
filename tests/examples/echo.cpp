// Echo in twenty lines. Configuration: a file, as for weir, without services.
#include <weir/weir.hpp>

namespace {

struct Echo final : weir::TcpService {
  std::size_t on_text(weir::Connection& connection, weir::Text& text) noexcept override {
    return connection.send_text(text);
  }
  void on_sent(weir::Connection& connection) noexcept override { connection.resume(); }
};

}  // namespace

int main(int argc, char** argv) {
  weir::Server server;
  if (argc > 1) server.read_file(argv[1]);
  server.add_module("echo", {.make = [](const weir::ServiceOrder&) {
                      return weir::Services{std::make_unique<Echo>(), nullptr};
                    }});
  server.add_service("echo", "echo", {":7/tcp"});
  return server.run();
}
