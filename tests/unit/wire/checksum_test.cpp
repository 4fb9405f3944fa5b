// The Internet checksum, held against DPDK's.
#include "wire/checksum.hpp"

#include <rte_ip.h>

#include <random>

#include "wire_kit.hpp"

namespace weir::test {
namespace {

class Noise {
 public:
  Noise() {
    for (auto& byte : bytes_) byte = static_cast<std::uint8_t>(random_());
  }
  // Mostly headers, at times a whole segment; at any alignment.
  std::span<const std::uint8_t> next() {
    const auto r = static_cast<std::uint32_t>(random_());
    const std::size_t size = (r & 31) == 0 ? (r >> 5) % 1600 : (r >> 5) % 96;
    return std::span<const std::uint8_t>(bytes_).subspan((r >> 16) % 1024, size);
  }

 private:
  std::mt19937 random_{1071};
  std::array<std::uint8_t, 4096> bytes_{};
};

TEST(Checksum, AgreesWithDpdkOnAMillionBuffers) {
  Noise noise;
  for (int i = 0; i < 1'000'000; ++i) {
    const auto bytes = noise.next();
    ASSERT_EQ(rte_cpu_to_be_16(InternetSum().add(bytes).folded()),
              rte_raw_cksum(bytes.data(), bytes.size()))
        << bytes.size() << " bytes in round " << i;
  }
}

TEST(Checksum, OfAllOnesAndAllZerosAgreesWithDpdk) {
  for (const std::uint8_t value : Octets{0x00, 0xff}) {
    for (std::size_t size = 0; size <= 2048; ++size) {
      const Octets bytes(size, value);
      ASSERT_EQ(rte_cpu_to_be_16(InternetSum().add(bytes).folded()),
                rte_raw_cksum(bytes.data(), bytes.size()));
    }
  }
}

TEST(Checksum, WithPseudoHeaderAgreesWithDpdkInBothFamilies) {
  Noise noise;
  for (int i = 0; i < 100'000; ++i) {
    const auto bytes = noise.next();
    if (bytes.size() < 36) continue;
    const auto length = static_cast<std::uint16_t>(bytes.size());

    rte_ipv4_hdr v4{};
    v4.version_ihl = 0x45;
    v4.next_proto_id = kProtoTcp;
    v4.total_length = rte_cpu_to_be_16(static_cast<std::uint16_t>(20 + length));
    std::memcpy(&v4.src_addr, bytes.data(), 4);
    std::memcpy(&v4.dst_addr, bytes.data() + 4, 4);
    InternetSum sum = pseudo_header_sum(Address::v4(bytes.first<4>()),
                                        Address::v4(bytes.subspan<4, 4>()), kProtoTcp, length);
    ASSERT_EQ(rte_cpu_to_be_16(sum.folded()), rte_ipv4_phdr_cksum(&v4, 0));
    ASSERT_EQ(rte_cpu_to_be_16(sum.add(bytes).checksum()),
              rte_ipv4_udptcp_cksum(&v4, bytes.data()));

    rte_ipv6_hdr v6{};
    v6.proto = kProtoTcp;
    v6.payload_len = rte_cpu_to_be_16(length);
    std::memcpy(v6.src_addr, bytes.data(), 16);
    std::memcpy(v6.dst_addr, bytes.data() + 16, 16);
    sum = pseudo_header_sum(Address::v6(bytes.first<16>()), Address::v6(bytes.subspan<16, 16>()),
                            kProtoTcp, length);
    ASSERT_EQ(rte_cpu_to_be_16(sum.folded()), rte_ipv6_phdr_cksum(&v6, 0));
    ASSERT_EQ(rte_cpu_to_be_16(sum.add(bytes).checksum()),
              rte_ipv6_udptcp_cksum(&v6, bytes.data()));
  }
}

TEST(Checksum, OfPiecesIsTheChecksumOfTheWhole) {
  const Octets bytes = text_of(201);
  const std::span<const std::uint8_t> all(bytes);
  for (std::size_t cut = 0; cut <= all.size(); cut += 2) {
    EXPECT_EQ(InternetSum().add(all.first(cut)).add(all.subspan(cut)).checksum(),
              internet_checksum(all));
  }
}

TEST(Checksum, UpdatedForOneFieldIsTheChecksumOfTheChangedBytes) {
  std::mt19937 random(1624);
  for (int i = 0; i < 100'000; ++i) {
    std::uint8_t bytes[20];
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const std::uint16_t old_sum = internet_checksum(bytes);
    const auto before = static_cast<std::uint16_t>(bytes[8] << 8 | bytes[9]);
    const auto after = static_cast<std::uint16_t>(random());
    bytes[8] = static_cast<std::uint8_t>(after >> 8);
    bytes[9] = static_cast<std::uint8_t>(after);
    ASSERT_EQ(updated_checksum(old_sum, before, after), internet_checksum(bytes));
  }
}

TEST(Checksum, UpdateMatchesTheExampleOfRfc1624) {
  EXPECT_EQ(updated_checksum(0xdd2f, 0x5555, 0x3285), 0x0000);
}

}  // namespace
}  // namespace weir::test
