// Who was asked for lately: RFC 1122 §2.3.2.1, at most one ARP request a second and host.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/siphash.hpp"

namespace weir {

/// Remembers by keyed hash, in sets of eight: nobody outside can aim at a set. One thread.
class AskedHops {
 public:
  static constexpr Duration kPeriod = 1s;

  explicit AskedHops(const SipKey& key) : key_(key), sets_(kSets) {}

  /// Whether `hop` may be asked for now, which counts as asked. False when it was within the last
  /// kPeriod, or when so many others were that nothing more can be remembered.
  [[nodiscard]] bool may_ask(const Address& hop, Instant now) noexcept {
    const std::uint64_t hash = siphash(key_, {hop.high(), hop.low()});
    const auto tag = static_cast<std::uint32_t>(hash >> 32) | 1U;  // 0 = never used
    const std::uint32_t ms = now.milliseconds();
    const auto lately = [&](const Entry& e) { return e.tag != 0 && ms - e.at < kPeriodMs; };
    Entry* place = nullptr;
    for (Entry& entry : sets_[hash % kSets]) {
      if (entry.tag == tag) {
        if (lately(entry)) return false;
        place = &entry;
        break;
      }
      if (place == nullptr && !lately(entry)) place = &entry;
    }
    if (place == nullptr) return false;
    *place = {tag, ms};
    return true;
  }

 private:
  static constexpr std::size_t kSets = 1024;
  static constexpr std::uint32_t kPeriodMs = kPeriod / Duration(1ms);
  struct Entry {
    std::uint32_t tag = 0;
    std::uint32_t at = 0;  // milliseconds; wraps after 49 days, which costs one question
  };

  SipKey key_;
  std::vector<std::array<Entry, 8>> sets_;
};

}  // namespace weir
