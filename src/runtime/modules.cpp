// Names, and shared objects by dlopen.
#include "runtime/modules.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <utility>

#include "pipeline/counters.hpp"

namespace weir {
namespace {

Result<const Module*> load(const std::string& path) {
  void* const object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) return Error{std::string(dlerror())};
  const auto entry = reinterpret_cast<ModuleEntry>(dlsym(object, "weir_module"));
  if (entry == nullptr) {
    return Error{path + " is a shared object without WEIR_MODULE(…): no module of Weir"};
  }
  const Module* const module = entry(kModuleAbi);
  if (module == nullptr)
    return Error{path + " was built for another version of Weir: build it anew"};
  return module;
}

// So that they can be labels of metrics.
bool are_names(const std::vector<std::string>& counters) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return counters.size() <= kMostServiceCounters &&
         std::all_of(counters.begin(), counters.end(), [&](const std::string& name) {
           return !name.empty() && name.find_first_not_of(kLetters) == std::string::npos;
         });
}

Result<const Module*> checked(const std::string& which, const Module* module) {
  if (!module->make) return Error{"module " + which + " makes nothing"};
  if (!are_names(module->counters)) {
    return Error{"module " + which +
                 " has counters that cannot be named so; accepted: 16 at most, of a-z, 0-9 and _"};
  }
  return module;
}

}  // namespace

void Modules::add(std::string name, Module module) {
  named_.insert_or_assign(std::move(name), std::move(module));
}

Result<const Module*> Modules::find(const std::string& which) {
  if (which.find('/') == std::string::npos) {
    const auto named = named_.find(which);
    if (named != named_.end()) return checked(which, &named->second);
    std::string names;
    for (const auto& [name, module] : named_) names += name + ", ";
    return Error{"module = '" + which + "' is not known; accepted: " + names +
                 "the path of a shared object"};
  }
  const auto before = loaded_.find(which);
  if (before != loaded_.end()) return before->second;
  auto found = load(which);
  if (found) found = checked(which, found.value());
  if (found) loaded_[which] = found.value();
  return found;
}

}  // namespace weir
