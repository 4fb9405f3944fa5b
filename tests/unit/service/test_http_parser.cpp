// Heads of requests, good and bad; each is also fed byte by byte and must mean the same.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "service/http/http_request.hpp"

namespace weir {
namespace {

using Outcome = HttpParser::Outcome;

// 0 = incomplete, 200 = complete, otherwise the refusal.
int verdict(Outcome outcome, const HttpParser& parser) {
  if (outcome == Outcome::incomplete) return 0;
  return outcome == Outcome::complete ? 200 : static_cast<int>(parser.refusal());
}
int whole(const std::string& bytes) {
  HttpParser parser;
  const Outcome outcome = parser.parse(bytes);
  return verdict(outcome, parser);
}
int bytewise(const std::string& bytes) {
  HttpParser parser;
  for (std::size_t n = 1; n <= bytes.size(); ++n) {
    // A copy of its own length: reading past what has arrived is caught.
    const std::string prefix = bytes.substr(0, n);
    const Outcome outcome = parser.parse(prefix);
    if (outcome != Outcome::incomplete) return verdict(outcome, parser);
  }
  return 0;
}

struct Case {
  const char* claim;
  std::string bytes;
  int status;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.claim; }

class HttpParserTable : public testing::TestWithParam<Case> {};

TEST_P(HttpParserTable, GivesTheSameStatusHoweverItIsCut) {
  EXPECT_EQ(whole(GetParam().bytes), GetParam().status) << GetParam().claim;
  EXPECT_EQ(bytewise(GetParam().bytes), GetParam().status) << GetParam().claim;
}

std::string get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

const Case kGood[] = {
    {"plain", get(""), 200},
    {"http/1.0 needs no host", "GET / HTTP/1.0\r\n\r\n", 200},
    {"later minor versions are 1.1", "GET / HTTP/1.7\r\nHost: a\r\n\r\n", 200},
    {"bare line feeds", "GET / HTTP/1.0\n\n", 200},
    {"empty lines in front", "\r\n\r\nGET / HTTP/1.0\r\n\r\n", 200},
    {"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 200},
    {"host with port", "GET / HTTP/1.1\r\nhOST: [2001:db8::1]:80\r\n\r\n", 200},
    {"obs-text in a value", get("X: \xc3\xa4\r\n"), 200},
    {"empty value", get("X:\r\n"), 200},
    {"tabs around a value", get("X:\t a \t\r\n"), 200},
    {"absolute target", "GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"another method is well-formed", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"an unknown method is well-formed", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"content length", get("Content-Length: 5\r\n"), 200},
    {"the same length twice", get("Content-Length: 5\r\nContent-Length: 5\r\n"), 200},
    {"unfinished request line", "GET / HT", 0},
    {"unfinished fields", "GET / HTTP/1.1\r\nHost: a\r\n", 0},
    {"nothing but line ends", "\r\n\r\n", 0},
};
INSTANTIATE_TEST_SUITE_P(Good, HttpParserTable, testing::ValuesIn(kGood));

const Case kBad[] = {
    {"no host in 1.1", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two hosts", get("Host: a\r\n"), 400},
    {"host that is a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
    {"host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"http/0.9", "GET /\r\n\r\n", 400},
    {"http/2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"preface of http/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"version in small letters", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"version with more digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
    {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {"space in front", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"target without slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"target with a fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"target beyond ASCII", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"folded line", get("X: a\r\n b\r\n"), 400},
    {"space before the colon", get("X : a\r\n"), 400},
    {"name that is no token", get("X(: a\r\n"), 400},
    {"empty name", get(": a\r\n"), 400},
    {"line without a colon", get("nonsense\r\n"), 400},
    {"bare CR in a value", get("X: a\rb\r\n"), 400},
    {"bare CR in a name", get("X\r: b\r\n"), 400},
    {"bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"NUL in a value", get(std::string("X: a\0b\r\n", 8)), 400},
    {"TLS handshake", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
    {"length that is no number", get("Content-Length: -1\r\n"), 400},
    {"length that is hexadecimal", get("Content-Length: 0x5\r\n"), 400},
    {"length that is a list", get("Content-Length: 5, 5\r\n"), 400},
    {"length that is empty", get("Content-Length:\r\n"), 400},
    {"two lengths", get("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
    {"length and coding", get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"coding and length", get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
    {"coding from 1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"chunked", get("Transfer-Encoding: chunked\r\n"), 411},
    {"another coding", get("Transfer-Encoding: gzip, chunked\r\n"), 501},
    {"two codings", get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 501},
    {"long target", "GET /" + std::string(4096, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
    {"endless target", "GET /" + std::string(9000, 'a'), 414},
    {"long head", get("X: " + std::string(8192, 'a') + "\r\n"), 431},
    {"endless field", "GET / HTTP/1.1\r\nX: " + std::string(9000, 'a'), 431},
    {"endless empty lines", std::string(9000, '\n'), 414},
};
INSTANTIATE_TEST_SUITE_P(Bad, HttpParserTable, testing::ValuesIn(kBad));

HttpRequest parsed(const std::string& bytes) {
  HttpParser parser;
  EXPECT_EQ(parser.parse(bytes), Outcome::complete);
  return parser.request(bytes);
}

TEST(HttpParser, KeepsWhatAServerNeeds) {
  const std::string bytes =
      "HEAD /a/b?c=d HTTP/1.1\r\nHost: weir.example\r\nRange: bytes=0-1\r\nIf-Range: \"x\"\r\n"
      "IF-NONE-MATCH: \"y\"\r\nIf-Modified-Since: never\r\nContent-Length: 17\r\n"
      "Expect: 100-Continue\r\n\r\nGET";
  const HttpRequest request = parsed(bytes);
  EXPECT_EQ(request.method, HttpMethod::head);
  EXPECT_EQ(request.target, "/a/b?c=d");
  EXPECT_EQ(request.host, "weir.example");
  EXPECT_EQ(request.range, "bytes=0-1");
  EXPECT_EQ(request.if_range, "\"x\"");
  EXPECT_EQ(request.if_none_match, "\"y\"");
  EXPECT_EQ(request.if_modified_since, "never");
  EXPECT_EQ(request.content_length, 17u);
  EXPECT_TRUE(request.expects_continue);
  EXPECT_FALSE(request.expects_something);
  EXPECT_FALSE(request.close);
}

TEST(HttpParser, EndsTheHeadAtTheEmptyLine) {
  HttpParser parser;
  const std::string first = get("X: y\r\n");
  ASSERT_EQ(parser.parse(first + get("")), Outcome::complete);
  EXPECT_EQ(parser.length(), first.size());
}

TEST(HttpParser, AllowsAHeadOfExactlyTheLimit) {
  const std::size_t rest = get("X: \r\n").size();
  const std::string bytes = get("X: " + std::string(kMaxHttpHead - rest, 'a') + "\r\n");
  ASSERT_EQ(bytes.size(), kMaxHttpHead);
  EXPECT_EQ(whole(bytes), 200);
  EXPECT_EQ(bytewise(bytes), 200);
}

TEST(HttpParser, TellsWhetherTheConnectionGoesOn) {
  EXPECT_TRUE(parsed(get("Connection: close\r\n")).close);
  EXPECT_TRUE(parsed(get("Connection: upgrade ,\tCLOSE\r\n")).close);
  EXPECT_TRUE(parsed(get("Connection: keep-alive\r\nConnection: close\r\n")).close);
  EXPECT_FALSE(parsed(get("Connection: closed\r\n")).close);
  EXPECT_TRUE(parsed("GET / HTTP/1.0\r\n\r\n").close);
  EXPECT_FALSE(parsed("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").close);
}

TEST(HttpParser, ReadsAnAbsoluteTargetWithoutItsAuthority) {
  const auto target = [](const std::string& text) {
    return std::string(parsed("GET " + text + " HTTP/1.1\r\nHost: a\r\n\r\n").target);
  };
  EXPECT_EQ(target("http://a:80/b?c"), "/b?c");
  EXPECT_EQ(target("HTTPS://a/b"), "/b");
  EXPECT_EQ(target("http://a"), "");
  EXPECT_EQ(target("http://a?b"), "?b");
}

TEST(HttpParser, TakesALengthBeyondAllNumbersAsTheLargest) {
  EXPECT_EQ(parsed(get("Content-Length: 99999999999999999999999\r\n")).content_length, UINT64_MAX);
}

}  // namespace
}  // namespace weir
