// weirctl: asks a running weir. It knows nothing of DPDK and needs no root.
#include <csignal>
#include <iostream>

#include "ctl/run.hpp"

int main(int argc, char** argv) {
  // A pager or head that was left early ends the program quietly, as it does every other tool.
  std::signal(SIGPIPE, SIG_DFL);
  const int code = weir::ctl::run({argv + 1, argv + argc}, weir::ctl::surroundings_of_process(),
                                  std::cout, std::cerr);
  return std::cout.flush() ? code : 1;
}
