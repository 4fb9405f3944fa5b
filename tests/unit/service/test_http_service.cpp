// Requests and responses as a client sees them: methods, conditions, ranges, errors.
#include <gmock/gmock.h>

#include "http_fixture.hpp"

namespace weir {
namespace {

using namespace test;
using testing::HasSubstr;

TEST_F(HttpTest, SendsASmallFile) {
  const Response r = ask(get("/small.txt"));
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(r.body, kSmall);
  EXPECT_EQ(r.field("Date"), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(r.field("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(r.field("Content-Length"), std::to_string(kSmall.size()));
  EXPECT_EQ(r.field("Accept-Ranges"), "bytes");
  EXPECT_EQ(r.field("Connection"), "absent");
  EXPECT_FALSE(was_closed);
}

TEST_F(HttpTest, SendsABigFileFromWhereItStands) {
  const Response r = ask(get("/big.txt"));
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(r.body, kBig);
}

TEST_F(HttpTest, SaysOfEachAnswerWhenItsRequestBegan) {
  FakeConnection peer(*service);
  peer.opens();
  peer.time = Instant(1s);
  peer.sends(get("/small.txt") + "GET /big");
  peer.time = Instant(2s);
  peer.sends(".txt HTTP/1.1\r\nHost: weir.example\r\n\r\n" + get("/small.txt"));
  ASSERT_EQ(peer.answers.size(), 3u);
  EXPECT_EQ(peer.answers[0].since, Instant(1s));
  EXPECT_EQ(peer.answers[1].since, Instant(1s)) << "it began with the first piece";
  EXPECT_EQ(peer.answers[2].since, Instant(2s));
  EXPECT_EQ(peer.answers[2].queued, peer.reads().size()) << "all of it is queued by then";
}

/// Memory that a port can read.
class PortMemory final : public TransmitMemory {
 public:
  explicit PortMemory(std::size_t size) : bytes_(size) {}
  std::span<std::uint8_t> bytes() noexcept override { return bytes_; }
  bool in_use() const noexcept override { return false; }
  bool can_leave() const noexcept override { return true; }

 private:
  std::vector<std::uint8_t> bytes_;
};

// Also of a body that finds no room at first; a page that was compiled in lies in no such memory.
TEST_F(HttpTest, SaysWhichMemoryAPortReadsAFileFrom) {
  const TransmitMemory* files = nullptr;
  service = std::make_unique<HttpService>(
      HttpSettings(), clock,
      HttpContent::load({.root = root.string(),
                         .status = true,
                         .memory =
                             [&](std::size_t size) {
                               auto memory = std::make_unique<PortMemory>(size);
                               files = memory.get();
                               return memory;
                             }})
          .value());
  FakeConnection peer(*service);
  peer.sends(get("/big.txt"));
  peer.max_pieces = 3;
  peer.sends(get("/big.txt"));
  EXPECT_EQ(peer.memories.size(), 1u);
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).body, kBig);
  EXPECT_EQ(take_response(text).body, kBig);
  EXPECT_EQ(peer.memories, (std::vector<const TransmitMemory*>{files, files}));
  peer.sends(get("/status"));
  EXPECT_EQ(peer.memories.back(), nullptr);
}

TEST_F(HttpTest, SendsNoDateWithoutAClock) {
  clock.set(0);
  EXPECT_EQ(ask(get("/small.txt")).field("Date"), "absent");
}

TEST_F(HttpTest, FindsTheIndexAndRedirectsToTheSlash) {
  EXPECT_EQ(ask(get("/")).body, "<p>index</p>");
  EXPECT_EQ(ask(get("/?a=b")).body, "<p>index</p>");
  EXPECT_EQ(ask(get("/dir/")).body, "<p>dir</p>");
  const Response r = ask(get("/dir"));
  EXPECT_EQ(r.status, 301);
  EXPECT_EQ(r.field("Location"), "/dir/");
}

TEST_F(HttpTest, AnswersHeadWithTheSameFieldsAndNoBody) {
  for (const char* path : {"/small.txt", "/big.txt", "/nothing", "/dir"}) {
    const Response with = ask(get(path));
    const Response without = ask(request("HEAD", path), false);
    EXPECT_EQ(without.head, with.head);
  }
}

TEST_F(HttpTest, RefusesOtherMethodsAndPaths) {
  EXPECT_EQ(ask(get("/nothing")).status, 404);
  EXPECT_EQ(ask(get("/../small.txt")).status, 400);
  EXPECT_EQ(ask(get("/%2e%2e/small.txt")).status, 400);
  EXPECT_EQ(ask(get("//small.txt")).status, 404);
  const Response post = ask(request("POST", "/small.txt"));
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.field("Allow"), "GET, HEAD");
  EXPECT_EQ(ask(request("OPTIONS", "*")).status, 405);
  EXPECT_FALSE(was_closed);
  EXPECT_EQ(ask(request("BREW", "/")).status, 501);
  EXPECT_EQ(ask(get("/", "Expect: tea\r\n")).status, 417);
}

TEST_F(HttpTest, ClosesAfterWhatIsNoRequest) {
  for (const auto& [bytes, status] : std::vector<std::pair<std::string, int>>{
           {"nonsense\r\n\r\n", 400},
           {"GET / HTTP/2.0\r\n\r\n", 505},
           {"GET / HTTP/1.1\r\n\r\n", 400},
           {"GET /" + std::string(9000, 'a'), 414},
           {get("/", "X: " + std::string(9000, 'a') + "\r\n"), 431},
           {request("POST", "/", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n",
            411},
           {request("POST", "/", "Content-Length: 2000000\r\n") + "hello", 413}}) {
    const Response r = ask(bytes);
    EXPECT_EQ(r.status, status) << bytes;
    EXPECT_EQ(r.field("Connection"), "close");
    EXPECT_THAT(r.body, testing::StartsWith(std::to_string(status)));
    EXPECT_TRUE(was_closed);
  }
}

TEST_F(HttpTest, SendsOneRange) {
  const Response r = ask(get("/big.txt", "Range: bytes=5000-69999\r\n"));
  EXPECT_EQ(r.status, 206);
  EXPECT_EQ(r.field("Content-Range"), "bytes 5000-69999/" + std::to_string(kBig.size()));
  EXPECT_EQ(r.body, kBig.substr(5000, 65000));
  EXPECT_EQ(ask(get("/small.txt", "Range: bytes=-3\r\n")).body, kSmall.substr(kSmall.size() - 3));
}

TEST_F(HttpTest, SendsTheWholeForRangesThatItDoesNotServe) {
  for (const char* range : {"bytes=0-1,3-4", "lines=1-2", "bytes=9-2"}) {
    const Response r = ask(get("/small.txt", "Range: " + std::string(range) + "\r\n"));
    EXPECT_EQ(r.status, 200);
    EXPECT_EQ(r.body, kSmall);
  }
  EXPECT_EQ(ask(request("HEAD", "/small.txt", "Range: bytes=0-1\r\n"), false).status, 200);
  EXPECT_EQ(ask(get("/healthz", "Range: bytes=0-1\r\n")).status, 200);
}

TEST_F(HttpTest, RefusesARangeBehindTheEnd) {
  const Response r = ask(get("/small.txt", "Range: bytes=13-\r\n"));
  EXPECT_EQ(r.status, 416);
  EXPECT_EQ(r.field("Content-Range"), "bytes */13");
}

TEST_F(HttpTest, SaysThatNothingChanged) {
  const Response first = ask(get("/small.txt"));
  const std::string etag = first.field("ETag"), date = first.field("Last-Modified");
  for (const std::string& fields :
       {"If-None-Match: " + etag, "If-None-Match: W/" + etag, "If-None-Match: \"a\", " + etag,
        std::string("If-None-Match: *"), "If-Modified-Since: " + date}) {
    const Response r = ask(get("/small.txt", fields + "\r\n"));
    EXPECT_EQ(r.status, 304) << fields;
    EXPECT_EQ(r.body, "");
    EXPECT_EQ(r.field("ETag"), etag);
    EXPECT_EQ(r.field("Content-Length"), "absent");
  }
  for (const std::string& fields : {std::string("If-None-Match: \"a\""),
                                    std::string("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"),
                                    std::string("If-Modified-Since: yesterday"),
                                    // RFC 9110 §13.1.3: the date is ignored beside a tag.
                                    "If-None-Match: \"a\"\r\nIf-Modified-Since: " + date}) {
    EXPECT_EQ(ask(get("/small.txt", fields + "\r\n")).status, 200) << fields;
  }
}

TEST_F(HttpTest, SendsARangeOnlyOfWhatTheClientHas) {
  const Response first = ask(get("/small.txt"));
  const std::string range = "Range: bytes=0-1\r\nIf-Range: ";
  EXPECT_EQ(ask(get("/small.txt", range + first.field("ETag") + "\r\n")).status, 206);
  EXPECT_EQ(ask(get("/small.txt", range + first.field("Last-Modified") + "\r\n")).status, 206);
  EXPECT_EQ(ask(get("/small.txt", range + "W/" + first.field("ETag") + "\r\n")).status, 200);
  EXPECT_EQ(ask(get("/small.txt", range + "\"other\"\r\n")).status, 200);
  EXPECT_EQ(ask(get("/small.txt", range + "Sun, 06 Nov 1994 08:49:37 GMT\r\n")).status, 200);
}

TEST_F(HttpTest, EndsTheConnectionWhenAskedTo) {
  EXPECT_EQ(ask(get("/small.txt", "Connection: close\r\n")).field("Connection"), "close");
  EXPECT_TRUE(was_closed);
  EXPECT_EQ(ask(get("/big.txt", "Connection: close\r\n")).body, kBig);
  EXPECT_TRUE(was_closed);
  EXPECT_EQ(ask("GET /small.txt HTTP/1.0\r\n\r\n").field("Connection"), "close");
  EXPECT_TRUE(was_closed);
  EXPECT_EQ(ask("GET /small.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").field("Connection"),
            "keep-alive");
  EXPECT_FALSE(was_closed);
}

TEST_F(HttpTest, ReadsAndDropsTheContentOfARequest) {
  FakeConnection peer(*service);
  peer.sends(request("POST", "/", "Content-Length: 7\r\n") + "GET / ");
  EXPECT_EQ(peer.timeout, Duration(10s));
  peer.sends("H" + get("/small.txt"));
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).status, 405);
  EXPECT_EQ(take_response(text).body, kSmall);
  EXPECT_EQ(text, "");
  EXPECT_EQ(peer.timeout, Duration::zero());
  EXPECT_EQ(service->session_count(), 0u);
}

TEST_F(HttpTest, AnswersAnExpectationWithTheLastResponse) {
  const Response r =
      ask(request("PUT", "/", "Content-Length: 7\r\nExpect: 100-continue\r\n") + "1234567");
  EXPECT_EQ(r.status, 405);
  EXPECT_EQ(r.field("Connection"), "close");
  EXPECT_TRUE(was_closed);
}

TEST_F(HttpTest, ShowsWhatControlHasPublished) {
  EXPECT_EQ(ask(get("/healthz")).body, "ok\n");
  EXPECT_EQ(ask(get("/status.json")).status, 503);
  const auto first = std::make_shared<const std::string>("{\"schema\":\"weir.status.v1\"}");
  const auto second = std::make_shared<const std::string>(5000, ' ');
  EXPECT_EQ(service->publish_status(first), nullptr);
  const Response r = ask(get("/status.json"));
  EXPECT_EQ(r.body, *first);
  EXPECT_EQ(r.field("Cache-Control"), "no-store");
  EXPECT_EQ(r.field("Content-Type"), "application/json");
  EXPECT_EQ(service->publish_status(second), first);
  EXPECT_EQ(ask(get("/status.json")).body, *second);
  EXPECT_THAT(ask(get("/status")).field("Content-Security-Policy"),
              HasSubstr("default-src 'none'"));
}

TEST(HttpWithoutStatus, HidesTheCounters) {
  TemporaryDirectory root;
  const WallClock clock;
  HttpService service({}, clock, HttpContent::load({.root = root.string()}).value());
  (void)service.publish_status(std::make_shared<const std::string>("{}"));
  FakeConnection peer(service);
  peer.sends(get("/status.json") + get("/status"));
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).status, 404);
  EXPECT_EQ(take_response(text).status, 404);
}

}  // namespace
}  // namespace weir
