// rte_ring of buffers, and rte_ring_elem of 64-byte messages.
#include "dpdk/queue_ring.hpp"

#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <algorithm>
#include <string>

#include "dpdk/mbuf_frame.hpp"

namespace weir {
namespace {

/// In memory of our own rather than by rte_ring_create, which wants a name for each ring, unique in
/// the process, and one of 2560 memory zones.
Result<rte_ring*> create_ring(std::uint32_t element, std::uint32_t size, Producers producers,
                              int numa_node) {
  const ssize_t bytes = rte_ring_get_memsize_elem(element, size);
  if (bytes < 0) {
    return Error{"a ring between two threads cannot have " + std::to_string(size) +
                 " entries: not a power of two"};
  }
  auto* const ring = static_cast<rte_ring*>(
      rte_zmalloc_socket(nullptr, static_cast<std::size_t>(bytes), RTE_CACHE_LINE_SIZE, numa_node));
  if (ring == nullptr) {
    return Error{"no memory left in DPDK for a ring of " + std::to_string(size) +
                 " entries between two threads"};
  }
  const unsigned flags =
      RING_F_SC_DEQ | (producers == Producers::one ? static_cast<unsigned>(RING_F_SP_ENQ) : 0U);
  (void)rte_ring_init(ring, "weir", size, flags);  // fails only for a size checked above
  return ring;
}

}  // namespace

void RingFree::operator()(rte_ring* ring) const noexcept { rte_free(ring); }

Result<FrameRing> FrameRing::create(std::uint32_t size, Producers producers, int numa_node) {
  const auto ring = create_ring(sizeof(void*), size, producers, numa_node);
  if (!ring.ok()) return ring.error();
  return FrameRing(ring.value());
}

FrameRing::~FrameRing() {
  if (ring_ == nullptr) return;
  for (Burst burst; pop(burst) != 0;) burst.clear();
}

std::uint32_t FrameRing::push(std::span<Frame> frames) noexcept {
  std::uint32_t taken = 0;
  while (taken < frames.size()) {
    void* mbufs[kMaxBurst];
    const auto n = static_cast<unsigned>(std::min<std::size_t>(kMaxBurst, frames.size() - taken));
    for (unsigned i = 0; i < n; ++i) {
      stow(frames[taken + i]);
      mbufs[i] = frames[taken + i].handle();
    }
    const unsigned fitted = rte_ring_enqueue_burst(ring_.get(), mbufs, n, nullptr);
    // The consumer may own these buffers already: forget them, touch nothing.
    for (unsigned i = 0; i < fitted; ++i) (void)frames[taken + i].detach();
    taken += fitted;
    if (fitted < n) break;
  }
  return taken;
}

std::uint32_t FrameRing::pop(Burst& out) noexcept {
  void* mbufs[kMaxBurst];
  const unsigned n = rte_ring_dequeue_burst(ring_.get(), mbufs, out.room(), nullptr);
  for (unsigned i = 0; i < n; ++i) out.push(unstow(static_cast<rte_mbuf*>(mbufs[i])));
  return n;
}

std::uint32_t FrameRing::size() const noexcept { return rte_ring_count(ring_.get()); }
std::uint32_t FrameRing::capacity() const noexcept { return rte_ring_get_capacity(ring_.get()); }

Result<MessageRing> MessageRing::create(std::uint32_t size, Producers producers, int numa_node) {
  const auto ring = create_ring(kMessageBytes, size, producers, numa_node);
  if (!ring.ok()) return ring.error();
  return MessageRing(ring.value());
}

bool MessageRing::push(const void* message) noexcept {
  // DPDK copies from the message; its signature only lacks the const.
  return rte_ring_enqueue_elem(ring_.get(), const_cast<void*>(message), kMessageBytes) == 0;
}

bool MessageRing::pop(void* message) noexcept {
  return rte_ring_dequeue_elem(ring_.get(), message, kMessageBytes) == 0;
}

}  // namespace weir
