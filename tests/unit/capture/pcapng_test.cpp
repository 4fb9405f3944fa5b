// What is written, read by code of the test's own (draft-ietf-opsawg-pcapng §3, §4).
#include "capture/pcapng.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <vector>

namespace weir {
namespace {

using ::testing::ElementsAre;

struct Block {
  std::uint32_t type = 0;
  std::string body;

  template <class Number>
  [[nodiscard]] Number at(std::size_t offset) const {
    Number number{};
    EXPECT_LE(offset + sizeof number, body.size());
    std::memcpy(&number, body.data() + offset, sizeof number);
    return number;
  }
  [[nodiscard]] std::map<int, std::string> options(std::size_t offset) const {
    std::map<int, std::string> all;
    while (offset + 4 <= body.size()) {
      const auto code = at<std::uint16_t>(offset), length = at<std::uint16_t>(offset + 2);
      if (code == 0) return all;
      all[code] = body.substr(offset + 4, length);
      offset += 4 + (length + 3U) / 4 * 4;
    }
    ADD_FAILURE() << "options without an end";
    return all;
  }
};

std::vector<Block> blocks_of(const std::string& file) {
  std::vector<Block> blocks;
  std::size_t at = 0;
  while (at + 12 <= file.size()) {
    std::uint32_t type = 0, length = 0, again = 0;
    std::memcpy(&type, file.data() + at, 4);
    std::memcpy(&length, file.data() + at + 4, 4);
    EXPECT_EQ(length % 4, 0U);
    EXPECT_GE(length, 12U);
    EXPECT_LE(at + length, file.size());
    if (length < 12 || at + length > file.size()) break;
    std::memcpy(&again, file.data() + at + length - 4, 4);
    EXPECT_EQ(length, again) << "both ends of a block say how long it is";
    blocks.push_back({type, file.substr(at + 8, length - 12)});
    at += length;
  }
  EXPECT_EQ(at, file.size());
  return blocks;
}

TEST(Pcapng, BeginsWithASectionAndItsInterfaces) {
  std::string file;
  PcapngWriter::begin(file, "weir 1");
  PcapngWriter::add_interface(file, "wan", "tcp port 80", 96);
  PcapngWriter::add_interface(file, "lan", "", 96);
  const auto blocks = blocks_of(file);
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[0].type, 0x0a0d0d0aU);
  EXPECT_EQ(blocks[0].at<std::uint32_t>(0), 0x1a2b3c4dU);
  EXPECT_EQ(blocks[0].at<std::uint16_t>(4), 1);
  EXPECT_EQ(blocks[0].at<std::uint16_t>(6), 0);
  EXPECT_EQ(blocks[0].options(16).at(4), "weir 1");
  EXPECT_EQ(blocks[1].type, 1U);
  EXPECT_EQ(blocks[1].at<std::uint16_t>(0), 1) << "LINKTYPE_ETHERNET";
  EXPECT_EQ(blocks[1].at<std::uint32_t>(4), 96U);
  const auto options = blocks[1].options(8);
  EXPECT_EQ(options.at(2), "wan");
  EXPECT_EQ(options.at(9), std::string(1, 9)) << "nanoseconds";
  EXPECT_EQ(options.at(11), std::string(1, '\0') + "tcp port 80");
  EXPECT_FALSE(blocks[2].options(8).contains(11));
}

TEST(Pcapng, APacketHasItsTimeBytesCommentAndDirection) {
  const std::vector<std::uint8_t> bytes{1, 2, 3, 4, 5};
  std::string file;
  PcapngWriter::add_packet(file, {1, 0x1122334455667788, 60, bytes, Direction::received, 3,
                                  "verdict=dropped reason=tcp_bad_seq"});
  const auto blocks = blocks_of(file);
  ASSERT_EQ(blocks.size(), 1U);
  const Block& packet = blocks[0];
  EXPECT_EQ(packet.type, 6U);
  EXPECT_EQ(packet.at<std::uint32_t>(0), 1U);
  EXPECT_EQ(packet.at<std::uint32_t>(4), 0x11223344U);
  EXPECT_EQ(packet.at<std::uint32_t>(8), 0x55667788U);
  EXPECT_EQ(packet.at<std::uint32_t>(12), 5U);
  EXPECT_EQ(packet.at<std::uint32_t>(16), 60U);
  EXPECT_EQ(packet.body.substr(20, 5), "\1\2\3\4\5");
  const auto options = packet.options(28);
  EXPECT_EQ(options.at(1), "verdict=dropped reason=tcp_bad_seq");
  EXPECT_EQ(options.at(2), std::string("\1\0\0\0", 4)) << "inbound";
  EXPECT_EQ(options.at(6), std::string("\3\0\0\0", 4)) << "queue";
}

TEST(Pcapng, ASentPacketIsOutboundAndHasNoComment) {
  std::string file;
  PcapngWriter::add_packet(file, {0, 1, 0, {}, Direction::sent, 0, ""});
  const auto options = blocks_of(file).at(0).options(20);
  EXPECT_EQ(options.at(2), std::string("\2\0\0\0", 4));
  EXPECT_FALSE(options.contains(1));
}

TEST(Pcapng, EveryLengthIsPadded) {
  for (std::size_t n = 0; n < 9; ++n) {
    std::string file;
    const std::vector<std::uint8_t> bytes(n, 7);
    PcapngWriter::add_packet(file, {0, 0, 9, bytes, Direction::sent, 0, std::string(n, 'c')});
    PcapngWriter::add_packet(file, {0, 0, 9, bytes, Direction::sent, 0, ""});
    EXPECT_EQ(blocks_of(file).size(), 2U) << n;
  }
}

TEST(Pcapng, StatisticsSayWhatWasLost) {
  std::string file;
  PcapngWriter::add_statistics(file, 0, 5, 100, 7);
  const auto options = blocks_of(file).at(0).options(12);
  std::uint64_t lost = 0, matched = 0;
  std::memcpy(&matched, options.at(4).data(), 8);
  std::memcpy(&lost, options.at(5).data(), 8);
  EXPECT_THAT((std::vector{matched, lost}), ElementsAre(100U, 7U));
}

}  // namespace
}  // namespace weir
