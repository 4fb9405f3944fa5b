// Services that are not Weir's own: by the names that a program gave them, or out of shared
// objects.
#pragma once

#include <map>
#include <string>

#include "base/result.hpp"
#include "weir/module.hpp"

namespace weir {

/// Control thread only. What was found stays.
class Modules {
 public:
  void add(std::string name, Module module);
  /// By its name, or, of a path (it has a '/'), what the shared object there exports, which is
  /// loaded once and never unloaded. The error is a sentence.
  [[nodiscard]] Result<const Module*> find(const std::string& which);

 private:
  std::map<std::string, Module> named_;
  std::map<std::string, const Module*> loaded_;
};

}  // namespace weir
