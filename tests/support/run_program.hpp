// A program's output, for tests that need a real one: bash, mandoc, tar.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace weir {

struct ProgramOutcome {
  int code;
  std::string out;
};

/// `command` is a line for sh(1).
inline ProgramOutcome run_program(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  std::string out;
  std::array<char, 4096> bytes;
  for (std::size_t n; (n = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;) {
    out.append(bytes.data(), n);
  }
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out};
}

}  // namespace weir
