// The flows of one worker: fixed capacity, 64-byte records, an index of 64-byte buckets.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/mapped_memory.hpp"
#include "flow/flow.hpp"
#include "flow/tuple_hash.hpp"

namespace weir {

/// One cache line of the index. A slot is free when its tag is 0, so zeroed memory is an empty
/// index. `overflow` counts the entries that found this bucket full and stand further along their
/// probe sequence: while it is 0 a search ends here, and an entry that leaves takes its counts with
/// it, so that deletions never lengthen a search (the scheme of F14: Bronson, Shi 2019).
struct alignas(64) FlowBucket {
  static constexpr unsigned kSlots = 10;
  std::uint16_t tags[kSlots];
  std::uint16_t overflow;
  FlowId ids[kSlots];
};
static_assert(sizeof(FlowBucket) == 64 && alignof(FlowBucket) == 64);

/// Finds flows by key. One thread only; nothing is allocated after construction, and memory that no
/// flow needed yet is not touched. The hash is keyed, so that nobody outside can aim at a bucket.
class FlowTable {
 public:
  /// Buckets that a search may look at. Each key has a stride of its own, so that full buckets do
  /// not line up: at 0.9 full, 62 % of the buckets are full (linear probing would need runs of
  /// hundreds), and a new key meets 64 of them in a row with probability 0.62^64 = 5e-14.
  static constexpr unsigned kMaxProbe = 64;
  /// Entries per bucket at capacity: 0.9 of the slots.
  static constexpr unsigned kFill = 9;
  /// Bytes that one flow costs at capacity, record and index together, rounded up.
  static constexpr std::size_t kBytesPerFlow =
      sizeof(Flow) + (sizeof(FlowBucket) + kFill - 1) / kFill;

  /// Throws std::bad_alloc when address space is refused.
  FlowTable(std::uint32_t capacity, const SipKey& key);

  /// The place of its TupleHash.
  [[nodiscard]] std::uint64_t hash(const FlowKey& key) const noexcept {
    return tuple_hash(key_, key).place;
  }

  /// The flow of this key, or kNoFlow. `hash` is hash(key), here and below.
  [[nodiscard]] FlowId find(const FlowKey& key, std::uint64_t hash) const noexcept;
  /// The same, when candidate(hash) once said `guess`. The flow may be gone since: a free record
  /// keeps its key.
  [[nodiscard]] FlowId find(const FlowKey& key, std::uint64_t hash, FlowId guess) const noexcept {
    if (guess != kNoFlow) {
      const Flow& flow = records()[guess];
      if (flow.state != State::free && key_of(flow) == key) return guess;
    }
    return find(key, hash);
  }

  /// A zeroed flow with its key set and State::free, which the caller replaces; kNoFlow when the
  /// table is full or, hardly ever, when kMaxProbe buckets are. The key must not be there yet.
  [[nodiscard]] FlowId insert(const FlowKey& key, std::uint64_t hash) noexcept;
  /// Takes the flow out; its record becomes State::free and its id is the next to be given out.
  void erase(FlowId id) noexcept { erase(id, hash(key_of((*this)[id]))); }
  void erase(FlowId id, std::uint64_t hash) noexcept;

  [[nodiscard]] Flow& operator[](FlowId id) noexcept {
    assert(id < used_);
    return records()[id];
  }
  [[nodiscard]] const Flow& operator[](FlowId id) const noexcept {
    assert(id < used_);
    return records()[id];
  }

  /// The record of id 0, the others behind it; whether one is a flow is not said.
  [[nodiscard]] Flow* records() const noexcept { return static_cast<Flow*>(records_.data()); }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
  /// Ids at or above this were never given out. A listing goes over [0, high_water()) and skips
  /// State::free.
  [[nodiscard]] std::uint32_t high_water() const noexcept { return used_; }
  /// Bytes of address space: what the table weighs when it is full.
  [[nodiscard]] std::size_t bytes() const noexcept { return records_.size() + index_.size(); }

  void prefetch_bucket(std::uint64_t hash) const noexcept {
    __builtin_prefetch(&buckets()[home(hash)]);
  }
  /// The first flow of the home bucket whose tag fits, its key not compared: worth a prefetch.
  [[nodiscard]] FlowId candidate(std::uint64_t hash) const noexcept;
  void prefetch(FlowId id) const noexcept {
    if (id != kNoFlow) __builtin_prefetch(&records()[id], 1);
  }

 private:
  [[nodiscard]] std::uint32_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::uint32_t>((hash >> 32) * bucket_count_ >> 32);
  }
  [[nodiscard]] std::uint32_t stride(std::uint64_t hash) const noexcept {
    return 1 + static_cast<std::uint32_t>((hash >> 16 & 0xffff) * (bucket_count_ - 1) >> 16);
  }
  [[nodiscard]] std::uint32_t after(std::uint32_t bucket, std::uint32_t stride) const noexcept {
    const std::uint32_t next = bucket + stride;
    return next < bucket_count_ ? next : next - bucket_count_;
  }
  [[nodiscard]] FlowBucket* buckets() const noexcept {
    return static_cast<FlowBucket*>(index_.data());
  }
  [[nodiscard]] FlowId take_record() noexcept;
  void shift_overflow(std::uint64_t hash, std::uint32_t to, int by) noexcept;

  SipKey key_;
  std::uint32_t capacity_;
  std::uint32_t bucket_count_;  // a prime, so that every stride reaches every bucket
  std::uint32_t probes_;        // min(kMaxProbe, bucket_count_): no search meets a bucket twice
  std::uint32_t size_ = 0;
  std::uint32_t used_ = 0;
  FlowId free_ = kNoFlow;
  MappedMemory records_;
  MappedMemory index_;
};

}  // namespace weir
