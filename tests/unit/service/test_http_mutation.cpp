// Requests with random damage, under the sanitizers: whatever comes, cutting makes no difference.
#include <random>

#include "http_fixture.hpp"

namespace weir {
namespace {

using namespace test;

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> kSeeds = {
      get("/small.txt"),
      get("/big.txt", "Range: bytes=5-2000\r\nIf-Range: \"x\"\r\n"),
      request("HEAD", "/dir", "If-None-Match: W/\"a\", \"b\"\r\nConnection: keep-alive, close\r\n"),
      request("POST", "/%41%2e/", "Content-Length: 12\r\nExpect: 100-continue\r\n") +
          "Hello, world",
      get("http://h/dir/?q", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
      "GET / HTTP/1.0\n\n\r\n" + get("/status", "Transfer-Encoding: chunked\r\n"),
  };
  return kSeeds;
}

class Mutator {
 public:
  std::string next() {
    std::string text;
    for (std::size_t n = 1 + pick(3); n > 0; --n) text += seeds()[pick(seeds().size())];
    for (std::size_t n = pick(6); n > 0 && !text.empty(); --n) damage(text);
    return text;
  }
  std::size_t pick(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }

 private:
  void damage(std::string& text) {
    const std::size_t at = pick(text.size());
    static constexpr std::string_view kSpecial("\r\n \t:/%.,-\0\"=0?\x80\xff", 17);
    switch (pick(5)) {
      case 0:
        text[at] = static_cast<char>(pick(256));
        break;
      case 1:
        text[at] = kSpecial[pick(kSpecial.size())];
        break;
      case 2:
        text.erase(at, 1 + pick(8));
        break;
      case 3:
        text.insert(at, text.substr(pick(text.size()), 1 + pick(40)));
        break;
      default:
        text.insert(at, 1 + pick(3), kSpecial[pick(kSpecial.size())]);
    }
  }
  std::mt19937_64 random_{20240607};
};

TEST_F(HttpTest, AnswersDamagedRequestsTheSameHoweverTheyAreCut) {
  Mutator mutator;
  for (int round = 0; round < 4000; ++round) {
    const std::string bytes = mutator.next();
    FakeConnection whole(*service), cut(*service);
    cut.max_pieces = 2 + mutator.pick(4);
    cut.send_buffer = 700;
    whole.sends(bytes);
    std::string received;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t n = 1 + mutator.pick(30);
      cut.sends(std::string_view(bytes).substr(at, n));
      at += n;
    }
    ASSERT_EQ(cut.reads(), whole.reads()) << bytes;
    ASSERT_EQ(cut.closed, whole.closed) << bytes;
    ASSERT_EQ(cut.unconsumed(), 0u);
  }
  EXPECT_EQ(service->session_count(), 0u);
}

TEST_F(HttpTest, SurvivesEventsInAnyOrder) {
  Mutator mutator;
  for (int round = 0; round < 1500; ++round) {
    FakeConnection peer(*service);
    peer.send_buffer = 300 + mutator.pick(1000);
    peer.max_pieces = 1 + mutator.pick(4);
    for (int event = 0; event < 12; ++event) {
      switch (mutator.pick(5)) {
        case 0:
          peer.lets_time_pass();
          break;
        case 1:
          peer.acknowledges(mutator.pick(3000));
          break;
        case 2:
          (void)service->publish_status(std::make_shared<const std::string>(3000, 'x'));
          break;
        default:
          if (!peer.aborted) peer.sends(mutator.next());
      }
      if (peer.aborted) break;
    }
  }
  EXPECT_EQ(service->session_count(), 0u);
}

}  // namespace
}  // namespace weir
