// Prints weir.conf(5), for the build.
#include <iostream>

#include "control/config_manual.hpp"

int main() {
  std::cout << weir::config_manual();
  return std::cout.flush() ? 0 : 1;
}
