// Dates against libc's own, and the forms in which HTTP writes them.
#include <gtest/gtest.h>

#include <ctime>
#include <random>
#include <string>

#include "service/civil_time.hpp"
#include "service/http/http_date.hpp"
#include "service/text_writer.hpp"

namespace weir {
namespace {

std::string http_date(std::int64_t unix_seconds) {
  char room[64];
  TextWriter out(room);
  write_http_date(out, unix_seconds);
  return std::string(out.text());
}

TEST(CivilTime, AgreesWithLibcOnRandomInstants) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto at = static_cast<std::time_t>(random() % 253'402'300'800);
    std::tm expected{};
    gmtime_r(&at, &expected);
    const CivilTime time = civil_time(at);
    ASSERT_EQ(time.year, static_cast<unsigned>(expected.tm_year + 1900));
    ASSERT_EQ(time.month, static_cast<unsigned>(expected.tm_mon + 1));
    ASSERT_EQ(time.day, static_cast<unsigned>(expected.tm_mday));
    ASSERT_EQ(time.weekday, static_cast<unsigned>(expected.tm_wday));
    ASSERT_EQ(time.second, static_cast<unsigned>(expected.tm_sec));
    ASSERT_EQ(unix_seconds(time), at);
    ASSERT_EQ(parse_http_date(http_date(at)), at);
    ASSERT_EQ(http_date(at).size(), 29u);
  }
}

TEST(CivilTime, StaysWithinFourDigitsOfAYear) {
  EXPECT_EQ(http_date(-5), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(INT64_MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(HttpDate, ReadsAllThreeForms) {
  constexpr std::int64_t kExample = 784'111'777;  // RFC 9110 §5.6.7
  EXPECT_EQ(http_date(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kExample);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), kExample);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), kExample);
  EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994"), kExample + 10 * 86400);
}

TEST(HttpDate, RefusesWhatIsNone) {
  for (const char* text :
       {"", "Sun", "Sun, ", "0", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37",
        "Sun Nov 6 08:49:37 1994", "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

TEST(TextWriter, CutsWhatDoesNotFitAndSaysSo) {
  char room[5];
  TextWriter out(room);
  out << "abc" << 12;
  EXPECT_FALSE(out.overflowed());
  out << "x";
  EXPECT_TRUE(out.overflowed());
  EXPECT_EQ(out.text(), "abc12");
}

}  // namespace
}  // namespace weir
