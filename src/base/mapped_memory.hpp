// Anonymous memory that costs nothing until it is touched: the ground under tables and slabs.
#pragma once

#include <cstddef>
#include <utility>

namespace weir {

/// Owns zeroed, page-aligned memory. Physical pages appear on first touch, so that a table sized
/// for a million flows weighs what its flows weigh. Throws std::bad_alloc when address space is
/// refused.
class MappedMemory {
 public:
  MappedMemory() noexcept = default;
  explicit MappedMemory(std::size_t bytes);
  ~MappedMemory();
  MappedMemory(MappedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedMemory& operator=(MappedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  [[nodiscard]] void* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace weir
