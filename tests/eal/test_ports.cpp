// Ports without a NIC: a loop in memory, one that swallows, and capture files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "eal/environment.hpp"

namespace weir::test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Ports : public ::testing::Test {
 protected:
  std::unique_ptr<EthernetPort> open(PortSettings settings) {
    Mempool* const pools[] = {mempool.get()};
    auto port = EthernetPort::open(eal(), settings, pools);
    if (!port.ok()) {
      ADD_FAILURE() << port.error().message;
      return nullptr;
    }
    return std::move(port).value();
  }
  std::string complaint(const PortSettings& settings) {
    Mempool* const pools[] = {mempool.get()};
    const auto port = EthernetPort::open(eal(), settings, pools);
    return port.ok() ? "" : port.error().message;
  }
  const std::unique_ptr<Mempool> mempool = make_pool("ports", 8191);
};

TEST_F(Ports, ARingGivesBackWhatWasSent) {
  const auto port = open({.name = "loop", .device = "net_ring0", .index = 3});
  ASSERT_NE(port, nullptr);
  EXPECT_EQ(port->info().driver, "net_ring");
  EXPECT_FALSE(port->info().mac.is_zero());
  EXPECT_EQ(port->info().offloads, PortOffloads{});
  EXPECT_FALSE(port->info().rss);
  EXPECT_TRUE(port->link().up);

  Frame frames[] = {frame_with(*mempool, ethernet("one")), frame_with(*mempool, ethernet("two"))};
  frames[0].set_flags(kOwesVerdict);
  ASSERT_EQ(port->tx_burst(0, frames), 2U);
  EXPECT_FALSE(frames[0]);
  Burst burst;
  ASSERT_EQ(port->rx_burst(0, burst), 2U);
  EXPECT_EQ(bytes_of(burst[0]), ethernet("one"));
  EXPECT_EQ(bytes_of(burst[1]), ethernet("two"));
  EXPECT_EQ(burst[0].port(), 3);
  EXPECT_EQ(burst[0].flags(), 0) << "nobody verified a checksum";
  EXPECT_EQ(burst[0].pool(), &mempool->pool());
  EXPECT_EQ(port->stats().rx_packets, 2U);
  EXPECT_EQ(port->stats().tx_packets, 2U);
}

TEST_F(Ports, AFrameMovedWithinItsBufferIsSentFromThere) {
  const auto port = open({.name = "loop", .device = "net_ring0"});
  ASSERT_NE(port, nullptr);
  Frame frame = frame_with(*mempool, ethernet("moved"));
  frame.trim_front(14);
  std::memcpy(frame.prepend(18), "eighteen bytes....", 18);
  const auto bytes = bytes_of(frame);
  ASSERT_EQ(port->tx_burst(0, {&frame, 1}), 1U);
  Burst burst;
  ASSERT_EQ(port->rx_burst(0, burst), 1U);
  EXPECT_EQ(bytes_of(burst[0]), bytes);
}

TEST_F(Ports, WhatDoesNotFitStaysWithTheCaller) {
  const auto port = open({.name = "loop", .device = "net_ring0"});
  ASSERT_NE(port, nullptr);
  std::vector<Frame> frames(2000);
  ASSERT_EQ(mempool->pool().allocate(frames.data(), 2000), 2000U);
  const std::uint32_t taken = port->tx_burst(0, frames);
  EXPECT_EQ(taken, 1023U) << "the ring of net_ring";
  EXPECT_FALSE(frames[taken - 1]);
  EXPECT_TRUE(frames[taken]);
  // net_ring keeps its ring, and what is in it, when its port is closed.
  for (Burst burst; port->rx_burst(0, burst) != 0;) burst.clear();
}

TEST_F(Ports, ABurstIsFilledNoFurtherThanItsRoom) {
  const auto port = open({.name = "null", .device = "net_null0"});
  ASSERT_NE(port, nullptr);
  Burst burst;
  EXPECT_EQ(port->rx_burst(0, burst), kMaxBurst);
  EXPECT_EQ(port->rx_burst(0, burst), 0U);
  EXPECT_EQ(port->tx_burst(0, burst.frames()), kMaxBurst);
}

