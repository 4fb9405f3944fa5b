// Toeplitz: the published vectors, and DPDK as the oracle.
#include "flow/toeplitz.hpp"

#include <gtest/gtest.h>
#include <rte_thash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <random>
#include <stdexcept>
#include <vector>

namespace weir {
namespace {

// The key and the vectors of Microsoft, "Verifying the RSS hash calculation".
constexpr std::uint8_t kMicrosoft[40] = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

struct Vector {
  const char *destination, *source;
  std::uint16_t destination_port, source_port;
  std::uint32_t hash;
};
constexpr Vector kVectors[] = {
    {"161.142.100.80", "66.9.149.187", 1766, 2794, 0x51ccc178},
    {"65.69.140.83", "199.92.111.2", 4739, 14230, 0xc626b0ea},
    {"12.22.207.184", "24.19.198.95", 38024, 12898, 0x5c2b394a},
    {"209.142.163.6", "38.27.205.30", 2217, 48228, 0xafc7327f},
    {"202.188.127.2", "153.39.163.191", 1303, 44251, 0x10e828a2},
    {"3ffe:2501:200:3::1", "3ffe:2501:200:1fff::7", 1766, 2794, 0x40207d3d},
    {"ff02::1", "3ffe:501:8::260:97ff:fe40:efab", 4739, 14230, 0xdde51bbf},
    {"fe80::200:f8ff:fe21:67cf", "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 38024, 44251, 0x02d1feef},
};

TEST(Toeplitz, AgreesWithMicrosoftsVectors) {
  const Toeplitz toeplitz(kMicrosoft);
  for (const Vector& v : kVectors) {
    EXPECT_EQ(toeplitz(Address::parse(v.source).value(), Address::parse(v.destination).value(),
                       v.source_port, v.destination_port),
              v.hash)
        << v.source;
  }
}

class ToeplitzOracle : public testing::TestWithParam<bool> {};

TEST_P(ToeplitzOracle, AgreesWithDpdk) {
  const bool v4 = GetParam();
  std::mt19937_64 random(1);
  const auto byte = [&] { return static_cast<std::uint8_t>(random()); };
  for (int round = 0; round < 20'000; ++round) {
    // DPDK reads its key as 32-bit words and one past the input; only the first 40 bytes count.
    alignas(4) std::array<std::uint8_t, 52> key;
    std::generate(key.begin(), key.end(), byte);
    Address source, destination;
    std::generate(source.bytes.begin(), source.bytes.end(), byte);
    std::generate(destination.bytes.begin(), destination.bytes.end(), byte);
    if (v4) {
      source = Address::v4(static_cast<std::uint32_t>(random()));
      destination = Address::v4(static_cast<std::uint32_t>(random()));
    }
    const auto source_port = static_cast<std::uint16_t>(random());
    const auto destination_port = static_cast<std::uint16_t>(random());

    std::vector<std::uint32_t> words;  // of the input, in host order
    const auto append = [&](const Address& address) {
      for (std::size_t i = v4 ? 12 : 0; i < 16; i += 4) {
        words.push_back(std::uint32_t{address.bytes[i]} << 24 |
                        std::uint32_t{address.bytes[i + 1]} << 16 |
                        std::uint32_t{address.bytes[i + 2]} << 8 | address.bytes[i + 3]);
      }
    };
    append(source);
    append(destination);
    words.push_back(std::uint32_t{source_port} << 16 | destination_port);
    const auto count = static_cast<std::uint32_t>(words.size());
    const std::uint32_t expected = rte_softrss(words.data(), count, key.data());

    alignas(4) std::array<std::uint8_t, 52> converted;
    rte_convert_rss_key(reinterpret_cast<const std::uint32_t*>(key.data()),
                        reinterpret_cast<std::uint32_t*>(converted.data()), 52);
    ASSERT_EQ(rte_softrss_be(words.data(), count, converted.data()), expected);

    const Toeplitz toeplitz(key);
    ASSERT_EQ(toeplitz(source, destination, source_port, destination_port), expected);
  }
}
INSTANTIATE_TEST_SUITE_P(Families, ToeplitzOracle, testing::Bool(),
                         [](const auto& family) { return family.param ? "IPv4" : "IPv6"; });

TEST(Toeplitz, RefusesAShortKey) {
  EXPECT_THROW(Toeplitz(std::span(kMicrosoft).first(39)), std::invalid_argument);
}

TEST(Owners, SpreadOverAllWorkers) {
  const Owners owners = Owners::spread(3);
  EXPECT_EQ(owners.worker_of(0), 0);
  EXPECT_EQ(owners.worker_of(127), 127 % 3);
  EXPECT_EQ(owners.worker_of(128), 0) << "the low seven bits decide";
  EXPECT_EQ(owners.worker_of(0xffffff80), 0);
}

TEST(Owners, AgreeWithANicOfAnyTableSize) {
  for (const std::size_t size : {64U, 128U, 512U}) {
    const Owners owners = Owners::spread(3, size);
    for (std::uint32_t hash = 0; hash < 1024; ++hash) {
      ASSERT_EQ(owners.worker_of(hash), owners[hash % size]) << size;
    }
  }
}

}  // namespace
}  // namespace weir
