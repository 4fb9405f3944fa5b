// weirctl: asks a running weir. It knows nothing of DPDK and needs no root.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "ctl/run.hpp"

int main(int argc, char** argv) {
  // A pager that was left early ends the program quietly, as it does every other tool.
  std::signal(SIGPIPE, SIG_DFL);
  weir::ctl::Surroundings surroundings;
  const char* socket = std::getenv("WEIR_SOCKET");
  if (socket != nullptr && *socket != '\0') surroundings.socket = socket;
  const char* no_color = std::getenv("NO_COLOR");
  surroundings.terminal = isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
  const int code = weir::ctl::run({argv + 1, argv + argc}, surroundings, std::cout, std::cerr);
  return std::cout.flush() ? code : 1;
}
