// bytes=first-last, bytes=first-, bytes=-suffix.
#include "service/http/http_range.hpp"

#include <algorithm>

#include "service/http/http_text.hpp"

namespace weir {

HttpRange parse_range(std::string_view field, std::uint64_t length) noexcept {
  constexpr HttpRange kUnsatisfiable{HttpRange::Kind::unsatisfiable, 0, 0};
  constexpr std::string_view kUnit = "bytes=";
  // RFC 9110 §14.1: range units are compared without case.
  if (!http::equals_ignoring_case(field.substr(0, kUnit.size()), kUnit)) return {};
  const std::string_view spec = http::trim(field.substr(kUnit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view front = spec.substr(0, dash), back = spec.substr(dash + 1);
  const auto last = http::parse_number(back);
  if (front.empty()) {  // the last so many bytes
    if (!last) return {};
    if (*last == 0 || length == 0) return kUnsatisfiable;
    return {HttpRange::Kind::part, length - std::min(*last, length), length - 1};
  }
  const auto first = http::parse_number(front);
  if (!first || (!back.empty() && !last) || (last && *last < *first)) return {};
  if (*first >= length) return kUnsatisfiable;
  return {HttpRange::Kind::part, *first, std::min(last.value_or(length - 1), length - 1)};
}

}  // namespace weir