TEST_F(Ports, CanBeOpenedAgainAndAgainWithoutLosingABuffer) {
  const std::uint32_t before = mempool->available();
  for (int i = 0; i < 3; ++i) {
    const auto port = open({.name = "again", .device = "net_null0"});
    ASSERT_NE(port, nullptr);
    Frame frame = frame_with(*mempool, ethernet("sent"));
    EXPECT_EQ(port->tx_burst(0, {&frame, 1}), 1U);
    Burst burst;
    EXPECT_NE(port->rx_burst(0, burst), 0U);
  }
  EXPECT_EQ(mempool->available(), before);
}

TEST_F(Ports, FewerQueuesThanAskedForIsAWarning) {
  const auto port = open({.name = "wide", .device = "net_ring0", .rx_queues = 64});
  ASSERT_NE(port, nullptr);
  EXPECT_LT(port->info().rx_queues, 64);
  ASSERT_FALSE(port->warnings().empty());
  EXPECT_THAT(port->warnings()[0], HasSubstr("port wide: net_ring has "));
}

TEST_F(Ports, MtuBeyondTheBufferIsASentence) {
  EXPECT_EQ(complaint({.name = "jumbo", .device = "net_null0", .mtu = 9000}),
            "port jumbo: a frame with mtu = 9000 does not fit into a buffer of 2176 bytes");
}

TEST_F(Ports, ASentenceNamesThePort) {
  EXPECT_THAT(complaint({.name = "wan", .device = "eth0"}), HasSubstr("port wan: device 'eth0'"));
}

/// The file format of libpcap: a header of 24 bytes, then each frame behind 16.
class CaptureFiles : public Ports {
 protected:
  ~CaptureFiles() override { std::filesystem::remove_all(directory); }

  static void put(std::ofstream& file, std::initializer_list<std::uint32_t> words) {
    for (std::uint32_t word : words) file.write(reinterpret_cast<const char*>(&word), sizeof word);
  }
  void write(const std::vector<std::vector<std::uint8_t>>& frames) const {
    std::filesystem::create_directories(directory);
    std::ofstream file(directory / "in.pcap", std::ios::binary);
    put(file, {0xa1b2c3d4, 4U << 16 | 2U, 0, 0, 65535, 1});
    for (const auto& frame : frames) {
      const auto size = static_cast<std::uint32_t>(frame.size());
      put(file, {0, 0, size, size});
      file.write(reinterpret_cast<const char*>(frame.data()), size);
    }
  }
  [[nodiscard]] std::vector<std::vector<std::uint8_t>> read() const {
    std::ifstream file(directory / "out.pcap", std::ios::binary);
    file.seekg(24);
    std::vector<std::vector<std::uint8_t>> frames;
    for (std::uint32_t head[4]; file.read(reinterpret_cast<char*>(head), sizeof head);) {
      frames.emplace_back(head[2]);
      file.read(reinterpret_cast<char*>(frames.back().data()), head[2]);
    }
    return frames;
  }
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("weir-pcap-" + std::to_string(getpid()));
};

TEST_F(CaptureFiles, AreReceivedAndWritten) {
  write({ethernet("first"), ethernet("second")});
  {
    const auto port = open({.name = "replay",
                            .device = "net_pcap0,rx_pcap=" + (directory / "in.pcap").string() +
                                      ",tx_pcap=" + (directory / "out.pcap").string()});
    ASSERT_NE(port, nullptr);
    Burst burst;
    ASSERT_EQ(port->rx_burst(0, burst), 2U);
    EXPECT_EQ(bytes_of(burst[0]), ethernet("first"));
    EXPECT_EQ(bytes_of(burst[1]), ethernet("second"));
    EXPECT_EQ(port->tx_burst(0, burst.frames()), 2U);
  }
  EXPECT_THAT(read(), ElementsAre(ethernet("first"), ethernet("second")));
}

TEST_F(CaptureFiles, AFrameLongerThanABufferIsMarkedUnlessItCanBeMadeWhole) {
  write({std::vector<std::uint8_t>(5000, 0x5a)});
  const auto port =
      open({.name = "replay", .device = "net_pcap0,rx_pcap=" + (directory / "in.pcap").string()});
  ASSERT_NE(port, nullptr);
  Burst burst;
  ASSERT_EQ(port->rx_burst(0, burst), 1U);
  EXPECT_TRUE(burst[0].has(kRxChained));
  const std::uint32_t free = mempool->available();
  burst.clear();
  EXPECT_EQ(mempool->available(), free + 3) << "all its buffers come back";
}

}  // namespace weir::test
