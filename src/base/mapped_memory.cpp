// mmap and its counterpart, once.
#include "base/mapped_memory.hpp"

#include <sys/mman.h>

#include <new>

namespace weir {

MappedMemory::MappedMemory(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  data_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
               -1, 0);
  if (data_ == MAP_FAILED) {
    data_ = nullptr;
    throw std::bad_alloc();
  }
  // Random access over a large table is a TLB miss a packet with 4 KiB pages; the kernel may say
  // no.
  (void)madvise(data_, bytes, MADV_HUGEPAGE);
}

MappedMemory::~MappedMemory() {
  if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace weir
