// Text to the HTTP parser and to the whole service: however it is cut, the answers are the same.
#include <algorithm>
#include <memory>
#include <string>

#include "fuzz.hpp"
#include "service/http/http_service.hpp"
#include "unit/service/fake_connection.hpp"
#include "unit/service/temporary_directory.hpp"

namespace weir::fuzz {
namespace {

using test::FakeConnection;

/// What is served: read once, its directory is gone again before the first request.
struct Site {
  Site() {
    const test::TemporaryDirectory root;
    root.write("small.txt", "hello, world\n");
    root.write("index.html", "<p>index</p>");
    root.write("dir/index.html", "<p>dir</p>");
    std::string big;
    for (int i = 0; big.size() < 20'000; ++i) big += "line " + std::to_string(i) + "\n";
    root.write("big.txt", big);
    clock.set(784'111'777);
    content = HttpContent::load({.root = root.string(), .status = true}).value();
  }
  WallClock clock;
  std::shared_ptr<const HttpContent> content;
};

/// Where a text is cut, by the text itself: an input stays plain text.
class Cuts {
 public:
  Cuts(std::string_view text, std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {
    for (const char c : text) state_ = (state_ ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  }
  std::size_t next(std::size_t most) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return 1 + (state_ >> 33) % most;
  }

 private:
  std::uint64_t state_;
};

struct Heard {
  std::string text;
  bool closed = false, aborted = false;
  friend bool operator==(const Heard&, const Heard&) = default;
};

Heard hear(HttpService& service, std::string_view text, std::size_t longest, std::uint64_t seed) {
  FakeConnection peer(service);
  Cuts cuts(text, seed);
  if (seed != 0) {
    peer.max_pieces = 2 + seed % 4;
    peer.send_buffer = 700;
  }
  peer.opens();
  std::string received;
  while (!text.empty() && !peer.aborted) {
    const std::size_t n = std::min(text.size(), cuts.next(longest));
    peer.sends(text.substr(0, n));
    text.remove_prefix(n);
    if (seed % 2 == 1) received += peer.reads();
  }
  received += peer.reads();
  must(peer.aborted || peer.unconsumed() == 0, "a service that has answered leaves no text");
  return {received, peer.closed, peer.aborted};
}

void parse(std::string_view text, std::size_t longest) {
  using Outcome = HttpParser::Outcome;
  HttpParser whole, cut;
  const Outcome outcome = whole.parse(text);
  Outcome so_far = Outcome::incomplete;
  Cuts cuts(text, longest);
  for (std::size_t at = 0; so_far == Outcome::incomplete && at < text.size();) {
    at = std::min(text.size(), at + cuts.next(longest));
    // Moved each time, and no longer than it says.
    const auto moved = std::make_unique<char[]>(at);
    std::copy_n(text.data(), at, moved.get());
    so_far = cut.parse({moved.get(), at});
  }
  if (text.empty()) return;
  must(outcome == so_far, "a head means the same however it is cut");
  if (outcome == Outcome::refused) must(whole.refusal() == cut.refusal(), "and is refused alike");
  if (outcome != Outcome::complete) return;
  must(whole.length() == cut.length() && whole.length() <= std::min(text.size(), kMaxHttpHead),
       "a head has one end");
  const HttpRequest a = whole.request(text), b = cut.request(text);
  must(a.target == b.target && a.host == b.host && a.range == b.range && a.if_range == b.if_range &&
           a.if_none_match == b.if_none_match && a.if_modified_since == b.if_modified_since &&
           a.content_length == b.content_length && a.method == b.method && a.close == b.close &&
           a.http_1_0 == b.http_1_0,
       "a head says the same however it is cut");
}

}  // namespace
}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::fuzz;
  static const Site site;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parse(text, 1);
  parse(text, 40);
  weir::HttpSettings settings;
  settings.max_sessions = 8;
  settings.max_heads = 4;
  weir::HttpService service(settings, site.clock, site.content);
  const Heard whole = hear(service, text, size + 1, 0);
  must(whole.text.empty() || whole.text.starts_with("HTTP/1.1 "), "an answer is HTTP");
  must(whole == hear(service, text, 1, 2), "the answers to single bytes are the same");
  for (const std::uint64_t seed : {1U, 3U, 4U}) {
    must(whole == hear(service, text, 60, seed), "the answers are the same however it is cut");
  }
  must(service.session_count() == 0, "no session outlives its connection");
  return 0;
}
