// The protocol counters of one worker, made from one table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/counter.hpp"

namespace weir {

enum class Mib : std::uint8_t {
#define WEIR_MIB(name, what) name,
#include "base/mib.def"
#undef WEIR_MIB
};

struct MibText {
  std::string_view name, what;
};
inline constexpr auto kMibTexts = std::to_array<MibText>({
#define WEIR_MIB(name, what) {#name, what},
#include "base/mib.def"
#undef WEIR_MIB
});
inline constexpr std::size_t kMibCount = kMibTexts.size();

/// Written by its worker alone.
class MibCounters {
 public:
  void add(Mib m, std::uint64_t n = 1) noexcept { counters_[static_cast<std::size_t>(m)].add(n); }
  [[nodiscard]] std::uint64_t get(Mib m) const noexcept {
    return counters_[static_cast<std::size_t>(m)].get();
  }

 private:
  std::array<Counter, kMibCount> counters_;
};

}  // namespace weir
