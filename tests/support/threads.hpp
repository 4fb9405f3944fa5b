// The threads of this process, as the kernel lists them.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

namespace weir::test {

using ThreadIds = std::set<std::string>;

inline ThreadIds threads() {
  ThreadIds ids;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    ids.insert(task.path().filename());
  }
  return ids;
}

/// What to compare with later. With the first thread a sanitizer makes one of its own, so there has
/// been one.
inline ThreadIds threads_so_far() {
  std::thread([] {}).join();
  return threads();
}

/// Those that are not among `before`, as soon as they are so many, or after much patience: one that
/// was joined is listed for a moment longer.
inline ThreadIds threads_since(const ThreadIds& before, std::size_t count) {
  constexpr unsigned kPatience = 20'000;
  for (unsigned i = 0;; ++i) {
    ThreadIds since = threads();
    for (const std::string& id : before) since.erase(id);
    if (since.size() == count || i == kPatience) return since;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace weir::test
