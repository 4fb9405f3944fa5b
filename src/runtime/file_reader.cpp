// A loop that looks a while for more before it sleeps: who asks all the time rings no bell.
#include "runtime/file_reader.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>

namespace weir {
namespace {

// Looks without work before it sleeps, and the pauses between them, which grow: for a tenth of a
// second nobody has to wake it.
constexpr unsigned kPatience = 200;
constexpr long kShortestPauseNs = 50'000, kLongestPauseNs = 500'000, kPauseGrowsNs = 5'000;
constexpr int kForEver = -1;

}  // namespace

void FileReader::start() {
  thread_ = std::thread([this] {
    prctl(PR_SET_NAME, "weir-reader");
    loop();
  });
}

void FileReader::stop() {
  if (!thread_.joinable()) return;
  stop_.store(true, std::memory_order_release);
  wake();
  thread_.join();
}

void FileReader::loop() noexcept {
  unsigned idle = 0;
  while (!stop_.load(std::memory_order_acquire)) {
    if (read_some()) {
      idle = 0;
    } else if (++idle <= kPatience) {
      const timespec pause{0, std::min(kLongestPauseNs, kShortestPauseNs + idle * kPauseGrowsNs)};
      nanosleep(&pause, nullptr);
    } else {
      wait();
    }
  }
}

bool FileReader::read_some() noexcept {
  bool some = false;
  for (const Attended& attended : lanes_) {
    ChunkRead read;
    if (!attended.lane->asked.pop(read)) continue;
    some = true;
    const bool good = read.file->read(read.offset, read.into);
    figures_.reads.add();
    if (good) figures_.bytes.add(read.into.size());
    if (!good) figures_.failures.add();
    (void)attended.lane->done.push({read.chunk, good});
    if (attended.bell != nullptr) attended.bell->ring();
  }
  return some;
}

void FileReader::wait() noexcept {
  bell_.listen();
  // What was asked for before listen() was heard is found here.
  if (!stop_.load(std::memory_order_acquire) && !read_some()) {
    pollfd rung{bell_.fd(), POLLIN, 0};
    (void)poll(&rung, 1, kForEver);
  }
  bell_.stop_listening();
}

}  // namespace weir
