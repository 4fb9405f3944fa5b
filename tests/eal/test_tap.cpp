// A tap in a network namespace of our own: frames to and from the kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "dpdk/frame_wait.hpp"
#include "eal/environment.hpp"
#include "runtime/doorbell.hpp"

namespace weir::test {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::uint16_t kEtherType = 0x88b5;

/// The kernel's side of an interface.
class PacketSocket {
 public:
  explicit PacketSocket(const std::string& interface)
      : fd_(socket(AF_PACKET, SOCK_RAW, htons(kEtherType))) {
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    ioctl(fd_, SIOCGIFFLAGS, &request);
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    ioctl(fd_, SIOCSIFFLAGS, &request);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(kEtherType);
    address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~PacketSocket() { close(fd_); }
  PacketSocket(const PacketSocket&) = delete;
  PacketSocket& operator=(const PacketSocket&) = delete;

  void send(const std::vector<std::uint8_t>& frame) const {
    EXPECT_EQ(::send(fd_, frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
  }
  [[nodiscard]] std::vector<std::uint8_t> receive() const {
    std::vector<std::uint8_t> frame(2048);
    const ssize_t n = recv(fd_, frame.data(), frame.size(), 0);
    frame.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return frame;
  }
  [[nodiscard]] int mtu(const std::string& interface) const {
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    ioctl(fd_, SIOCGIFMTU, &request);
    return request.ifr_mtu;
  }

 private:
  int fd_;
};

/// Receives until a frame of our type comes; the kernel sends its own multicast meanwhile.
std::vector<std::uint8_t> next_of_ours(EthernetPort& port) {
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < deadline) {
    for (std::uint16_t queue = 0; queue < port.info().rx_queues; ++queue) {
      Burst burst;
      (void)port.rx_burst(queue, burst);
      for (const Frame& frame : burst) {
        const auto bytes = bytes_of(frame);
        if (bytes.size() > 14 && bytes[12] == 0x88 && bytes[13] == 0xb5) return bytes;
      }
      burst.clear();
    }
    std::this_thread::sleep_for(1ms);
  }
  return {};
}

class Tap : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(has_own_network()) << "needs root: a network namespace is made for the taps";
    ASSERT_EQ(access("/dev/net/tun", R_OK | W_OK), 0) << "needs the kernel module tun";
  }
  std::unique_ptr<EthernetPort> open(const PortSettings& settings) {
    Mempool* const pools[] = {mempool.get()};
    auto port = EthernetPort::open(eal(), settings, pools);
    if (!port.ok()) {
      ADD_FAILURE() << port.error().message;
      return nullptr;
    }
    return std::move(port).value();
  }
  const std::unique_ptr<Mempool> mempool = make_pool("tap", 8191);
};

TEST_F(Tap, CarriesFramesFromAndToTheKernel) {
  const auto port = open({.name = "lab", .device = "net_tap0,iface=weir0"});
  ASSERT_NE(port, nullptr);
  EXPECT_EQ(port->info().driver, "net_tap");
  EXPECT_EQ(port->info().offloads, PortOffloads{}) << "checksums are verified by our software";
  const PacketSocket kernel("weir0");

  kernel.send(ethernet("from the kernel"));
  EXPECT_EQ(next_of_ours(*port), ethernet("from the kernel"));

  Frame frame = frame_with(*mempool, ethernet("to the kernel"));
  EXPECT_EQ(port->tx_burst(0, {&frame, 1}), 1U);
  EXPECT_EQ(kernel.receive(), ethernet("to the kernel"));
  EXPECT_TRUE(port->link().up);
  EXPECT_GE(port->stats().rx_packets, 1U);
  EXPECT_EQ(port->stats().tx_packets, 1U);
}

TEST_F(Tap, HasAsManyQueuesInEitherDirection) {
  const auto port =
      open({.name = "lab", .device = "net_tap0,iface=weir0", .rx_queues = 2, .tx_queues = 3});
  ASSERT_NE(port, nullptr);
  EXPECT_EQ(port->info().rx_queues, 2);
  EXPECT_EQ(port->info().tx_queues, 2);
  EXPECT_THAT(port->warnings(), Contains(HasSubstr("no RSS")));
  const PacketSocket kernel("weir0");
  kernel.send(ethernet("to either queue"));
  EXPECT_EQ(next_of_ours(*port), ethernet("to either queue"));
}

TEST_F(Tap, SignalsNothing) {
  const auto port = open({.name = "lab", .device = "net_tap0,iface=weir0", .rx_queues = 2});
  ASSERT_NE(port, nullptr);
  const PacketSocket kernel("weir0");
  for (int i = 0; i < 3; ++i) {
    kernel.send(ethernet("polled"));
    EXPECT_EQ(next_of_ours(*port), ethernet("polled")) << "frame " << i;
  }
  sigset_t pending;
  sigpending(&pending);
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) {
    EXPECT_EQ(sigismember(&pending, signal), 0) << signal;
  }
  EXPECT_EQ(sigismember(&pending, SIGIO), 0);
}

