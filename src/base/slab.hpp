// A slab: fixed capacity, objects named by 32-bit ids, last freed first reused.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "base/mapped_memory.hpp"

namespace weir {

inline constexpr std::uint32_t kNoId = 0xffffffffU;

/// Holds up to `capacity` objects of T, lazily backed by memory. One thread only.
/// A free slot holds the id of the next free one; slots never used yet are not touched at all.
template <class T>
class Slab {
 public:
  explicit Slab(std::uint32_t capacity)
      : memory_(std::size_t{capacity} * sizeof(Slot)), capacity_(capacity) {}
  ~Slab() { assert(live_ == 0 && "objects outlive their slab"); }
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  /// The id of a new object, or kNoId when the slab is full.
  template <class... Args>
  [[nodiscard]] std::uint32_t make(Args&&... args) noexcept {
    std::uint32_t id = free_;
    if (id != kNoId) {
      free_ = slot(id).next;
    } else if (used_ < capacity_) {
      id = used_++;
    } else {
      return kNoId;
    }
    ::new (static_cast<void*>(&slot(id))) T(std::forward<Args>(args)...);
    ++live_;
    return id;
  }
  void destroy(std::uint32_t id) noexcept {
    std::destroy_at(&(*this)[id]);
    slot(id).next = free_;
    free_ = id;
    --live_;
  }
  [[nodiscard]] T& operator[](std::uint32_t id) noexcept {
    assert(id < used_);
    return *std::launder(reinterpret_cast<T*>(&slot(id)));
  }
  [[nodiscard]] const T& operator[](std::uint32_t id) const noexcept {
    return const_cast<Slab&>(*this)[id];
  }
  [[nodiscard]] std::uint32_t size() const noexcept { return live_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
  /// The most objects that were ever alive at once: what has cost memory.
  [[nodiscard]] std::uint32_t high_water() const noexcept { return used_; }
  static constexpr std::size_t kSlotSize = sizeof(T);

 private:
  union Slot {
    Slot() {}
    ~Slot() {}
    std::uint32_t next;
    T object;
  };
  static_assert(sizeof(Slot) == sizeof(T));
  [[nodiscard]] Slot& slot(std::uint32_t id) noexcept {
    return static_cast<Slot*>(memory_.data())[id];
  }

  MappedMemory memory_;
  std::uint32_t capacity_;
  std::uint32_t used_ = 0;
  std::uint32_t live_ = 0;
  std::uint32_t free_ = kNoId;
};

}  // namespace weir
