// What a frame wishes is what DPDK is told, and what DPDK says is what a frame knows.
#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <array>
#include <string_view>

#include "dpdk/dma_memory.hpp"
#include "dpdk/mbuf_frame.hpp"
#include "eal/environment.hpp"

namespace weir::test {

class MbufFrame : public ::testing::Test {
 protected:
  rte_mbuf* received(std::uint64_t ol_flags, std::uint32_t hash = 0) {
    rte_mbuf* const mbuf = rte_pktmbuf_alloc(mempool->raw());
    rte_pktmbuf_append(mbuf, 60);
    mbuf->ol_flags = ol_flags;
    mbuf->hash.rss = hash;
    return mbuf;
  }
  std::uint16_t flags_of(std::uint64_t ol_flags, const ReceiveTraits& traits) {
    rte_mbuf* mbuf = received(ol_flags);
    Burst burst;
    push_received(&mbuf, 1, traits, burst);
    const std::uint16_t flags = burst[0].flags();
    burst.clear();
    return flags;
  }
  std::uint64_t wishes_of(std::uint16_t flags) {
    Frame frame = frame_with(*mempool, ethernet(""));
    frame.set_flags(flags);
    frame.set_header_lengths(18, 40);
    rte_mbuf* mbuf = nullptr;
    prepare_transmit({&frame, 1}, &mbuf);
    EXPECT_EQ(mbuf->l2_len, 18);
    EXPECT_EQ(mbuf->l3_len, 40);
    EXPECT_EQ(mbuf->pkt_len, 60U);
    return mbuf->ol_flags;
  }
  const std::unique_ptr<Mempool> mempool = make_pool("mbufs", 256);
  static constexpr ReceiveTraits kTrusting{
      .port = 1, .trust_ip = true, .trust_l4 = true, .trust_hash = true};
};

TEST_F(MbufFrame, ChecksumsOfATrustedDriver) {
  EXPECT_EQ(flags_of(0, kTrusting), 0);
  EXPECT_EQ(flags_of(RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD, kTrusting),
            kRxIpChecksumGood | kRxL4ChecksumGood);
  EXPECT_EQ(flags_of(RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_BAD, kTrusting),
            kRxIpChecksumGood | kRxL4ChecksumBad);
  EXPECT_EQ(flags_of(RTE_MBUF_F_RX_IP_CKSUM_BAD, kTrusting), kRxIpChecksumBad);
  EXPECT_EQ(flags_of(RTE_MBUF_F_RX_L4_CKSUM_NONE, kTrusting), kRxL4ChecksumGood)
      << "not filled in, but whole";
}

TEST_F(MbufFrame, ChecksumsAndHashOfADriverThatWasNotAsked) {
  EXPECT_EQ(
      flags_of(RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_RSS_HASH,
               {}),
      0);
}

TEST_F(MbufFrame, TheHashOfTheNic) {
  rte_mbuf* mbuf = received(RTE_MBUF_F_RX_RSS_HASH, 0x12345678);
  Burst burst;
  push_received(&mbuf, 1, kTrusting, burst);
  EXPECT_TRUE(burst[0].has(kRxRssHash));
  EXPECT_EQ(burst[0].rss_hash(), 0x12345678U);
}

TEST_F(MbufFrame, OffloadWishes) {
  EXPECT_EQ(wishes_of(0), 0U);
  EXPECT_EQ(wishes_of(kOwesVerdict | kHandedOver | kRxL4ChecksumGood), 0U);
  EXPECT_EQ(wishes_of(kTxIpChecksum | kTxTcpChecksum),
            RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_IPV4);
  EXPECT_EQ(wishes_of(kTxUdpChecksum | kTxIpv6), RTE_MBUF_F_TX_UDP_CKSUM | RTE_MBUF_F_TX_IPV6);
}

TEST_F(MbufFrame, AChainThatFitsOneBufferIsMadeWhole) {
  rte_mbuf* head = received(0);
  rte_mbuf* const tail = received(0);
  std::memset(rte_pktmbuf_mtod(head, char*), 'a', 60);
  std::memset(rte_pktmbuf_mtod(tail, char*), 'b', 60);
  ASSERT_EQ(rte_pktmbuf_chain(head, tail), 0);
  Burst burst;
  push_received(&head, 1, kTrusting, burst);
  EXPECT_FALSE(burst[0].has(kRxChained));
  ASSERT_EQ(burst[0].size(), 120);
  EXPECT_EQ(burst[0].bytes()[59], 'a');
  EXPECT_EQ(burst[0].bytes()[60], 'b');
  EXPECT_EQ(mempool->available(), 255U);
}

bool hang(Mempool& mempool, Frame& frame, const TextExtent& text) {
  return mempool.pool().attach(frame, {&text, 1});
}

TEST_F(MbufFrame, TextToBeCutIsDescribed) {
  const auto memory = DmaMemory::make(100'000);
  ASSERT_TRUE(memory);
  Frame frame = frame_with(*mempool, std::vector<std::uint8_t>(14 + 20 + 32));
  frame.set_flags(kTxIpChecksum | kTxTcpChecksum);
  frame.set_header_lengths(14, 20);
  frame.set_segment_size(1448);
  ASSERT_TRUE(hang(*mempool, frame, {memory->bytes().first(60'000), nullptr, memory.get()}));
  rte_mbuf* mbuf = nullptr;
  prepare_transmit({&frame, 1}, &mbuf);
  EXPECT_EQ(mbuf->ol_flags, RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM |
                                RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4);
  EXPECT_EQ(mbuf->l4_len, 32);
  EXPECT_EQ(mbuf->tso_segsz, 1448);
  EXPECT_EQ(mbuf->data_len, 66);
  EXPECT_EQ(mbuf->pkt_len, 60'066U);
  ASSERT_EQ(mbuf->nb_segs, 2);
  EXPECT_EQ(mbuf->next->data_len, 60'000);
  EXPECT_EQ(rte_pktmbuf_mtod(mbuf->next, std::uint8_t*), memory->bytes().data());
  const char* reason = nullptr;
  EXPECT_EQ(rte_mbuf_check(mbuf, 1, &reason), 0) << reason;
}

TEST_F(MbufFrame, WhatHangsOnAFrameSurvivesTheWayToAnotherWorker) {
  const auto memory = DmaMemory::make(5000);
  Frame frame = frame_with(*mempool, ethernet("head"));
  frame.set_segment_size(1000);
  ASSERT_TRUE(hang(*mempool, frame, {memory->bytes(), nullptr, memory.get()}));
  stow(frame);
  const Frame there = unstow(static_cast<rte_mbuf*>(frame.detach()));
  EXPECT_EQ(there.size(), 60U);
  EXPECT_EQ(there.behind(), 5000U);
  EXPECT_EQ(there.segment_size(), 1000);
}

TEST_F(MbufFrame, MemoryIsInUseAsLongAsAFrameRefersToIt) {
  const auto memory = DmaMemory::make(5000);
  EXPECT_FALSE(memory->in_use());
  Frame frame = frame_with(*mempool, ethernet("head"));
  ASSERT_TRUE(hang(*mempool, frame, {memory->bytes().first(10), nullptr, memory.get()}));
  ASSERT_TRUE(hang(*mempool, frame, {memory->bytes().last(10), nullptr, memory.get()}));
  EXPECT_TRUE(memory->in_use());
  frame.reset();
  EXPECT_FALSE(memory->in_use());
  EXPECT_EQ(mempool->available(), 256U);
}

TEST_F(MbufFrame, AFrameMayGoWhileItsTextIsStillBeingSent) {
  Frame holder = frame_with(*mempool, ethernet("the text of a flow"));
  Frame frame = frame_with(*mempool, ethernet("head"));
  ASSERT_TRUE(hang(*mempool, frame, {holder.bytes().subspan(14, 18), &holder, nullptr}));
  holder.reset();
  EXPECT_EQ(mempool->available(), 253U) << "the buffer stays until it was sent";
  rte_mbuf* mbuf = nullptr;
  prepare_transmit({&frame, 1}, &mbuf);
  EXPECT_EQ(std::string_view(rte_pktmbuf_mtod(mbuf->next, char*), mbuf->next->data_len),
            "the text of a flow");
  frame.reset();
  EXPECT_EQ(mempool->available(), 256U);
}

TEST_F(MbufFrame, SeveralTextsAreAttachedTogetherOrNotAtAll) {
  const auto memory = DmaMemory::make(300);
  const auto small = make_pool("three", 3);
  Frame frame = frame_with(*small, ethernet("head"));
  const auto bytes = memory->bytes();
  const std::array<TextExtent, 3> texts{TextExtent{bytes.first(100), nullptr, memory.get()},
                                        TextExtent{bytes.subspan(100, 50), nullptr, memory.get()},
                                        TextExtent{bytes.last(10), nullptr, memory.get()}};
  EXPECT_FALSE(small->pool().attach(frame, texts)) << "two buffers are left";
  EXPECT_EQ(frame.behind(), 0U);
  EXPECT_EQ(small->available(), 2U);
  EXPECT_FALSE(memory->in_use());
  ASSERT_TRUE(small->pool().attach(frame, std::span(texts).first(2)));
  EXPECT_EQ(frame.behind(), 150U);
  const auto* const head = static_cast<const rte_mbuf*>(frame.handle());
  EXPECT_EQ(head->nb_segs, 3);
  EXPECT_EQ(rte_pktmbuf_mtod(head->next, const std::uint8_t*), bytes.data());
  EXPECT_EQ(rte_pktmbuf_mtod(head->next->next, const std::uint8_t*), bytes.data() + 100);
  frame.reset();
  EXPECT_EQ(small->available(), 3U);
}

TEST_F(MbufFrame, WithoutABufferNothingIsAttached) {
  const auto memory = DmaMemory::make(64);
  const auto small = make_pool("one", 1);
  Frame frame = frame_with(*small, ethernet("head"));
  EXPECT_FALSE(hang(*small, frame, {memory->bytes(), nullptr, memory.get()}));
  EXPECT_EQ(frame.behind(), 0U);
  EXPECT_FALSE(memory->in_use());
}

TEST(DmaMemory, MoreThanThereIsIsRefused) {
  EXPECT_EQ(DmaMemory::make(std::size_t{1} << 46), nullptr);
}

}  // namespace weir::test
