// Clients that cut, pipeline, read slowly, wait for ever or leave; content that changes meanwhile.
#include "http_fixture.hpp"

namespace weir {
namespace {

using namespace test;

TEST_F(HttpTest, MeansTheSameHoweverARequestIsCut) {
  const std::string bytes = get("/small.txt") + request("POST", "/", "Content-Length: 3\r\n") +
                            "abc" + get("/big.txt", "Range: bytes=10-5009\r\n") + "\r\n" +
                            get("/nothing") + "nonsense\r\n";
  FakeConnection whole(*service), bytewise(*service);
  whole.sends(bytes);
  bytewise.sends_bytewise(bytes);
  const std::string expected = whole.reads();
  EXPECT_EQ(bytewise.reads(), expected);
  std::string text = expected;
  for (const int status : {200, 405, 206, 404, 400}) EXPECT_EQ(take_response(text).status, status);
  EXPECT_EQ(text, "");
  EXPECT_EQ(service->session_count(), 0u);
}

TEST_F(HttpTest, CostsNoSessionWhileIdle) {
  FakeConnection peer(*service);
  peer.opens();
  EXPECT_EQ(service->session_count(), 0u);
  peer.sends("GET /big.txt HTTP/1.1\r\nHost");
  EXPECT_EQ(service->session_count(), 1u);
  peer.sends(": a\r\n\r\n");
  EXPECT_EQ(service->session_count(), 1u);
  EXPECT_EQ(peer.reads().substr(0, 15), "HTTP/1.1 200 OK");
  EXPECT_EQ(service->session_count(), 0u);
  EXPECT_EQ(peer.word(), 0u);
}

TEST_F(HttpTest, LeavesPipelinedRequestsWhereTheyAreUntilThereIsRoom) {
  FakeConnection peer(*service);
  peer.send_buffer = 600;
  peer.max_pieces = 3;
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += get(i % 3 == 0 ? "/big.txt" : "/small.txt");
  peer.sends(bytes);
  EXPECT_GT(peer.unconsumed(), bytes.size() / 2);
  std::string text = peer.reads();
  EXPECT_EQ(peer.unconsumed(), 0u);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(take_response(text).body, i % 3 == 0 ? kBig : kSmall) << i;
  }
  EXPECT_EQ(text, "");
  EXPECT_EQ(service->session_count(), 0u);
}

TEST_F(HttpTest, AnswersABoundedNumberOfRequestsACall) {
  FakeConnection peer(*service);
  peer.send_buffer = 1 << 20;
  peer.max_pieces = 10'000;
  std::string bytes;
  for (int i = 0; i < 500; ++i) bytes += get("/small.txt");
  peer.sends(bytes);
  EXPECT_GT(peer.unconsumed(), bytes.size() * 9 / 10);
  std::string text = peer.reads();
  for (int i = 0; i < 500; ++i) ASSERT_EQ(take_response(text).status, 200);
}

TEST_F(HttpTest, KeepsARequestInPiecesUntilItsAnswerFits) {
  FakeConnection peer(*service);
  peer.send_buffer = 400;
  peer.sends(get("/small.txt") + "GET /healthz HTTP/1.1\r\nHost: a\r\n");
  peer.sends("\r\n" + get("/dir/"));
  EXPECT_GT(peer.unconsumed(), 0u);
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).body, kSmall);
  EXPECT_EQ(take_response(text).body, "ok\n");
  EXPECT_EQ(take_response(text).body, "<p>dir</p>");
}

TEST_F(HttpTest, ClosesWhenTheSendBufferCanHoldNoResponse) {
  FakeConnection peer(*service);
  peer.send_buffer = 50;
  peer.sends(get("/small.txt"));
  EXPECT_TRUE(peer.closed);
}

TEST_F(HttpTest, SendsABodyLaterWhenTheConnectionHoldsTooManyPieces) {
  FakeConnection peer(*service);
  peer.max_pieces = 1;  // the head's
  peer.time = Instant(1s);
  peer.sends(get("/big.txt", "Connection: close\r\n"));
  EXPECT_FALSE(peer.closed);
  EXPECT_EQ(peer.pieces(), 1u);
  EXPECT_TRUE(peer.answers.empty()) << "the answer is not queued yet";
  peer.time = Instant(5s);
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).body, kBig);
  ASSERT_EQ(peer.answers.size(), 1u);
  EXPECT_EQ(peer.answers[0].since, Instant(1s));
  EXPECT_TRUE(peer.closed);
  EXPECT_EQ(service->session_count(), 0u);
}

// It would seem to have come when there was room for its answer.
TEST_F(HttpTest, DoesNotTimeARequestThatWaitedForRoom) {
  FakeConnection peer(*service);
  peer.send_buffer = 400;
  peer.time = Instant(1s);
  peer.sends(get("/small.txt") + get("/small.txt") + get("/small.txt"));
  const std::size_t timed = peer.answers.size();
  ASSERT_GT(timed, 0u);
  ASSERT_GT(peer.unconsumed(), 0u);
  peer.time = Instant(5s);
  std::string text = peer.reads();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(take_response(text).status, 200);
  EXPECT_EQ(peer.answers.size(), timed);
  peer.sends(get("/small.txt"));
  ASSERT_EQ(peer.answers.size(), timed + 1);
  EXPECT_EQ(peer.answers.back().since, Instant(5s));
}

