// How far apart two CPUs are: cycles for a cache line to go to the other one and back. On a shared
// host this changes from minute to minute, and every figure between two processes with it.
//   c2c CPU CPU
#include <pthread.h>
#include <sched.h>
#include <x86intrin.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

// Many short parts: where a poller shares the CPU, most of them are free of it.
constexpr unsigned kRounds = 200'000, kParts = 2000;

void pin(int cpu) {  // or say so and end
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0) return;
  std::fprintf(stderr, "c2c: cannot run on CPU %d\n", cpu);
  std::exit(1);
}

struct alignas(64) Line {
  std::atomic<std::uint32_t> ball{0};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: c2c CPU CPU\n", stderr);
    return 2;
  }
  Line line;
  std::thread other([&] {
    pin(std::atoi(argv[2]));
    for (std::uint32_t i = 1; i < 2 * kRounds; i += 2) {
      while (line.ball.load(std::memory_order_acquire) != i) _mm_pause();
      line.ball.store(i + 1, std::memory_order_release);
    }
  });
  pin(std::atoi(argv[1]));
  std::vector<double> parts;
  std::uint64_t begin = __rdtsc();
  for (std::uint32_t i = 0; i < 2 * kRounds; i += 2) {
    line.ball.store(i + 1, std::memory_order_release);
    while (line.ball.load(std::memory_order_acquire) != i + 2) _mm_pause();
    if ((i / 2 + 1) % (kRounds / kParts) == 0) {
      const std::uint64_t now = __rdtsc();
      parts.push_back(static_cast<double>(now - begin) / (kRounds / kParts));
      begin = now;
    }
  }
  other.join();
  std::ranges::sort(parts);
  std::printf("%.0f\n", parts[parts.size() / 2]);
  return 0;
}
