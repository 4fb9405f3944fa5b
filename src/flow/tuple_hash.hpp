// The keyed hash of a tuple: where its flow stands, and what the tuple is known by outside.
#pragma once

#include <cstdint>

#include "base/secrets.hpp"
#include "base/sip_burst.hpp"
#include "flow/flow.hpp"

namespace weir {

/// SipHash-2-4-128 of a tuple. Of `mark` peers see parts (sequence numbers, timestamps, flow
/// labels); nothing of it tells about `place`, so that nobody outside can aim at a bucket.
struct TupleHash {
  std::uint64_t place = 0, mark = 0;
};

[[nodiscard]] inline std::uint64_t last_word(const FlowKey& tuple) noexcept {
  return std::uint64_t{tuple.remote_port} << 16 | tuple.local;
}
[[nodiscard]] inline TupleHash tuple_hash(const SipKey& key, const FlowKey& tuple) noexcept {
  const Sip128 hash = siphash128(key, {tuple.remote.high(), tuple.remote.low(), last_word(tuple)});
  return {hash.first, hash.second};
}

/// The same for a burst: write_tuple() for each, siphash128_burst(), hash_at() for each.
inline void write_tuple(SipBurst& burst, std::uint32_t i, const FlowKey& tuple) noexcept {
  burst.word[0][i] = tuple.remote.high();
  burst.word[1][i] = tuple.remote.low();
  burst.word[2][i] = last_word(tuple);
}
[[nodiscard]] inline TupleHash hash_at(const SipBurst& burst, std::uint32_t i) noexcept {
  return {burst.first[i], burst.second[i]};
}

/// Remembers the last tuple's hash, for all who ask about it while a segment is being processed.
class TupleHashes {
 public:
  explicit TupleHashes(const SipKey& key) : key_(key), hash_(tuple_hash(key, tuple_)) {}

  [[nodiscard]] const TupleHash& of(const FlowKey& tuple) noexcept {
    if (tuple != tuple_) know(tuple, tuple_hash(key_, tuple));
    return hash_;
  }
  /// `hash` is the tuple's.
  void know(const FlowKey& tuple, const TupleHash& hash) noexcept {
    tuple_ = tuple;
    hash_ = hash;
  }

 private:
  SipKey key_;
  FlowKey tuple_;
  TupleHash hash_;
};

}  // namespace weir
