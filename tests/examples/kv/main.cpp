// The key-value server as a program. Configuration: a file, as for weir, without services.
#include <iostream>

#include "service.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: kv FILE\n";
    return 2;
  }
  weir::Server server;
  server.read_file(argv[1]);
  server.add_module("kv", kv::module());
  server.add_service("kv", "kv", {":6379/tcp"});
  return server.run();
}
