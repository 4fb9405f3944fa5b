// Over a real socket of the kernel: requests, both families, a port that is taken.
#include "metrics/listener.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include "metrics_kit.hpp"

namespace weir {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A port of the loopback that nobody has: asked of the kernel, then given back.
std::uint16_t free_port() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

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
    auto started = MetricsListener::start(here, board);
    EXPECT_TRUE(started.ok()) << (started.ok() ? "" : started.error().message);
    if (started) listener = std::move(started).value();
    // Readings have the fake's time; the listener's is the real one.
    MetricsReading now = kit.take();
    now.taken = std::chrono::steady_clock::now();
    board.put(std::make_shared<const MetricsReading>(now));
  }
  MetricsKit kit;
  MetricsBoard board{std::make_shared<const MetricsReading>(kit.take())};
  KernelListen here{Address::v4(INADDR_LOOPBACK), free_port()};
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

TEST_F(Listener, SpeaksIpv6) {
  const auto six = MetricsListener::start({*Address::parse("::1"), here.port}, board);
  ASSERT_TRUE(six.ok()) << six.error().message;
  EXPECT_THAT(get(here.port, "/healthz", "GET", AF_INET6), HasSubstr("200 OK"));
}

}  // namespace
}  // namespace weir
