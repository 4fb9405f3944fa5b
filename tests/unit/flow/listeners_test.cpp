// Listeners: exact places, stable indices.
#include "flow/listeners.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace weir {
namespace {

Address at(const char* text) { return Address::parse(text).value(); }

TEST(Listeners, NobodyListensWhenThereIsNone) {
  const Listeners listeners;
  EXPECT_EQ(listeners.find(Transport::tcp, at("192.0.2.1"), 80), kNoListener);
}

TEST(Listeners, IndicesCountUpInTheOrderOfAdding) {
  Listeners listeners;
  EXPECT_EQ(listeners.add({at("192.0.2.1"), 80, Transport::tcp, 7}), 0);
  EXPECT_EQ(listeners.add({at("192.0.2.1"), 80, Transport::udp, 8}), 1);
  EXPECT_EQ(listeners.add({at("2001:db8::1"), 80, Transport::tcp, 9}), 2);
  EXPECT_EQ(listeners.find(Transport::tcp, at("192.0.2.1"), 80), 0);
  EXPECT_EQ(listeners.find(Transport::udp, at("192.0.2.1"), 80), 1);
  EXPECT_EQ(listeners.find(Transport::tcp, at("2001:db8::1"), 80), 2);
  EXPECT_EQ(listeners[2].service, 9);
  EXPECT_EQ(listeners.size(), 3U);
}

TEST(Listeners, TransportAddressAndPortMustAllFit) {
  Listeners listeners;
  listeners.add({at("192.0.2.1"), 80, Transport::tcp, 0});
  EXPECT_EQ(listeners.find(Transport::udp, at("192.0.2.1"), 80), kNoListener);
  EXPECT_EQ(listeners.find(Transport::tcp, at("192.0.2.2"), 80), kNoListener);
  EXPECT_EQ(listeners.find(Transport::tcp, at("192.0.2.1"), 81), kNoListener);
}

TEST(Listeners, OnePlaceHasOneListener) {
  Listeners listeners;
  listeners.add({at("192.0.2.1"), 80, Transport::tcp, 0});
  EXPECT_THROW(listeners.add({at("192.0.2.1"), 80, Transport::tcp, 1}), std::invalid_argument);
  EXPECT_EQ(listeners.size(), 1U);
}

TEST(Listeners, HoldAsManyAsTheIndexCanNameAndNoMore) {
  Listeners listeners;
  for (std::uint32_t i = 0; i < kNoListener; ++i) {
    ASSERT_EQ(listeners.add({Address::v4(0x0a000000 + i), 53, Transport::udp, 0}), i);
  }
  EXPECT_THROW(listeners.add({at("192.0.2.1"), 80, Transport::tcp, 0}), std::length_error);
  for (std::uint32_t i = 0; i < kNoListener; ++i) {
    ASSERT_EQ(listeners.find(Transport::udp, Address::v4(0x0a000000 + i), 53), i);
  }
  EXPECT_EQ(listeners.find(Transport::udp, Address::v4(0x0a000000 + kNoListener), 53), kNoListener);
}

TEST(Listeners, ARetiredOneIsFoundUntilAnotherHasItsPlace) {
  Listeners listeners;
  const Listener tcp{at("192.0.2.1"), 80, Transport::tcp, 1};
  Listener other = tcp;
  other.service = 2;
  const auto first = listeners.add(tcp);
  listeners.retire(first);
  EXPECT_EQ(listeners.find(Transport::tcp, at("192.0.2.1"), 80), first);
  EXPECT_FALSE(listeners[first].passive);
  const auto second = listeners.add(other);
  EXPECT_EQ(listeners.find(Transport::tcp, at("192.0.2.1"), 80), second);
  EXPECT_EQ(listeners[second].older, first);
  EXPECT_EQ(listeners.find_retired(tcp), first);
  EXPECT_EQ(listeners.find_retired(other), kNoListener);
}

TEST(Listeners, ARetiredUdpOneIsNotFound) {
  Listeners listeners;
  const auto index = listeners.add({at("192.0.2.1"), 53, Transport::udp, 1});
  listeners.retire(index);
  EXPECT_EQ(listeners.find(Transport::udp, at("192.0.2.1"), 53), kNoListener);
  listeners.revive(index);
  EXPECT_EQ(listeners.find(Transport::udp, at("192.0.2.1"), 53), index);
}

// Three services that had the same place, one after the other.
std::vector<std::uint16_t> row_of_three(Listeners& listeners) {
  std::vector<std::uint16_t> row;
  for (std::uint16_t service = 0; service < 3; ++service) {
    if (!row.empty()) listeners.retire(row.back());
    row.push_back(listeners.add({at("192.0.2.1"), 80, Transport::tcp, service}));
  }
  return row;
}

void let_grow(Listeners& listeners) {
  for (std::uint16_t port = 1000; port < 1100; ++port) {
    listeners.add({at("192.0.2.1"), port, Transport::tcp, 9});
  }
}

// Whoever has a place stands at the head of the row of those who had it, however the table grew.
TEST(Listeners, ARevivedOneLeadsTheRow) {
  Listeners listeners;
  const std::vector<std::uint16_t> row = row_of_three(listeners);
  listeners.retire(row[2]);
  listeners.revive(row[1]);
  let_grow(listeners);
  EXPECT_EQ(listeners.find(Transport::tcp, at("192.0.2.1"), 80), row[1]);
  EXPECT_EQ(listeners[row[1]].older, row[2]);
  EXPECT_EQ(listeners[row[2]].older, row[0]);
  EXPECT_EQ(listeners[row[0]].older, kNoListener);
}

TEST(Listeners, AnUnlinkedOneIsOutOfTheRowHoweverTheTableGrowsAndCanBeRevived) {
  Listeners listeners;
  const std::vector<std::uint16_t> row = row_of_three(listeners);
  EXPECT_TRUE(listeners.has_rows());
  listeners.unlink(row[1]);
  EXPECT_EQ(listeners[row[2]].older, row[0]);
  listeners.unlink(row[1]);
  listeners.unlink(row[0]);
  EXPECT_EQ(listeners[row[2]].older, kNoListener);
  EXPECT_FALSE(listeners.has_rows());
  let_grow(listeners);
  EXPECT_EQ(listeners.find(Transport::tcp, at("192.0.2.1"), 80), row[2]);
  listeners.retire(row[2]);
  listeners.unlink(row[2]);
  EXPECT_EQ(listeners.find(Transport::tcp, at("192.0.2.1"), 80), row[2]) << "it leads the row";
  EXPECT_EQ(listeners.find_retired({at("192.0.2.1"), 80, Transport::tcp, 1}), row[1]);
  listeners.revive(row[1]);
  EXPECT_EQ(listeners.find(Transport::tcp, at("192.0.2.1"), 80), row[1]);
  EXPECT_EQ(listeners[row[1]].older, row[2]);
}

}  // namespace
}  // namespace weir
