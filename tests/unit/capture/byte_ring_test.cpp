#include "capture/byte_ring.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>
#include <vector>

namespace weir {
namespace {

using Octets = std::vector<std::uint8_t>;

bool put(ByteRing& ring, const Octets& bytes) {
  const auto record = ring.reserve(static_cast<std::uint32_t>(bytes.size()));
  if (record.empty()) return false;
  std::copy(bytes.begin(), bytes.end(), record.begin());
  ring.publish(ring.position());
  return true;
}

Octets get(ByteRing& ring) {
  const auto record = ring.front();
  Octets bytes(record.begin(), record.end());
  if (!bytes.empty()) ring.pop();
  return bytes;
}

TEST(ByteRing, GivesRecordsBackInOrder) {
  ByteRing ring(4096);
  EXPECT_TRUE(get(ring).empty());
  ASSERT_TRUE(put(ring, {1, 2, 3}));
  ASSERT_TRUE(put(ring, {4}));
  EXPECT_EQ(get(ring), (Octets{1, 2, 3}));
  EXPECT_EQ(get(ring), (Octets{4}));
  EXPECT_TRUE(get(ring).empty());
}

TEST(ByteRing, RefusesWhatHasNoRoom) {
  ByteRing ring(4096);
  const Octets large(1000, 7);
  int taken = 0;
  while (put(ring, large)) ++taken;
  EXPECT_EQ(taken, 4);
  EXPECT_EQ(get(ring), large);
  EXPECT_TRUE(put(ring, large)) << "room that was given back";
}

TEST(ByteRing, ARecordNeverLiesAcrossTheEnd) {
  ByteRing ring(4096);
  for (std::size_t i = 0; i < 10'000; ++i) {
    const Octets bytes(1 + i * 37 % 1500, static_cast<std::uint8_t>(i));
    ASSERT_TRUE(put(ring, bytes)) << i;
    ASSERT_EQ(get(ring), bytes) << i;
  }
}

TEST(ByteRing, WhatIsRewoundWasNeverThere) {
  ByteRing ring(4096);
  ASSERT_TRUE(put(ring, {1}));
  const auto before = ring.position();
  for (int i = 0; i < 100; ++i) {
    ASSERT_FALSE(ring.reserve(3000).empty());
    ring.rewind(before);
  }
  ASSERT_TRUE(put(ring, {2}));
  EXPECT_EQ(get(ring), (Octets{1}));
  EXPECT_EQ(get(ring), (Octets{2}));
}

TEST(ByteRing, NothingIsSeenBeforeItIsPublished) {
  ByteRing ring(4096);
  const auto record = ring.reserve(8);
  ASSERT_EQ(record.size(), 8U);
  EXPECT_TRUE(ring.front().empty());
  ring.publish(ring.position());
  EXPECT_EQ(ring.front().size(), 8U);
}

TEST(ByteRing, CrossesThreads) {
  constexpr std::uint32_t kRecords = 200'000;
  ByteRing ring(8192);
  std::thread writer([&] {
    for (std::uint32_t i = 0; i < kRecords;) {
      Octets bytes(sizeof i + i % 300, static_cast<std::uint8_t>(i));
      std::memcpy(bytes.data(), &i, sizeof i);
      put(ring, bytes) ? ++i : (std::this_thread::yield(), i);
    }
  });
  for (std::uint32_t i = 0; i < kRecords;) {
    const Octets bytes = get(ring);
    if (bytes.empty()) {
      std::this_thread::yield();
      continue;
    }
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    ASSERT_EQ(number, i);
    ASSERT_EQ(bytes.size(), sizeof i + i % 300);
    ASSERT_TRUE(bytes.size() == sizeof i || bytes.back() == static_cast<std::uint8_t>(i));
    ++i;
  }
  writer.join();
}

}  // namespace
}  // namespace weir
