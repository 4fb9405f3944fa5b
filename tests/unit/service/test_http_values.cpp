// Paths, ranges and media types: functions from text to values.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "service/http/content_type.hpp"
#include "service/http/http_path.hpp"
#include "service/http/http_range.hpp"

namespace weir {
namespace {

std::string decoded(std::string_view target) {
  std::array<char, 4096> room;
  const auto path = decode_path(target, room);
  return path ? std::string(*path) : "refused";
}

TEST(HttpPath, IsDecodedAndCutAtTheQuery) {
  EXPECT_EQ(decoded("/"), "/");
  EXPECT_EQ(decoded(""), "/");
  EXPECT_EQ(decoded("?a"), "/");
  EXPECT_EQ(decoded("/a/b.html?c=/../d%zz"), "/a/b.html");
  EXPECT_EQ(decoded("/%41%7a%c3%A4"), "/Az\xc3\xa4");
  EXPECT_EQ(decoded("/a..b/...c/.d"), "/a..b/...c/.d");
  EXPECT_EQ(decoded("/a%3fb"), "/a?b");
  EXPECT_EQ(decoded("//a"), "//a");
}

TEST(HttpPath, RefusesWhatLeavesTheTree) {
  for (const char* target :
       {"/..",     "/../a",    "/a/..", "/a/../b", "/.",   "/./a",       "/a/.", "/%2e%2e/a",
        "/.%2E/a", "/a/%2e/b", "/%2f",  "/..%2fa", "/%00", "/a%00.html", "/%0a", "/%7f",
        "/%",      "/%4",      "/%4g",  "/%g4",    "a",    "*"}) {
    EXPECT_EQ(decoded(target), "refused") << target;
  }
}

TEST(HttpPath, IsEncodedForALocation) {
  EXPECT_EQ(encode_path("/a b/\xc3\xa4?.~-_\r\n/"), "/a%20b/%C3%A4%3F.~-_%0D%0A/");
  EXPECT_EQ(decoded(encode_path("/100% \"x\"#")), "/100% \"x\"#");
}

using Kind = HttpRange::Kind;

std::string range(std::string_view field, std::uint64_t length) {
  const HttpRange out = parse_range(field, length);
  if (out.kind == Kind::whole) return "whole";
  if (out.kind == Kind::unsatisfiable) return "unsatisfiable";
  return std::to_string(out.first) + "-" + std::to_string(out.last);
}

TEST(HttpRange, NamesFirstAndLastByte) {
  EXPECT_EQ(range("bytes=0-0", 10), "0-0");
  EXPECT_EQ(range("bytes=2-5", 10), "2-5");
  EXPECT_EQ(range("bytes=2-", 10), "2-9");
  EXPECT_EQ(range("bytes=2-99", 10), "2-9");
  EXPECT_EQ(range("BYTES=9-9", 10), "9-9");
  EXPECT_EQ(range("bytes=0-99999999999999999999999", 10), "0-9");
}

TEST(HttpRange, CountsASuffixFromTheEnd) {
  EXPECT_EQ(range("bytes=-3", 10), "7-9");
  EXPECT_EQ(range("bytes=-30", 10), "0-9");
  EXPECT_EQ(range("bytes=-0", 10), "unsatisfiable");
}

TEST(HttpRange, CannotBeSatisfiedBehindTheEnd) {
  EXPECT_EQ(range("bytes=10-", 10), "unsatisfiable");
  EXPECT_EQ(range("bytes=10-20", 10), "unsatisfiable");
  EXPECT_EQ(range("bytes=0-", 0), "unsatisfiable");
  EXPECT_EQ(range("bytes=-1", 0), "unsatisfiable");
}

TEST(HttpRange, IsTheWholeWhenSeveralOrNotUnderstood) {
  for (const char* field :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=5-2", "bytes=0-1,3-4",
        "lines=0-1", "bytes=0--1", "bytes=0- 1", "bytes=1-x"}) {
    EXPECT_EQ(range(field, 10), "whole") << field;
  }
}

TEST(ContentType, FollowsTheLastExtension) {
  EXPECT_EQ(content_type_of("/a.html"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type_of("/a.tar.GZ"), "application/gzip");
  EXPECT_EQ(content_type_of("/a.html/b"), "application/octet-stream");
  EXPECT_EQ(content_type_of("/Makefile"), "application/octet-stream");
  EXPECT_EQ(content_type_of("/a."), "application/octet-stream");
}

}  // namespace
}  // namespace weir
