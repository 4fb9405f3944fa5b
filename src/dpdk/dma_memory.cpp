// rte_malloc for the bytes, external buffers for the references.
#include "dpdk/dma_memory.hpp"

#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#include <algorithm>
#include <cassert>

namespace weir {
namespace {

constexpr std::size_t kSmallestPage = 4096;
static_assert(DmaMemory::kThreads >= RTE_MAX_LCORE);

// One counter stays with the memory: at zero DPDK would ask for it to be freed.
void never(void*, void*) {}

bool in_one_piece(const std::uint8_t* data, std::size_t size) {
  if (rte_eal_iova_mode() == RTE_IOVA_VA) return true;
  const rte_iova_t first = rte_mem_virt2iova(data);
  for (std::size_t at = 0; at < size; at += kSmallestPage) {
    if (rte_mem_virt2iova(data + at) != first + at) return false;
  }
  return first != RTE_BAD_IOVA;
}

}  // namespace

struct DmaMemory::Counters {
  struct alignas(RTE_CACHE_LINE_SIZE) Counter {
    rte_mbuf_ext_shared_info info;
  };
  std::array<Counter, kThreads> of_thread;
};

std::unique_ptr<TransmitMemory> DmaMemory::make(std::size_t bytes) {
  auto* const data = static_cast<std::uint8_t*>(rte_malloc("text", bytes, kSmallestPage));
  if (data == nullptr) return nullptr;
  if (!in_one_piece(data, bytes)) {
    rte_free(data);
    return nullptr;
  }
  return std::unique_ptr<TransmitMemory>(new DmaMemory(data, bytes));
}

DmaMemory::DmaMemory(std::uint8_t* data, std::size_t size)
    : data_(data),
      size_(size),
      iova_(rte_mem_virt2iova(data)),
      counters_(std::make_unique<Counters>()) {
  for (Counters::Counter& counter : counters_->of_thread) {
    counter.info.free_cb = never;
    counter.info.fcb_opaque = nullptr;
    rte_mbuf_ext_refcnt_set(&counter.info, 1);
  }
}

DmaMemory::~DmaMemory() { rte_free(data_); }

bool DmaMemory::in_use() const noexcept {
  return std::any_of(
      counters_->of_thread.begin(), counters_->of_thread.end(),
      [](const auto& counter) { return rte_mbuf_ext_refcnt_read(&counter.info) != 1; });
}

void DmaMemory::refer(rte_mbuf& mbuf, std::span<const std::uint8_t> text) const noexcept {
  assert(rte_lcore_id() < kThreads);
  rte_mbuf_ext_shared_info& info = counters_->of_thread[rte_lcore_id()].info;
  rte_mbuf_ext_refcnt_update(&info, 1);
  auto* const at = const_cast<std::uint8_t*>(text.data());  // a port only reads
  rte_pktmbuf_attach_extbuf(&mbuf, at, iova_ + static_cast<std::uint64_t>(at - data_),
                            static_cast<std::uint16_t>(text.size()), &info);
  mbuf.data_off = 0;
}

}  // namespace weir