TEST_F(HttpTest, GivesUpOnARequestThatIsNotCompleteInTime) {
  FakeConnection peer(*service);
  peer.sends("GET / HTTP/1.1\r\n");
  EXPECT_EQ(peer.timeout, Duration(10s));
  peer.timeout = Duration(1s);
  peer.sends("X: y\r\n");
  EXPECT_EQ(peer.timeout, Duration(1s)) << "the clock starts with the first byte";
  peer.lets_time_pass();
  EXPECT_TRUE(peer.closed);
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).status, 408);
  peer.sends("Host: late\r\n\r\n");
  EXPECT_EQ(peer.reads(), "");
  EXPECT_EQ(service->session_count(), 0u);
}

TEST_F(HttpTest, StopsTheClockWhenTheRequestIsComplete) {
  FakeConnection peer(*service);
  peer.sends_bytewise(get("/small.txt"));
  EXPECT_EQ(peer.timeout, Duration::zero());
  peer.sends(get("/small.txt") + "GET");
  EXPECT_EQ(peer.timeout, Duration(10s));
}

TEST_F(HttpTest, ClosesWhenContentIsNotCompleteInTime) {
  FakeConnection peer(*service);
  peer.sends(request("POST", "/", "Content-Length: 100\r\n"));
  peer.lets_time_pass();
  EXPECT_TRUE(peer.closed);
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).status, 405);
  EXPECT_EQ(text, "");
}

TEST_F(HttpTest, DropsInputAfterTheLastResponseAndCutsOffWhoDoesNotLeave) {
  FakeConnection peer(*service);
  peer.sends("nonsense\r\n" + get("/small.txt"));
  peer.sends(std::string(100'000, 'x'));
  EXPECT_EQ(peer.unconsumed(), 0u);
  peer.lets_time_pass();
  EXPECT_FALSE(peer.aborted) << "the response is still on its way";
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).status, 400);
  EXPECT_EQ(text, "");
  peer.lets_time_pass();
  EXPECT_TRUE(peer.aborted);
}

TEST_F(HttpTest, AnswersAClientThatHasClosedItsSide) {
  FakeConnection peer(*service);
  peer.sends(get("/big.txt"));
  peer.closes();
  EXPECT_TRUE(peer.closed);
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).body, kBig);
  EXPECT_EQ(service->session_count(), 0u);
}

TEST_F(HttpTest, ForgetsAClientThatLeavesInTheMiddle) {
  for (const std::string& bytes :
       {std::string("GET / HT"), get("/big.txt"), request("POST", "/", "Content-Length: 9\r\n")}) {
    FakeConnection peer(*service);
    peer.sends(bytes);
    EXPECT_EQ(service->session_count(), 1u);
    peer.end(EndReason::reset);
    EXPECT_EQ(service->session_count(), 0u);
    EXPECT_EQ(peer.word(), 0u);
  }
}

TEST_F(HttpTest, FinishesFromTheContentItBeganWith) {
  FakeConnection peer(*service);
  peer.sends(get("/big.txt"));
  peer.acknowledges(1000);
  root.write("big.txt", std::string(2000, 'n'));
  auto old = service->publish(load());
  EXPECT_EQ(old.use_count(), 2);
  peer.sends(get("/big.txt"));  // waits: one owner at a time
  EXPECT_GT(peer.unconsumed(), 0u);
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).body, kBig);
  EXPECT_EQ(take_response(text).body, std::string(2000, 'n'));
  EXPECT_EQ(old.use_count(), 1);
}

TEST_F(HttpTest, KeepsAPublishedStatusWhileItIsBeingSent) {
  (void)service->publish_status(std::make_shared<const std::string>(5000, '1'));
  FakeConnection peer(*service);
  peer.sends(get("/status.json"));
  (void)service->publish_status(std::make_shared<const std::string>(5000, '2'));
  peer.sends(get("/status.json"));
  std::string text = peer.reads();
  EXPECT_EQ(take_response(text).body, std::string(5000, '1'));
  EXPECT_EQ(take_response(text).body, std::string(5000, '2'));
}

TEST_F(HttpTest, SaysSoWhenItHasNoSessionLeft) {
  HttpSettings settings;
  settings.max_sessions = 1;
  start(settings);
  FakeConnection first(*service), second(*service), third(*service);
  first.sends("GET");
  second.sends("GET");
  third.sends(get("/small.txt"));  // needs none
  std::string text = second.reads();
  EXPECT_EQ(take_response(text).status, 503);
  EXPECT_TRUE(second.closed);
  text = third.reads();
  EXPECT_EQ(take_response(text).body, kSmall);
  third.sends(get("/big.txt"));
  text = third.reads();
  EXPECT_EQ(take_response(text).status, 503);
}

TEST_F(HttpTest, SaysSoWhenItCanKeepNoMoreHeads) {
  HttpSettings settings;
  settings.max_heads = 1;
  start(settings);
  FakeConnection first(*service), second(*service);
  first.sends("GET");
  second.sends("GET");
  std::string text = second.reads();
  EXPECT_EQ(take_response(text).status, 503);
  EXPECT_EQ(service->session_count(), 1u);
}

}  // namespace
}  // namespace weir
