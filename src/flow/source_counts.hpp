// How many flows each remote address has, about: a count-min sketch (Cormode, Muthukrishnan 2005).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/address.hpp"
#include "base/siphash.hpp"

namespace weir {

/// Never counts too few, and hardly ever too many: two keyed rows of four counters a flow, of which
/// the lesser one counts, so that a stranger who shares one counter with a crowd is not taken for
/// it. An IPv6 source is its /64, which is what one host is given. One thread.
class SourceCounts {
 public:
  /// For at most `flows` flows; nothing is allocated, and nothing is counted, for zero.
  SourceCounts(std::uint32_t flows, const SipKey& key)
      : key_(key),
        mask_(flows == 0 ? 0 : std::bit_ceil(std::uint64_t{flows} * 4) - 1),
        rows_(flows == 0 ? 0 : 2 * (mask_ + 1)) {}

  [[nodiscard]] std::uint32_t count(const Address& source) const noexcept {
    if (rows_.empty()) return 0;
    const Places at = places(source);
    return std::min(rows_[at.first], rows_[at.second]);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return rows_.size() * sizeof(rows_[0]); }
  void add(const Address& source) noexcept { change(source, 1); }
  void subtract(const Address& source) noexcept { change(source, ~std::uint32_t{0}); }

 private:
  struct Places {
    std::uint64_t first, second;
  };
  [[nodiscard]] Places places(const Address& source) const noexcept {
    const std::uint64_t low = source.is_v4() ? source.low() : 0;
    const std::uint64_t hash = siphash(key_, {source.high(), low});
    return {hash & mask_, mask_ + 1 + (std::rotl(hash, 32) & mask_)};
  }
  void change(const Address& source, std::uint32_t by) noexcept {
    if (rows_.empty()) return;
    const Places at = places(source);
    rows_[at.first] += by;
    rows_[at.second] += by;
  }

  SipKey key_;
  std::uint64_t mask_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace weir
