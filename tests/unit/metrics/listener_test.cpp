// Over a real socket of the kernel: requests, both families, a port that is taken.
#include "metrics/listener.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "metrics_kit.hpp"
#include "support/threads.hpp"

namespace weir {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A client of the loopback, whose address can be any of 127.0.0.0/8.
class Client {
 public:
  explicit Client(std::uint16_t port, std::uint32_t from = INADDR_LOOPBACK)
      : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const sockaddr_in ours = name(from, 0), theirs = name(INADDR_LOOPBACK, port);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&ours), sizeof ours), 0);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&theirs), sizeof theirs), 0);
  }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Client() {
    if (fd_ >= 0) close(fd_);
  }

  void say(std::string_view text) const { (void)send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  /// What comes next; empty when the other side has closed.
  [[nodiscard]] std::string hear() const {
    char part[4096];
    const ssize_t n = recv(fd_, part, sizeof part, 0);
    return {part, n > 0 ? static_cast<std::size_t>(n) : 0};
  }
  /// A request, and the answer to it.
  [[nodiscard]] std::string ask() const {
    say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return hear();
  }

 private:
  static sockaddr_in name(std::uint32_t address, std::uint16_t port) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(address);
    name.sin_port = htons(port);
    return name;
  }
  int fd_;
};

std::string ask(int family, std::uint16_t port, const std::string& request) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  v6.sin6_port = htons(port);
  const int fd = socket(family, SOCK_STREAM, 0);
  const bool connected = family == AF_INET
                             ? connect(fd, reinterpret_cast<sockaddr*>(&v4), sizeof v4) == 0
                             : connect(fd, reinterpret_cast<sockaddr*>(&v6), sizeof v6) == 0;
  std::string reply;
  if (connected) {
    (void)send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    char part[4096];
    for (ssize_t n; (n = recv(fd, part, sizeof part, 0)) > 0;) {
      reply.append(part, static_cast<std::size_t>(n));
    }
  }
  close(fd);
  return reply;
}

