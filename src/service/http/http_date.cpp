// Three forms, taken apart by one small scanner.
#include "service/http/http_date.hpp"

#include "service/civil_time.hpp"
#include "service/http/http_text.hpp"

namespace weir {

namespace {

// Takes pieces off the front; after the first that is not there, it has failed and stays so.
class DateScanner {
 public:
  explicit DateScanner(std::string_view text) noexcept : rest_(text) {}

  void expect(std::string_view literal) noexcept {
    if (rest_.substr(0, literal.size()) != literal) return fail();
    rest_.remove_prefix(literal.size());
  }
  std::uint32_t number(std::size_t digits) noexcept {
    const auto value = http::parse_number(rest_.substr(0, digits));
    if (!value || rest_.size() < digits) return fail(), 0;
    rest_.remove_prefix(digits);
    return static_cast<std::uint32_t>(*value);
  }
  // The day of an asctime date: two characters, the first of which may be a space.
  std::uint32_t padded_day() noexcept {
    if (!rest_.empty() && rest_.front() == ' ') {
      rest_.remove_prefix(1);
      return number(1);
    }
    return number(2);
  }
  std::uint32_t month() noexcept {
    for (std::uint32_t month = 1; month <= 12; ++month) {
      if (rest_.substr(0, 3) != month_name(month).substr(0, 3)) continue;
      rest_.remove_prefix(3);
      return month;
    }
    return fail(), 1;
  }
  void time(CivilTime& out) noexcept {
    out.hour = number(2);
    expect(":");
    out.minute = number(2);
    expect(":");
    out.second = number(2);
  }
  // The name of a day, in letters of whatever length.
  void letters() noexcept {
    while (!rest_.empty() && http::is_alpha(rest_.front())) rest_.remove_prefix(1);
  }
  [[nodiscard]] bool next_is(char c) const noexcept { return !rest_.empty() && rest_[0] == c; }
  [[nodiscard]] bool done() const noexcept { return !failed_ && rest_.empty(); }

 private:
  void fail() noexcept {
    failed_ = true;
    rest_ = {};
  }
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

void write_http_date(TextWriter& out, std::int64_t unix_seconds) noexcept {
  const CivilTime time = civil_time(unix_seconds);
  out << weekday_name(time.weekday).substr(0, 3) << ", ";
  out.padded(time.day, 2) << " " << month_name(time.month).substr(0, 3) << " ";
  out.padded(time.year, 4) << " ";
  out.padded(time.hour, 2) << ":";
  out.padded(time.minute, 2) << ":";
  out.padded(time.second, 2) << " GMT";
}

std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept {
  DateScanner scanner(text);
  CivilTime time;
  scanner.letters();
  if (!scanner.next_is(',')) {  // asctime-date
    scanner.expect(" ");
    time.month = scanner.month();
    scanner.expect(" ");
    time.day = scanner.padded_day();
    scanner.expect(" ");
    scanner.time(time);
    scanner.expect(" ");
    time.year = scanner.number(4);
  } else {
    scanner.expect(", ");
    time.day = scanner.number(2);
    const bool rfc850 = scanner.next_is('-');
    const std::string_view gap = rfc850 ? "-" : " ";
    scanner.expect(gap);
    time.month = scanner.month();
    scanner.expect(gap);
    time.year = scanner.number(rfc850 ? 2 : 4);
    if (rfc850) time.year += time.year < 70 ? 2000 : 1900;
    scanner.expect(" ");
    scanner.time(time);
    scanner.expect(" GMT");
  }
  if (!scanner.done()) return std::nullopt;
  return unix_seconds(time);
}

}  // namespace weir
