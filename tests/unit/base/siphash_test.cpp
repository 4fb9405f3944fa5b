// SipHash-2-4 against the vectors of its authors: key 00..0f, messages 00, 00 01, 00 01 02, …
#include "base/siphash.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "base/secrets.hpp"
#include "base/sip_burst.hpp"
#include "base/split_mix.hpp"

namespace weir {
namespace {

constexpr SipKey kKey{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};

// The first sixteen of vectors_sip64 in the reference implementation, read as little-endian words.
constexpr std::uint64_t kVectors[] = {
    0x726fdb47dd0e0e31ULL, 0x74f839c593dc67fdULL, 0x0d6c8009d9a94f5aULL, 0x85676696d7fb7e2dULL,
    0xcf2794e0277187b7ULL, 0x18765564cd99a68dULL, 0xcbc9466e58fee3ceULL, 0xab0200f58b01d137ULL,
    0x93f5f5799a932462ULL, 0x9e0082df0ba9e4b0ULL, 0x7a5dbbc594ddb9f3ULL, 0xf4b32f46226bada7ULL,
    0x751e8fbc860ee5fbULL, 0x14ea5627c0843d90ULL, 0xf723ca908e7af2eeULL, 0xa129ca6149be45e5ULL,
};

TEST(SipHash, MatchesTheReferenceVectors) {
  std::array<std::uint8_t, std::size(kVectors)> message{};
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(i);
  for (std::size_t size = 0; size < std::size(kVectors); ++size) {
    EXPECT_EQ(siphash(kKey, std::span<const std::uint8_t>(message).first(size)), kVectors[size])
        << size << " bytes";
  }
}

TEST(SipHash, OfWordsIsTheHashOfTheirBytes) {
  const std::uint64_t words[] = {0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL, 42};
  std::uint8_t bytes[sizeof words];
  std::memcpy(bytes, words, sizeof words);
  EXPECT_EQ(siphash(kKey, words), siphash(kKey, std::span<const std::uint8_t>(bytes)));
  const std::uint64_t one[] = {words[0]};
  EXPECT_EQ(siphash(kKey, one), kVectors[8]);
}

// The reference's vectors_sip128, lengths 8, 16 and 24.
TEST(SipHash128, MatchesTheReferenceVectors) {
  const std::uint64_t words[] = {0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL,
                                 0x1716151413121110ULL};
  EXPECT_EQ(siphash128(kKey, {words[0]}), (Sip128{0x61f55862baa9623bULL, 0xb49714f364e2830fULL}));
  EXPECT_EQ(siphash128(kKey, {words[0], words[1]}),
            (Sip128{0xbb54b067caa4e26eULL, 0x77052385bf1533fdULL}));
  EXPECT_EQ(siphash128(kKey, {words[0], words[1], words[2]}),
            (Sip128{0xd850bd78ae79b42dULL, 0xad32618a178a2a88ULL}));
}

class SipBurstKinds : public testing::TestWithParam<SipBurstKind> {};
INSTANTIATE_TEST_SUITE_P(OfThisProcessor, SipBurstKinds, testing::ValuesIn(sip_burst_kinds()),
                         [](const auto& p) { return std::string(p.param.name); });

TEST_P(SipBurstKinds, HashEachMessageAsOneByOne) {
  SplitMix64 dice{3};
  for (std::uint32_t n = 1; n <= SipBurst::kMost; ++n) {
    const SipKey key{dice.next(), dice.next()};
    SipBurst burst;
    for (SipBurst::Row& row : burst.word) {
      for (std::uint64_t& word : row) word = dice.next();
    }
    GetParam().hash(key, burst, n);
    for (std::uint32_t i = 0; i < n; ++i) {
      const Sip128 hash = siphash128(key, {burst.word[0][i], burst.word[1][i], burst.word[2][i]});
      ASSERT_EQ(burst.first[i], hash.first) << i << " of " << n;
      ASSERT_EQ(burst.second[i], hash.second) << i << " of " << n;
    }
  }
}

TEST(Secrets, DifferByUseAndBySeed) {
  std::set<std::uint64_t> halves;
  for (const Secrets& s : {Secrets::derive(1, 2), Secrets::derive(1, 3)}) {
    for (const SipKey& key : {s.cookie, s.tuple, s.jitter}) {
      EXPECT_TRUE(halves.insert(key.k0).second);
      EXPECT_TRUE(halves.insert(key.k1).second);
    }
  }
  EXPECT_NE(Secrets::derive(1, 2).rss_key, Secrets::derive(1, 3).rss_key);
  EXPECT_EQ(Secrets::derive(1, 2).rss_key, Secrets::derive(1, 2).rss_key);
}

}  // namespace
}  // namespace weir
