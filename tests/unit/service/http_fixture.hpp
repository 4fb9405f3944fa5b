// A server over a small directory, and what its answers look like.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "fake_connection.hpp"
#include "service/http/http_service.hpp"
#include "temporary_directory.hpp"

namespace weir::test {

inline const std::string kSmall = "hello, world\n";
inline const std::string kBig = [] {
  std::string text;
  for (int i = 0; text.size() < 100'000; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}();

inline std::string request(const std::string& method, const std::string& target,
                           const std::string& fields = "") {
  return method + " " + target + " HTTP/1.1\r\nHost: weir.example\r\n" + fields + "\r\n";
}
inline std::string get(const std::string& target, const std::string& fields = "") {
  return request("GET", target, fields);
}

/// A response, taken apart.
struct Response {
  int status = 0;
  std::string head, body;
  /// The value of a field, or "absent".
  [[nodiscard]] std::string field(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "absent";
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

/// Takes one response off the front of `text`; `has_body` is false after HEAD.
inline Response take_response(std::string& text, bool has_body = true) {
  Response out;
  const std::size_t end = text.find("\r\n\r\n");
  if (text.substr(0, 9) != "HTTP/1.1 " || end == std::string::npos) return out;
  out.status = std::stoi(text.substr(9, 3));
  out.head = text.substr(0, end + 2);
  std::size_t length = 0;
  if (has_body && out.field("Content-Length") != "absent") {
    length = std::stoul(out.field("Content-Length"));
  }
  out.body = text.substr(end + 4, length);
  text.erase(0, end + 4 + length);
  return out;
}

class HttpTest : public testing::Test {
 protected:
  HttpTest() {
    root.write("small.txt", kSmall);
    root.write("big.txt", kBig);
    root.write("index.html", "<p>index</p>");
    root.write("dir/index.html", "<p>dir</p>");
    clock.set(784'111'777);
    start({});
  }
  void start(const HttpSettings& settings) {
    service = std::make_unique<HttpService>(settings, clock, load());
  }
  std::shared_ptr<const HttpContent> load() const {
    return HttpContent::load({.root = root.string(), .status = true}).value();
  }
  /// One request on a connection of its own.
  Response ask(const std::string& bytes, bool has_body = true) {
    FakeConnection peer(*service);
    peer.opens();
    peer.sends(bytes);
    std::string text = peer.reads();
    const Response out = take_response(text, has_body);
    EXPECT_EQ(text, "") << "more than one response to " << bytes;
    was_closed = peer.closed;
    EXPECT_EQ(peer.word() & 0x3fffffff, 0u) << "an idle connection has a session";
    return out;
  }

  TemporaryDirectory root;
  WallClock clock;
  std::unique_ptr<HttpService> service;
  bool was_closed = false;
};

}  // namespace weir::test
