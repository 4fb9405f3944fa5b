// Making and checking cookies.
#include "tcp/syn_cookie.hpp"

namespace weir::tcp {
namespace {

constexpr std::uint32_t kPeriodSeconds = 64;
constexpr std::uint32_t kTimeBits = 5;
constexpr std::uint32_t kMssBits = 3;
constexpr std::uint8_t kNoScale = 15;

std::uint64_t period(Instant now) noexcept {
  return now.microseconds() / (std::uint64_t{kPeriodSeconds} * 1'000'000);
}

// The tuple goes in as its keyed hash. The counter goes in whole (29 bits of it are 1088 years);
// the five bits in the cookie only tell which period to try.
std::uint32_t mac(const Secrets& secrets, const TupleHash& tuple, Seq irs, std::uint64_t at,
                  std::uint32_t mss_index) noexcept {
  const std::uint64_t words[] = {
      tuple.place,
      std::uint64_t{irs.value()} << 32 | static_cast<std::uint32_t>(at << kMssBits | mss_index)};
  return static_cast<std::uint32_t>(siphash(secrets.cookie, words) >> 40);
}

}  // namespace

Seq make_cookie(const Secrets& secrets, const TupleHash& tuple, Seq irs, std::uint16_t mss,
                Instant now) noexcept {
  std::uint32_t index = 0;
  while (index + 1 < kCookieMss.size() && kCookieMss[index + 1] <= mss) ++index;
  const std::uint64_t at = period(now);
  const auto time = static_cast<std::uint32_t>(at) & ((1U << kTimeBits) - 1);
  return Seq(mac(secrets, tuple, irs, at, index) << (kTimeBits + kMssBits) | time << kMssBits |
             index);
}

std::optional<std::uint16_t> check_cookie(const Secrets& secrets, const TupleHash& tuple, Seq irs,
                                          Seq cookie, Instant now) noexcept {
  const std::uint32_t index = cookie.value() & ((1U << kMssBits) - 1);
  const std::uint32_t time = cookie.value() >> kMssBits & ((1U << kTimeBits) - 1);
  const std::uint64_t current = period(now);
  const std::uint64_t age = (current - time) & ((1U << kTimeBits) - 1);
  if (age > 1 || age > current) return std::nullopt;
  const std::uint32_t expected = mac(secrets, tuple, irs, current - age, index);
  if (cookie.value() >> (kTimeBits + kMssBits) != expected) return std::nullopt;
  return kCookieMss[index];
}

std::uint32_t cookie_timestamp(std::uint32_t ts_now, bool has_window_scale,
                               std::uint8_t window_scale, bool sack) noexcept {
  const std::uint32_t bits = (sack ? 1U << 4 : 0U) | (has_window_scale ? window_scale : kNoScale);
  std::uint32_t value = (ts_now & ~0x1fU) | bits;
  if (static_cast<std::int32_t>(value - ts_now) > 0) value -= 0x20;
  return value;
}

void read_cookie_timestamp(std::uint32_t ts_echo, CookieFacts& facts) noexcept {
  const auto scale = static_cast<std::uint8_t>(ts_echo & 0xf);
  facts.has_window_scale = scale != kNoScale;
  facts.window_scale = facts.has_window_scale ? scale : std::uint8_t{0};
  facts.sack = (ts_echo & 0x10) != 0;
}

}  // namespace weir::tcp