// With waits that end only by what they wait for: a wake-up that is lost is a test that hangs.
TEST_F(Tap, WakesWhoWaitsForFrames) {
  constexpr Duration kFar = 10min;
  const auto port = open({.name = "lab", .device = "net_tap0,iface=weir0", .interrupts = true});
  ASSERT_NE(port, nullptr);
  ASSERT_TRUE(port->has_interrupts());
  const PacketSocket kernel("weir0");
  std::thread sleeper([&] {
    Doorbell bell;
    FrameWait wait(bell.fd());
    ASSERT_TRUE(wait.add(*port, 0));
    for (int i = 0; i < 20; ++i) {
      wait.arm();
      kernel.send(ethernet("before or during the wait"));
      for (bool found = false; !found;) {
        wait.wait(kFar);
        Burst burst;
        (void)port->rx_burst(0, burst);
        for (const Frame& frame : burst) found |= bytes_of(frame)[12] == 0x88;
        burst.clear();
      }
      wait.disarm();
      bell.listen();
      std::thread ringer([&bell] { bell.ring(); });
      wait.wait(kFar);
      bell.stop_listening();
      ringer.join();
    }
    wait.wait(1ms);  // and nothing is left of all that: it ends by its time
  });
  sleeper.join();
}

TEST_F(Tap, GivesTheInterfaceItsMtu) {
  const auto port = open({.name = "lab", .device = "net_tap0,iface=weir0", .mtu = 1280});
  ASSERT_NE(port, nullptr);
  EXPECT_EQ(PacketSocket("weir0").mtu("weir0"), 1280);
}

TEST_F(Tap, AnMtuBeyondTheDriversIsASentence) {
  Mempool* const pools[] = {mempool.get()};
  const auto port = EthernetPort::open(
      eal(), {.name = "lab", .device = "net_tap0,iface=weir0", .mtu = 9000}, pools);
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.error().message, "port lab: mtu = 9000, but its driver net_tap takes 46 to 1504");
}

TEST_F(Tap, DisappearsWithItsPort) {
  { EXPECT_NE(open({.name = "lab", .device = "net_tap0,iface=weir0"}), nullptr); }
  EXPECT_EQ(if_nametoindex("weir0"), 0U);
}

TEST_F(Tap, AnInterfaceOfTheKernelCanBeBorrowed) {
  const auto tap = open({.name = "lab", .device = "net_tap0,iface=weir0"});
  ASSERT_NE(tap, nullptr);
  const PacketSocket up("weir0");
  const auto port = open({.name = "raw", .device = "net_af_packet0,iface=weir0"});
  ASSERT_NE(port, nullptr);
  EXPECT_EQ(port->info().mac, tap->info().mac);
  Frame frame = frame_with(*mempool, ethernet("through both"));
  EXPECT_EQ(port->tx_burst(0, {&frame, 1}), 1U);
  EXPECT_EQ(next_of_ours(*tap), ethernet("through both"));
}

}  // namespace weir::test
