// The acceptability test of RFC 9293 §3.10.7.4, first step, table 6.
#pragma once

#include <cstdint>

#include "base/seq.hpp"

namespace weir::tcp {

///                 rcv.nxt                  rcv.nxt + rcv.wnd
///   -----------------|------------------------|---------------
///   already received |  acceptable            | not yet allowed
///
/// `wnd` may be zero: then only an empty segment at rcv.nxt is acceptable.
[[nodiscard]] constexpr bool acceptable(Seq seq, std::uint32_t len, Seq rcv_nxt,
                                        std::uint32_t wnd) noexcept {
  const auto in_window = [&](Seq s) { return rcv_nxt <= s && s < rcv_nxt + wnd; };
  if (len == 0) return wnd == 0 ? seq == rcv_nxt : in_window(seq);
  if (wnd == 0) return false;
  return in_window(seq) || in_window(seq + (len - 1));
}

}  // namespace weir::tcp
