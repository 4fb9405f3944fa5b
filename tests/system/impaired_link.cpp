// A bad cable between two interfaces of this machine: seeded loss, duplication, reordering, delay
// and damage (src/port/fault_injector.hpp), for kernels without netem.
//   impaired-link IFACE IFACE SEED [KEY=VALUE]...
// Keys: loss, duplicate, reorder, corrupt, outage (0 to 1), delay, jitter, reorder_by, outage_for
// (milliseconds); both directions have the same. Runs until SIGTERM, then prints what it did, a
// line a direction.
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "frame/memory_pool.hpp"
#include "port/fault_injector.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kFrames = 20'000;    // under way in both directions together
constexpr std::uint16_t kEtherAll = 0x0300;  // ETH_P_ALL in network order

volatile std::sig_atomic_t stop = 0;

Instant clock_now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// Whole frames of one interface, its own left out.
int open_interface(const char* name) {
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, kEtherAll);
  if (fd < 0) fail("socket");
  constexpr int kBuffer = 32 << 20, kOn = 1;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kBuffer, sizeof kBuffer);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &kBuffer, sizeof kBuffer);
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &kOn, sizeof kOn) != 0) fail(name);
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = kEtherAll;
  at.sll_ifindex = static_cast<int>(if_nametoindex(name));
  if (at.sll_ifindex == 0 || bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) fail(name);
  packet_mreq all{};
  all.mr_ifindex = at.sll_ifindex;
  all.mr_type = PACKET_MR_PROMISC;
  setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
  return fd;
}

Duration milliseconds(double ms) { return Duration(static_cast<std::int64_t>(ms * 1e6)); }

void read_fault(const std::string& word, Faults& faults) {
  const auto equals = word.find('=');
  const std::string key = word.substr(0, equals);
  if (equals == std::string::npos) throw std::runtime_error("no KEY=VALUE: " + word);
  const double value = std::stod(word.substr(equals + 1));
  if (key == "loss") {
    faults.loss = value;
  } else if (key == "duplicate") {
    faults.duplicate = value;
  } else if (key == "reorder") {
    faults.reorder = value;
  } else if (key == "corrupt") {
    faults.corrupt = value;
  } else if (key == "delay") {
    faults.delay = milliseconds(value);
  } else if (key == "jitter") {
    faults.jitter = milliseconds(value);
  } else if (key == "outage") {
    faults.outage = value;
  } else if (key == "outage_for") {
    faults.outage_for = milliseconds(value);
  } else if (key == "reorder_by") {
    faults.reorder_by = milliseconds(value);
  } else {
    throw std::runtime_error("unknown key " + key);
  }
}

void receive(int fd, FaultLine& line, MemoryPool& pool, Instant now) {
  std::array<std::uint8_t, 2304> bytes;
  for (int i = 0; i < 64; ++i) {
    const ssize_t n = recv(fd, bytes.data(), bytes.size(), 0);
    if (n <= 0) return;
    if (Frame frame = pool.make({bytes.data(), static_cast<std::size_t>(n)}); frame) {
      line.put(std::move(frame), now);
    }
  }
}

void deliver(FaultLine& line, int fd, Instant now) {
  for (Frame frame = line.take(now); frame; frame = line.take(now)) {
    (void)send(fd, frame.bytes().data(), frame.size(),
               0);  // a full interface loses it: one more fault
  }
}

timespec patience(const std::array<FaultLine, 2>& lines, Instant now) {
  Duration wait = 20ms;
  for (const FaultLine& line : lines) {
    if (const auto next = line.next()) wait = std::min(wait, std::max(*next - now, Duration{0}));
  }
  return {0, static_cast<long>(wait.count())};
}

void report(const char* way, const FaultLine& line) {
  const FaultLine::Counts& c = line.counts();
  std::printf("%s passed %llu lost %llu duplicated %llu reordered %llu corrupted %llu\n", way,
              static_cast<unsigned long long>(c.passed), static_cast<unsigned long long>(c.lost),
              static_cast<unsigned long long>(c.duplicated),
              static_cast<unsigned long long>(c.reordered),
              static_cast<unsigned long long>(c.corrupted));
}

int run(int argc, char** argv) {
  if (argc < 4) throw std::runtime_error("usage: impaired-link IFACE IFACE SEED [KEY=VALUE]...");
  Faults faults;
  for (int i = 4; i < argc; ++i) read_fault(argv[i], faults);
  const std::uint64_t seed = std::stoull(argv[3]);
  MemoryPool pool(kFrames);
  const std::array<int, 2> fds{open_interface(argv[1]), open_interface(argv[2])};
  std::array<FaultLine, 2> lines{FaultLine(faults, seed * 2), FaultLine(faults, seed * 2 + 1)};
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { stop = 1; });
  while (stop == 0) {
    std::array<pollfd, 2> ready{pollfd{fds[0], POLLIN, 0}, pollfd{fds[1], POLLIN, 0}};
    const timespec wait = patience(lines, clock_now());
    (void)ppoll(ready.data(), ready.size(), &wait, nullptr);
    const Instant now = clock_now();
    for (unsigned way = 0; way < 2; ++way) {
      receive(fds[way], lines[way], pool, now);
      deliver(lines[way], fds[1 - way], now);
    }
  }
  report("there", lines[0]);
  report("back", lines[1]);
  for (const int fd : fds) close(fd);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  try {
    return weir::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "impaired-link: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
