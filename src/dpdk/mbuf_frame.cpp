// Field by field; the only file that knows both sides.
#include "dpdk/mbuf_frame.hpp"

#include <rte_mbuf.h>

namespace weir {
namespace {

rte_mbuf* mbuf_of(const Frame& frame) noexcept { return static_cast<rte_mbuf*>(frame.handle()); }

/// GOOD and BAD together mean "not filled in, but the packet is whole" (virtio, between two
/// machines of one host): nothing is left to verify, so that is good.
std::uint16_t checksum_flags(std::uint64_t ol, const ReceiveTraits& traits) noexcept {
  unsigned flags = 0;
  if (traits.trust_ip) {
    if ((ol & RTE_MBUF_F_RX_IP_CKSUM_GOOD) != 0) {
      flags |= kRxIpChecksumGood;
    } else if ((ol & RTE_MBUF_F_RX_IP_CKSUM_BAD) != 0) {
      flags |= kRxIpChecksumBad;
    }
  }
  if (traits.trust_l4) {
    if ((ol & RTE_MBUF_F_RX_L4_CKSUM_GOOD) != 0) {
      flags |= kRxL4ChecksumGood;
    } else if ((ol & RTE_MBUF_F_RX_L4_CKSUM_BAD) != 0) {
      flags |= kRxL4ChecksumBad;
    }
  }
  return static_cast<std::uint16_t>(flags);
}

/// Puts the bytes of a frame where its buffer's reader looks for them. What arrived in a chain
/// keeps its lengths: its frame is marked and only ever dropped.
void place(const Frame& frame, rte_mbuf* mbuf) noexcept {
  if (frame.has(kRxChained)) return;
  assert(frame.pool()->can_leave());
  mbuf->data_off = static_cast<std::uint16_t>(frame.headroom());
  mbuf->data_len = static_cast<std::uint16_t>(frame.size());
  mbuf->pkt_len = frame.packet_size();
}

std::uint64_t transmit_flags(const Frame& frame) noexcept {
  std::uint64_t ol = 0;
  if (frame.has(kTxIpChecksum)) ol |= RTE_MBUF_F_TX_IP_CKSUM;
  if (frame.has(kTxTcpChecksum)) ol |= RTE_MBUF_F_TX_TCP_CKSUM;
  if (frame.has(kTxUdpChecksum)) ol |= RTE_MBUF_F_TX_UDP_CKSUM;
  if (frame.segment_size() != 0) ol |= RTE_MBUF_F_TX_TCP_SEG;
  if (ol != 0) ol |= frame.has(kTxIpv6) ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;
  return ol;
}

/// For a NIC that cuts the text: where it begins, and how much a segment takes.
void tell_segments(const Frame& frame, rte_mbuf& mbuf) noexcept {
  const std::uint32_t headers = (frame.l2_length() & 0x7fU) + frame.l3_length();
  mbuf.l4_len = (frame.size() - headers) & 0xff;
  mbuf.tso_segsz = frame.segment_size();
}

}  // namespace

Frame frame_over(FramePool& pool, rte_mbuf* mbuf) noexcept {
  return Frame(pool, mbuf, static_cast<std::uint8_t*>(mbuf->buf_addr), mbuf->buf_len,
               mbuf->data_off, mbuf->data_len);
}

void push_received(rte_mbuf** mbufs, std::uint32_t n, const ReceiveTraits& traits,
                   Burst& out) noexcept {
  for (std::uint32_t i = 0; i < n; ++i) {
    rte_mbuf* const mbuf = mbufs[i];
    std::uint16_t flags = checksum_flags(mbuf->ol_flags, traits);
    if (mbuf->nb_segs != 1 && rte_pktmbuf_linearize(mbuf) != 0) flags |= kRxChained;
    Frame frame = frame_over(home_of(mbuf), mbuf);
    if (traits.trust_hash && (mbuf->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0) {
      flags |= kRxRssHash;
      frame.set_rss_hash(mbuf->hash.rss);
    }
    frame.set_flags(flags);
    frame.set_port(traits.port);
    out.push(std::move(frame));
  }
}

void prepare_transmit(std::span<Frame> frames, rte_mbuf** out) noexcept {
  for (const Frame& frame : frames) {
    rte_mbuf* const mbuf = mbuf_of(frame);
    assert(!frame.has(kRxChained) && "what arrived in a chain cannot be sent");
    place(frame, mbuf);
    mbuf->ol_flags = transmit_flags(frame);
    mbuf->tx_offload = 0;
    mbuf->l2_len = frame.l2_length() & 0x7f;
    mbuf->l3_len = frame.l3_length();
    if (frame.segment_size() != 0) tell_segments(frame, *mbuf);
    *out++ = mbuf;
  }
}

// Only Weir looks at a buffer between stow and unstow, so fields that no driver will read are ours:
// hash.fdir.hi is [l3 length | l2 length | flags], next to the hash on the same cache line.
void stow(const Frame& frame) noexcept {
  rte_mbuf* const mbuf = mbuf_of(frame);
  place(frame, mbuf);
  mbuf->port = frame.port();
  mbuf->hash.fdir.lo = frame.rss_hash();  // or how much hangs on it
  mbuf->tx_offload = frame.segment_size();
  mbuf->hash.fdir.hi = std::uint32_t{frame.l3_length()} << 24 |
                       std::uint32_t{frame.l2_length()} << 16 | frame.flags();
}

Frame unstow(rte_mbuf* mbuf) noexcept {
  Frame frame = frame_over(home_of(mbuf), mbuf);
  const std::uint32_t packed = mbuf->hash.fdir.hi;
  frame.set_flags(static_cast<std::uint16_t>(packed));
  frame.set_header_lengths(static_cast<std::uint8_t>(packed >> 16),
                           static_cast<std::uint8_t>(packed >> 24));
  frame.set_port(static_cast<std::uint8_t>(mbuf->port));
  frame.set_rss_hash(mbuf->hash.fdir.lo);
  frame.set_segment_size(static_cast<std::uint16_t>(mbuf->tx_offload));
  return frame;
}

}  // namespace weir