std::string get(std::uint16_t port, const std::string& target, const char* method = "GET",
                int family = AF_INET) {
  return ask(family, port,
             std::string(method) + " " + target +
                 " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}

struct Listener : ::testing::Test {
  Listener() {
    auto started = MetricsListener::start({Address::v4(INADDR_LOOPBACK), 0}, board);
    EXPECT_TRUE(started.ok()) << (started.ok() ? "" : started.error().message);
    if (started) listener = std::move(started).value();
    here.port = listener->port();
    // Readings have the fake's time; the listener's is the real one.
    MetricsReading now = kit.take();
    now.taken = std::chrono::steady_clock::now();
    board.put(std::make_shared<const MetricsReading>(now));
  }
  const test::ThreadIds threads_before = test::threads_so_far();
  MetricsKit kit;
  MetricsBoard board{std::make_shared<const MetricsReading>(kit.take())};
  KernelListen here{Address::v4(INADDR_LOOPBACK), 0};
  std::unique_ptr<MetricsListener> listener;
};

TEST_F(Listener, AnswersItsPaths) {
  EXPECT_THAT(get(here.port, "/healthz"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(get(here.port, "/readyz"), EndsWith("\r\n\r\nok\n"));
  const std::string metrics = get(here.port, "/metrics");
  EXPECT_THAT(metrics, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(metrics, HasSubstr("\nweir_ready 1\n"));
  EXPECT_THAT(get(here.port, "/nothing"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get(here.port, "/metrics", "HEAD"), EndsWith("\r\n\r\n"));
  EXPECT_THAT(get(here.port, "/metrics", "DELETE"), HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST_F(Listener, HasTheStatusPageAndItsNumbers) {
  const std::string page = get(here.port, "/");
  EXPECT_THAT(page, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none';"));
  EXPECT_THAT(page, HasSubstr("fetch(\"/status.json\""));
  EXPECT_THAT(get(here.port, "/status.json"), StartsWith("HTTP/1.1 503 "));
  MetricsReading now = kit.take();
  now.taken = std::chrono::steady_clock::now();
  now.status = std::make_shared<const std::string>("{\"schema\":\"weir.status.v1\"}");
  board.put(std::make_shared<const MetricsReading>(now));
  const std::string numbers = get(here.port, "/status.json");
  EXPECT_THAT(numbers, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(numbers, EndsWith("\r\n\r\n{\"schema\":\"weir.status.v1\"}"));
}

TEST_F(Listener, PatternsMayBeEncoded) {
  for (const char* query :
       {"name[]=weir_ready", "name%5B%5D=weir%5Fready", "x=1&name[]=weir_rea*"}) {
    const std::string reply = get(here.port, std::string("/metrics?") + query);
    EXPECT_THAT(reply, HasSubstr("\nweir_ready 1\n")) << query;
    EXPECT_THAT(reply, Not(HasSubstr("weir_build_info"))) << query;
  }
}

TEST_F(Listener, NonsenseIsRefusedAndTheNextOneServed) {
  EXPECT_THAT(ask(AF_INET, here.port, "\x16\x03\x01 no HTTP\r\n\r\n"), Not(HasSubstr("200 OK")));
  EXPECT_THAT(get(here.port, "/healthz"), HasSubstr("200 OK"));
}

TEST_F(Listener, APortThatIsTakenIsASentence) {
  const auto second = MetricsListener::start(here, board);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message, "[metrics] listen = 127.0.0.1:" + std::to_string(here.port) +
                                        ": Address already in use");
  listener.reset();
  EXPECT_TRUE(MetricsListener::start(here, board).ok()) << "its end gave the port back";
}

TEST_F(Listener, CutsWhoTakesTooLongOverARequest) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const MetricsListener::Time before = now();
  const Client slow(here.port);
  slow.say("GET /metrics HTTP/1.1\r\n");
  std::size_t cut = 0;
  for (unsigned i = 0; i < 10'000 && cut == 0; ++i) {  // until its thread has taken the connection
    std::this_thread::sleep_for(1ms);
    EXPECT_EQ(listener->cut_slow(before + MetricsListener::kLongestRequest), 0U) << "not yet";
    cut = listener->cut_slow(now() + MetricsListener::kLongestRequest);
  }
  EXPECT_EQ(cut, 1U);
  EXPECT_EQ(slow.hear(), "");
  EXPECT_THAT(get(here.port, "/healthz"), HasSubstr("200 OK"));
}

TEST_F(Listener, GivesAnAddressAPartOfThePlaces) {
  std::vector<Client> greedy;
  for (unsigned i = 0; i < MetricsListener::kMostOfAnAddress; ++i) greedy.emplace_back(here.port);
  EXPECT_EQ(Client(here.port).ask(), "") << "one too many";
  EXPECT_THAT(Client(here.port, INADDR_LOOPBACK + 1).ask(), HasSubstr("200 OK"));
}

// Root's tests show it: who starts without capabilities has none to inherit.
TEST_F(Listener, HasNoCapabilityInItsThread) {
  ASSERT_THAT(get(here.port, "/healthz"), HasSubstr("200 OK"));
  const test::ThreadIds its = test::threads_since(threads_before, 1);
  ASSERT_EQ(its.size(), 1U);
  std::ifstream status("/proc/self/task/" + *its.begin() + "/status");
  const std::string text{std::istreambuf_iterator<char>(status), {}};
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    EXPECT_THAT(text, HasSubstr(std::string(set) + ":\t0000000000000000\n"));
  }
}

TEST_F(Listener, SpeaksIpv6) {
  const auto six = MetricsListener::start({*Address::parse("::1"), 0}, board);
  ASSERT_TRUE(six.ok()) << six.error().message;
  EXPECT_THAT(get(six.value()->port(), "/healthz", "GET", AF_INET6), HasSubstr("200 OK"));
}

}  // namespace
}  // namespace weir
