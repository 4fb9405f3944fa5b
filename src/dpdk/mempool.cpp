// rte_pktmbuf_pool_create, taken apart: the pool's private area gets one word more, its FramePool,
// so that a buffer that comes out of a ring or a foreign queue finds the way home.
#include "dpdk/mempool.hpp"

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "dpdk/dma_memory.hpp"
#include "dpdk/mbuf_frame.hpp"
#include "frame/burst.hpp"

namespace weir {
namespace {

struct PoolPrivate {
  rte_pktmbuf_pool_private dpdk;  // must be first: DPDK looks for it there
  FramePool* frames;
};

std::string why_not(const MempoolSettings& settings, int error) {
  std::string sentence = "no memory pool of " + std::to_string(settings.count) + " buffers (" +
                         std::to_string(pool_bytes(settings.count, settings.data_room) >> 20) +
                         " MB): ";
  if (error == ENOMEM) {
    return sentence +
           "DPDK's memory is too small for it; lower [memory] mbufs or reserve more huge "
           "pages";
  }
  if (error == EINVAL || error == ENOENT) {
    return sentence +
           "DPDK has no ring driver for pools; install it: apt install librte-mempool-ring23";
  }
  return sentence + rte_strerror(error);
}

rte_mempool* make(const MempoolSettings& settings) {
  // A pool that could end up whole in the caches of two threads is worse than one without caches.
  const std::uint32_t cache =
      std::min<std::uint32_t>({settings.cache, RTE_MEMPOOL_CACHE_MAX_SIZE, settings.count / 8});
  const unsigned element = static_cast<unsigned>(sizeof(rte_mbuf)) + settings.data_room;
  rte_mempool* const raw =
      rte_mempool_create_empty(settings.name.c_str(), settings.count, element, cache,
                               sizeof(PoolPrivate), settings.numa_node, 0);
  if (raw == nullptr) return nullptr;
  rte_pktmbuf_pool_private room{};
  room.mbuf_data_room_size = settings.data_room;
  int error = rte_mempool_set_ops_byname(raw, rte_mbuf_best_mempool_ops(), nullptr);
  if (error == 0) {
    rte_pktmbuf_pool_init(raw, &room);
    error = rte_mempool_populate_default(raw);
  }
  if (error < 0) {
    rte_mempool_free(raw);
    rte_errno = -error;
    return nullptr;
  }
  rte_mempool_obj_iter(raw, rte_pktmbuf_init, nullptr);
  return raw;
}

void refer(rte_mbuf& carrier, const TextExtent& text) noexcept {
  if (text.frame != nullptr) {
    auto* const holder = static_cast<rte_mbuf*>(text.frame->handle());
    rte_pktmbuf_attach(&carrier, holder);
    carrier.data_off = static_cast<std::uint16_t>(
        text.bytes.data() - static_cast<const std::uint8_t*>(holder->buf_addr));
  } else {
    static_cast<const DmaMemory*>(text.memory)->refer(carrier, text.bytes);
  }
  carrier.data_len = static_cast<std::uint16_t>(text.bytes.size());
  carrier.pkt_len = carrier.data_len;
}

}  // namespace

const FramePoolOps Mempool::kOps{&Mempool::allocate, &Mempool::release, &Mempool::available_in,
                                 &Mempool::attach, &Mempool::copy_behind};

Mempool::Mempool(rte_mempool* raw, std::uint32_t count, std::uint16_t data_room) noexcept
    : raw_(raw), data_room_(data_room), pool_(kOps, this, count) {
  static_cast<PoolPrivate*>(rte_mempool_get_priv(raw))->frames = &pool_;
}

Mempool::~Mempool() { rte_mempool_free(raw_); }

Result<std::unique_ptr<Mempool>> Mempool::create(const MempoolSettings& settings) {
  if (settings.name.size() > RTE_MEMPOOL_NAMESIZE - 1) {
    return Error{"the memory pool's name '" + settings.name + "' is longer than " +
                 std::to_string(RTE_MEMPOOL_NAMESIZE - 1) + " characters"};
  }
  rte_mempool* const raw = make(settings);
  if (raw == nullptr) return Error{why_not(settings, rte_errno)};
  return std::unique_ptr<Mempool>(new Mempool(raw, settings.count, settings.data_room));
}

std::uint32_t Mempool::available() const noexcept { return rte_mempool_avail_count(raw_); }

std::uint32_t Mempool::allocate(void* self, Frame* out, std::uint32_t n) noexcept {
  auto& mempool = *static_cast<Mempool*>(self);
  std::uint32_t made = 0;
  while (made < n) {
    // DPDK gives all or nothing; when a burst is too much, what is left comes one by one.
    rte_mbuf* mbufs[kMaxBurst];
    std::uint32_t want = std::min(n - made, kMaxBurst);
    if (rte_pktmbuf_alloc_bulk(mempool.raw_, mbufs, want) != 0) {
      want = 1;
      mbufs[0] = rte_pktmbuf_alloc(mempool.raw_);
      if (mbufs[0] == nullptr) break;
    }
    for (std::uint32_t i = 0; i < want; ++i) out[made + i] = frame_over(mempool.pool_, mbufs[i]);
    made += want;
  }
  return made;
}

void Mempool::release(void*, void* const* handles, std::uint32_t n) noexcept {
  // Each buffer knows its pool; DPDK collects runs of the same one and puts them back at once.
  rte_pktmbuf_free_bulk(reinterpret_cast<rte_mbuf**>(const_cast<void**>(handles)), n);
}

// The buffers that carry the references have room of their own, unused meanwhile: as many of them
// wait in a transmit queue as it has descriptors, whatever they carry.
bool Mempool::attach(void* self, Frame& frame, std::span<const TextExtent> texts) noexcept {
  assert(texts.size() <= kMostExtents);
  auto& mempool = *static_cast<Mempool*>(self);
  rte_mbuf* carriers[kMostExtents];
  const auto count = static_cast<std::uint16_t>(texts.size());
  if (rte_pktmbuf_alloc_bulk(mempool.raw_, carriers, count) != 0) return false;
  auto* const head = static_cast<rte_mbuf*>(frame.handle());
  rte_mbuf* last = rte_pktmbuf_lastseg(head);
  std::uint32_t behind = frame.behind();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    refer(*carriers[i], texts[i]);
    last->next = carriers[i];
    last = carriers[i];
    behind += last->data_len;
  }
  head->nb_segs = static_cast<std::uint16_t>(head->nb_segs + count);
  frame.set_behind(behind);
  return true;
}

std::uint32_t Mempool::copy_behind(const void*, const Frame& frame,
                                   std::span<std::uint8_t> out) noexcept {
  std::uint32_t done = 0;
  const auto* const head = static_cast<const rte_mbuf*>(frame.handle());
  for (const rte_mbuf* m = head->next; m != nullptr && done < out.size(); m = m->next) {
    const auto n =
        std::min<std::uint32_t>(m->data_len, static_cast<std::uint32_t>(out.size()) - done);
    std::memcpy(out.data() + done, rte_pktmbuf_mtod(m, const std::uint8_t*), n);
    done += n;
  }
  return done;
}

std::uint32_t Mempool::available_in(const void* self) noexcept {
  return static_cast<const Mempool*>(self)->available();
}

FramePool& home_of(const rte_mbuf* mbuf) noexcept {
  return *static_cast<PoolPrivate*>(rte_mempool_get_priv(mbuf->pool))->frames;
}

}  // namespace weir
