// What the configuration's tests share: loading a text, and files that vanish with the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "control/config_loader.hpp"

namespace weir::test {

/// A port and a service, to which a test adds what it is about.
inline const std::string kPort =
    "[port p0]\ndevice = net_tap0\naddress = 192.0.2.1/24\naddress = 2001:db8::1/64\n";
inline const std::string kService = "[service web]\nhandler = http\nlisten = :80/tcp\n";

inline LoadedConfig load_text(const std::string& text, std::vector<std::string> environment = {},
                              std::vector<std::string> overrides = {}) {
  return load_config({"weir.conf", text, std::move(environment), std::move(overrides)});
}

/// Loads `text` below kPort and kService; it starts at line 8.
inline LoadedConfig load_more(const std::string& text) {
  return load_text(kPort + kService + text);
}

/// "8: message" of each problem, or "message" where there is no line.
inline std::vector<std::string> complaints(const LoadedConfig& loaded) {
  std::vector<std::string> out;
  for (const ConfigProblem& p : loaded.problems) {
    out.push_back(p.line == 0 ? p.file + ": " + p.message
                              : std::to_string(p.line) + ": " + p.message);
  }
  return out;
}

/// A directory of its own, removed with everything in it.
class Directory {
 public:
  Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-config-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string write(const std::string& name, const std::string& text) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// A file of the source tree.
inline std::string source_file(const std::string& name) {
  std::ifstream in(std::filesystem::path(WEIR_SOURCE_ROOT) / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace weir::test
