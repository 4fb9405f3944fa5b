// The flow table against std::unordered_map, full, overflowing and emptied again.
#include "flow/flow_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/timer_wheel.hpp"

namespace weir {
namespace {

constexpr SipKey kKey{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};

enum class Family { v4, v6 };

FlowKey key_number(std::uint32_t n, Family family) {
  FlowKey key;
  key.remote = Address::v4(0x0a000000U + n / 7);
  if (family == Family::v6) {
    key.remote.bytes.fill(0);
    key.remote.bytes[0] = 0x20;
    for (unsigned i = 0; i < 4; ++i) {
      key.remote.bytes[12 + i] = static_cast<std::uint8_t>(n / 7 >> (24 - 8 * i));
    }
  }
  key.remote_port = static_cast<std::uint16_t>(1024 + n % 7);
  key.local = static_cast<std::uint16_t>(n % 3);
  return key;
}

FlowId insert(FlowTable& table, const FlowKey& key) {
  const FlowId id = table.insert(key, table.hash(key));
  if (id != kNoFlow) table[id].state = State::established;
  return id;
}
FlowId find(const FlowTable& table, const FlowKey& key) { return table.find(key, table.hash(key)); }

class FlowTables : public testing::TestWithParam<Family> {};
INSTANTIATE_TEST_SUITE_P(Families, FlowTables, testing::Values(Family::v4, Family::v6),
                         [](const auto& family) {
                           return family.param == Family::v4 ? "IPv4" : "IPv6";
                         });

TEST_P(FlowTables, FindWhatWasInsertedAndForgetWhatWasErased) {
  FlowTable table(10, kKey);
  const FlowKey key = key_number(1, GetParam());
  EXPECT_EQ(find(table, key), kNoFlow);
  const FlowId id = insert(table, key);
  ASSERT_NE(id, kNoFlow);
  EXPECT_EQ(find(table, key), id);
  EXPECT_EQ(key_of(table[id]), key);
  EXPECT_EQ(table.size(), 1U);
  table.erase(id);
  EXPECT_EQ(find(table, key), kNoFlow);
  EXPECT_EQ(table[id].state, State::free);
  EXPECT_EQ(table.size(), 0U);
}

TEST_P(FlowTables, EveryPartOfTheKeyCounts) {
  FlowTable table(10, kKey);
  const FlowKey key = key_number(1, GetParam());
  ASSERT_NE(insert(table, key), kNoFlow);
  FlowKey other = key;
  other.remote.bytes[15] ^= 1;
  EXPECT_EQ(find(table, other), kNoFlow);
  other = key;
  other.remote_port ^= 1;
  EXPECT_EQ(find(table, other), kNoFlow);
  other = key;
  other.local ^= 1;
  EXPECT_EQ(find(table, other), kNoFlow);
}

TEST_P(FlowTables, AReusedRecordIsZeroedAndTheLastFreedIsTheFirstReused) {
  FlowTable table(10, kKey);
  const FlowId first = insert(table, key_number(1, GetParam()));
  const FlowId second = insert(table, key_number(2, GetParam()));
  table[second].snd_nxt = Seq(77);
  table[second].service_word = 5;
  table.erase(first);
  table.erase(second);
  const FlowKey key = key_number(3, GetParam());
  const FlowId third = table.insert(key, table.hash(key));
  EXPECT_EQ(third, second);
  EXPECT_EQ(table[third].snd_nxt, Seq(0));
  EXPECT_EQ(table[third].service_word, 0U);
  EXPECT_EQ(table[third].cold_or_rtt, 0U);
  EXPECT_EQ(table[third].state, State::free);
  EXPECT_EQ(insert(table, key_number(4, GetParam())), first);
  EXPECT_EQ(table.high_water(), 2U);
}

TEST_P(FlowTables, AreFilledToTheLastFlowAndThenRefuse) {
  for (const std::uint32_t capacity : {1U, 9U, 10U, 100U, 200'000U}) {
    FlowTable table(capacity, kKey);
    for (std::uint32_t n = 0; n < capacity; ++n) {
      ASSERT_NE(insert(table, key_number(n, GetParam())), kNoFlow) << n << " of " << capacity;
    }
    EXPECT_EQ(insert(table, key_number(capacity, GetParam())), kNoFlow);
    EXPECT_EQ(table.size(), capacity);
    for (std::uint32_t n = 0; n < capacity; ++n) {
      ASSERT_NE(find(table, key_number(n, GetParam())), kNoFlow);
    }
    for (FlowId id = 0; id < capacity; ++id) table.erase(id);
    EXPECT_EQ(table.size(), 0U);
    EXPECT_NE(insert(table, key_number(capacity, GetParam())), kNoFlow);
  }
}

// The keys stay few, so that most are inserted, erased and inserted again while the table is full.
TEST_P(FlowTables, AgreeWithAnUnorderedMap) {
  constexpr std::uint32_t kCapacity = 2'000, kKeys = 3'000;
  FlowTable table(kCapacity, kKey);
  std::unordered_map<std::uint32_t, FlowId> oracle;
  std::mt19937_64 random(5);
  std::uint32_t refused = 0;
  for (int step = 0; step < 300'000; ++step) {
    const auto n = static_cast<std::uint32_t>(random() % kKeys);
    const FlowKey key = key_number(n, GetParam());
    const FlowId found = find(table, key);
    const auto expected = oracle.find(n);
    ASSERT_EQ(found, expected == oracle.end() ? kNoFlow : expected->second);
    // In turns mostly inserting and mostly erasing: full, then nearly empty.
    const bool grow = step / 50'000 % 2 == 0 ? random() % 8 != 0 : random() % 4 == 0;
    if (found == kNoFlow && grow) {
      const FlowId id = insert(table, key);
      ASSERT_EQ(id == kNoFlow, oracle.size() == kCapacity);
      if (id != kNoFlow) {
        oracle[n] = id;
      } else {
        ++refused;
      }
    } else if (found != kNoFlow && !grow) {
      table.erase(found);
      oracle.erase(n);
    }
    ASSERT_EQ(table.size(), oracle.size());
  }
  EXPECT_GT(refused, 0U);
  std::size_t listed = 0;
  for (FlowId id = 0; id < table.high_water(); ++id) listed += table[id].state != State::free;
  EXPECT_EQ(listed, oracle.size());
}

// Keys that visit the same buckets in the same order, or at least begin in the same one, told by
// the hash as the table does. The number of buckets is a prime.
enum class Alike { in_home, in_home_and_stride };
std::vector<FlowKey> neighbours(const FlowTable& table, std::uint32_t buckets, std::size_t count,
                                Alike alike, Family family) {
  std::vector<FlowKey> keys;
  for (std::uint32_t n = 0; keys.size() < count; ++n) {
    const FlowKey key = key_number(n, family);
    const std::uint64_t hash = table.hash(key);
    const bool same_home = (hash >> 32) * buckets >> 32 == buckets - 1;
    const bool same_stride = (hash >> 16 & 0xffff) * (buckets - 1) >> 16 == 4;
    if (same_home && (same_stride || alike == Alike::in_home)) keys.push_back(key);
  }
  return keys;
}

TEST_P(FlowTables, DeletionInAnOverflowingBucketLosesNobody) {
  constexpr std::uint32_t kBuckets = 53;
  FlowTable table(kBuckets * FlowTable::kFill, kKey);
  for (const Alike alike : {Alike::in_home, Alike::in_home_and_stride}) {
    auto keys = neighbours(table, kBuckets, 60, alike, GetParam());  // six buckets' worth
    std::mt19937_64 random(9);
    for (int round = 0; round < 50; ++round) {
      for (const FlowKey& key : keys) ASSERT_NE(insert(table, key), kNoFlow);
      std::shuffle(keys.begin(), keys.end(), random);
      for (std::size_t gone = 0; gone < keys.size(); ++gone) {
        table.erase(find(table, keys[gone]));
        for (std::size_t i = 0; i < keys.size(); ++i) {
          ASSERT_EQ(find(table, keys[i]) != kNoFlow, i > gone);
        }
      }
    }
  }
}

TEST_P(FlowTables, RefuseWhenTheProbesAreSpentAndStayWhole) {
  constexpr std::uint32_t kBuckets = 73, kReach = FlowTable::kMaxProbe * FlowBucket::kSlots;
  static_assert(kReach < kBuckets * FlowTable::kFill);
  FlowTable table(kBuckets * FlowTable::kFill, kKey);
  const auto keys = neighbours(table, kBuckets, kReach + 1, Alike::in_home_and_stride, GetParam());
  for (std::uint32_t n = 0; n < kReach; ++n) ASSERT_NE(insert(table, keys[n]), kNoFlow);
  EXPECT_EQ(insert(table, keys[kReach]), kNoFlow);
  EXPECT_EQ(table.size(), kReach);
  table.erase(find(table, keys[0]));
  EXPECT_NE(insert(table, keys[kReach]), kNoFlow);
  for (std::uint32_t n = 1; n <= kReach; ++n) ASSERT_NE(find(table, keys[n]), kNoFlow);
}

TEST_P(FlowTables, TheCandidateIsTheFlowItselfButForRareTags) {
  FlowTable table(1'000, kKey);
  std::uint32_t right = 0;
  for (std::uint32_t n = 0; n < 500; ++n) {
    ASSERT_NE(insert(table, key_number(n, GetParam())), kNoFlow);
  }
  for (std::uint32_t n = 0; n < 500; ++n) {
    const FlowKey key = key_number(n, GetParam());
    const std::uint64_t hash = table.hash(key);
    table.prefetch_bucket(hash);
    table.prefetch(table.candidate(hash));
    right += table.candidate(hash) == table.find(key, hash);
  }
  EXPECT_GT(right, 400U);
}

TEST(FlowTable, AnIdleConnectionCostsAtMost80Bytes) {
  constexpr std::uint32_t kFlows = 1'000'000;
  const FlowTable table(kFlows, kKey);
  const TimerWheel wheel(kFlows, {&table.records()->armed, sizeof(Flow)});
  EXPECT_LE(table.bytes() + wheel.bytes(), std::size_t{kFlows} * 80);
  static_assert(FlowTable::kBytesPerFlow + TimerWheel::kBytesPerTimer <= 80);
}

TEST(FlowTable, CollisionsChangeWithTheKey) {
  const FlowKey key = key_number(1, Family::v4);
  EXPECT_NE(FlowTable(10, kKey).hash(key), FlowTable(10, SipKey{1, 2}).hash(key));
}

TEST(State, IsPrintedAsInTheRfc) {
  EXPECT_EQ(to_string(State::free), "CLOSED");
  EXPECT_EQ(to_string(State::syn_sent), "SYN-SENT");
  EXPECT_EQ(to_string(State::syn_received), "SYN-RECEIVED");
  EXPECT_EQ(to_string(State::established), "ESTABLISHED");
  EXPECT_EQ(to_string(State::fin_wait_1), "FIN-WAIT-1");
  EXPECT_EQ(to_string(State::fin_wait_2), "FIN-WAIT-2");
  EXPECT_EQ(to_string(State::close_wait), "CLOSE-WAIT");
  EXPECT_EQ(to_string(State::closing), "CLOSING");
  EXPECT_EQ(to_string(State::last_ack), "LAST-ACK");
  EXPECT_EQ(to_string(State::time_wait), "TIME-WAIT");
}

}  // namespace
}  // namespace weir
