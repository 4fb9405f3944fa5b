// Search, insertion and deletion in the index of flows.
#include "flow/flow_table.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <bit>

namespace weir {
namespace {

// 0 marks a free slot, so that hash value shares its tag with 1. The low bits: home() uses the
// high.
std::uint16_t tag_of(std::uint64_t hash) noexcept {
  const auto tag = static_cast<std::uint16_t>(hash);
  return tag == 0 ? std::uint16_t{1} : tag;
}

// A bit per slot whose tag is this one.
unsigned slots_with(const FlowBucket& bucket, std::uint16_t tag) noexcept {
  const __m128i eight = _mm_load_si128(reinterpret_cast<const __m128i*>(bucket.tags));
  const __m128i equal = _mm_cmpeq_epi16(eight, _mm_set1_epi16(static_cast<short>(tag)));
  const auto low = static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(equal, equal))) & 0xffU;
  return low | unsigned{bucket.tags[8] == tag} << 8 | unsigned{bucket.tags[9] == tag} << 9;
}

unsigned first_of(unsigned slots) noexcept {
  return static_cast<unsigned>(std::countr_zero(slots));
}

// At start-up only: trial division takes microseconds.
bool is_prime(std::uint32_t n) noexcept {
  for (std::uint32_t d = 2; d <= n / d; ++d) {
    if (n % d == 0) return false;
  }
  return n >= 2;
}

std::uint32_t buckets_for(std::uint32_t capacity) noexcept {
  std::uint32_t count =
      std::max(2U, capacity / FlowTable::kFill + (capacity % FlowTable::kFill != 0));
  while (!is_prime(count)) ++count;
  return count;
}

// A free record holds the id of the next free one where a live one holds cold_or_rtt.
FlowId& next_free(Flow& flow) noexcept { return flow.cold_or_rtt; }

}  // namespace

FlowTable::FlowTable(std::uint32_t capacity, const SipKey& key)
    : key_(key),
      capacity_(capacity),
      bucket_count_(buckets_for(capacity)),
      probes_(std::min(kMaxProbe, bucket_count_)),
      records_(std::size_t{capacity} * sizeof(Flow)),
      index_(std::size_t{bucket_count_} * sizeof(FlowBucket)) {}

FlowId FlowTable::find(const FlowKey& key, std::uint64_t hash) const noexcept {
  const std::uint16_t tag = tag_of(hash);
  const std::uint32_t step = stride(hash);
  std::uint32_t at = home(hash);
  for (std::uint32_t probe = 0; probe < probes_; ++probe, at = after(at, step)) {
    const FlowBucket& bucket = buckets()[at];
    for (unsigned slots = slots_with(bucket, tag); slots != 0; slots &= slots - 1) {
      const FlowId id = bucket.ids[first_of(slots)];
      if (key_of(records()[id]) == key) return id;
    }
    if (bucket.overflow == 0) break;
  }
  return kNoFlow;
}

FlowId FlowTable::candidate(std::uint64_t hash) const noexcept {
  const std::uint32_t at = home(hash);
  const FlowBucket& bucket = buckets()[at];
  const unsigned slots = slots_with(bucket, tag_of(hash));
  if (slots != 0) return bucket.ids[first_of(slots)];
  if (bucket.overflow != 0) __builtin_prefetch(&buckets()[after(at, stride(hash))]);
  return kNoFlow;
}

FlowId FlowTable::insert(const FlowKey& key, std::uint64_t hash) noexcept {
  assert(find(key, hash) == kNoFlow);
  if (size_ == capacity_) return kNoFlow;
  const std::uint32_t step = stride(hash);
  std::uint32_t at = home(hash);
  unsigned vacant = slots_with(buckets()[at], 0);
  for (std::uint32_t probe = 1; vacant == 0; ++probe) {
    if (probe == probes_) return kNoFlow;
    at = after(at, step);
    vacant = slots_with(buckets()[at], 0);
  }
  shift_overflow(hash, at, +1);

  const FlowId id = take_record();
  FlowBucket& bucket = buckets()[at];
  bucket.tags[first_of(vacant)] = tag_of(hash);
  bucket.ids[first_of(vacant)] = id;
  Flow& flow = records()[id];
  flow = Flow{};
  flow.remote = key.remote;
  flow.remote_port = key.remote_port;
  flow.local = key.local;
  ++size_;
  return id;
}

void FlowTable::erase(FlowId id, std::uint64_t hash) noexcept {
  Flow& flow = (*this)[id];
  const std::uint32_t step = stride(hash);
  std::uint32_t at = home(hash);
  for (std::uint32_t probe = 0; probe < probes_; ++probe, at = after(at, step)) {
    FlowBucket& bucket = buckets()[at];
    for (unsigned slots = slots_with(bucket, tag_of(hash)); slots != 0; slots &= slots - 1) {
      if (bucket.ids[first_of(slots)] != id) continue;
      bucket.tags[first_of(slots)] = 0;
      shift_overflow(hash, at, -1);
      flow.state = State::free;
      next_free(flow) = free_;
      free_ = id;
      --size_;
      return;
    }
  }
  assert(false && "the flow's key was changed, or it was erased twice");
}

FlowId FlowTable::take_record() noexcept {
  if (free_ == kNoFlow) return used_++;
  const FlowId id = free_;
  free_ = next_free(records()[id]);
  return id;
}

// Counts an entry in or out of the buckets that it passed on the way to the one it stands in, `to`.
void FlowTable::shift_overflow(std::uint64_t hash, std::uint32_t to, int by) noexcept {
  const std::uint32_t step = stride(hash);
  for (std::uint32_t at = home(hash); at != to; at = after(at, step)) {
    std::uint16_t& overflow = buckets()[at].overflow;
    assert(by > 0 ? overflow != 0xffff : overflow != 0);
    overflow = static_cast<std::uint16_t>(overflow + by);
  }
}

}  // namespace weir
