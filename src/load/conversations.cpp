// The conversations. Every byte of an answer is compared with what it has to be.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/split_mix.hpp"
#include "load/conversation.hpp"

namespace weir::load {
namespace {

using Bytes = std::span<const std::uint8_t>;

bool equal(const std::uint8_t* a, const std::uint8_t* b, std::size_t n) noexcept {
  return std::memcmp(a, b, n) == 0;
}

// A stream that repeats after `period` bytes, long enough to be read on from any place in it.
class Pattern {
 public:
  Pattern(std::vector<std::uint8_t> once, std::size_t run) : period_(once.size()) {
    bytes_ = once;
    while (bytes_.size() < period_ + run) bytes_.insert(bytes_.end(), once.begin(), once.end());
    run_ = bytes_.size() - period_;
  }
  static Pattern random(std::size_t period, std::size_t run) {
    SplitMix64 dice{0x5eed};
    std::vector<std::uint8_t> once(period);
    for (std::uint8_t& b : once) b = static_cast<std::uint8_t>(dice.next());
    return {std::move(once), run};
  }
  /// `n` bytes, at most `run`, of the stream from `position` on.
  [[nodiscard]] Bytes at(std::uint64_t position, std::size_t n) const noexcept {
    return {bytes_.data() + position % period_, n};
  }
  [[nodiscard]] bool matches(std::uint64_t position, Bytes text) const noexcept {
    while (!text.empty()) {
      const std::size_t n = std::min(text.size(), run_);
      if (!equal(at(position, n).data(), text.data(), n)) return false;
      position += n;
      text = text.subspan(n);
    }
    return true;
  }

 private:
  std::size_t period_, run_;
  std::vector<std::uint8_t> bytes_;
};

constexpr std::size_t kPeriod = (1 << 20) - 3;  // odd: requests do not begin at the same places

class Echo final : public Conversation {
 public:
  explicit Echo(std::uint32_t size) : size_(size), pattern_(Pattern::random(kPeriod, 1 << 16)) {}

  std::size_t ask(Connection& connection, Progress& p) noexcept override {
    if (!connection.send_static(pattern_.at(p.salt + p.asked, size_))) return 0;
    p.asked += size_;
    return size_;
  }
  Heard hear(Progress& p, Bytes text) noexcept override {
    if (text.size() > p.asked - p.heard || !pattern_.matches(p.salt + p.heard, text)) {
      return {.wrong = true};
    }
    const std::uint64_t before = p.heard / size_;
    p.heard += text.size();
    return {.answers = static_cast<std::uint32_t>(p.heard / size_ - before)};
  }

 private:
  std::uint32_t size_;
  Pattern pattern_;
};

// Answers that all are alike: the first one is what the others are compared with.
class Reference {
 public:
  /// `text` is part of the answer's `length` bytes and begins `left` bytes before its end.
  [[nodiscard]] bool take(std::uint64_t length, std::uint64_t left, Bytes text) noexcept {
    if (complete_) {
      return length == bytes_.size() &&
             equal(bytes_.data() + (length - left), text.data(), text.size());
    }
    if (left == length) bytes_.clear();
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    complete_ = bytes_.size() == length;
    return true;
  }
  [[nodiscard]] bool is_complete() const noexcept { return complete_; }

 private:
  std::vector<std::uint8_t> bytes_;
  bool complete_ = false;
};

class Respond final : public Conversation {
 public:
  Respond(std::uint32_t size, std::uint32_t answer)
      : size_(size), answer_(answer), pattern_(Pattern::random(kPeriod, 1 << 16)) {}

  std::size_t ask(Connection& connection, Progress& p) noexcept override {
    if (!connection.send_static(pattern_.at(p.salt, size_))) return 0;
    p.asked += answer_;  // bytes that are owed
    return size_;
  }
  Heard hear(Progress& p, Bytes text) noexcept override {
    if (text.size() > p.asked - p.heard) return {.wrong = true};
    Heard heard;
    while (!text.empty()) {
      const std::uint64_t left = answer_ - p.heard % answer_;
      const Bytes part = text.first(std::min<std::uint64_t>(left, text.size()));
      if (!reference_.take(answer_, left, part)) return heard.wrong = true, heard;
      p.heard += part.size();
      heard.answers += part.size() == left;
      text = text.subspan(part.size());
    }
    return heard;
  }
  bool is_ready() const noexcept override { return reference_.is_complete(); }

 private:
  std::uint32_t size_, answer_;
  Pattern pattern_;
  Reference reference_;
};

class Http final : public Conversation {
 public:
  Http(const std::string& host, const std::string& path)
      : request_("GET " + path + " HTTP/1.1\r\nHost: " + host +
                 "\r\nUser-Agent: weir-load\r\n\r\n") {}

  std::size_t ask(Connection& connection, Progress& p) noexcept override {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(request_.data());
    if (!connection.send_static({bytes, request_.size()})) return 0;
    ++p.asked;
    return request_.size();
  }
  Heard hear(Progress& p, Bytes text) noexcept override {
    Heard heard;
    while (!text.empty() || (p.in_body && p.left == 0)) {
      if (!p.in_body && !read_head(p, text)) return heard;
      if (!p.in_body) return heard.wrong = true, heard;
      const Bytes part = text.first(std::min<std::uint64_t>(p.left, text.size()));
      const bool good = p.status == 200;
      if (good && !reference_.take(p.length, p.left, part)) return heard.wrong = true, heard;
      p.left -= part.size();
      text = text.subspan(part.size());
      if (p.left != 0) continue;
      p.in_body = false;
      if (p.asked-- == 0) return heard.wrong = true, heard;  // nobody asked
      ++heard.answers;
      heard.bad_status += !good;
    }
    return heard;
  }
  bool is_ready() const noexcept override { return reference_.is_complete(); }

 private:
  static constexpr std::size_t kLongestHead = 64 * 1024;
  static constexpr std::string_view kEnd = "\r\n\r\n";

  // Takes headers from the front of `text`. False: they are not complete yet. When they are of no
  // answer that can be understood, in_body stays false.
  static bool read_head(Progress& p, Bytes& text) noexcept {
    const std::string_view all(reinterpret_cast<const char*>(text.data()), text.size());
    if (p.head.empty()) {
      if (const auto end = all.find(kEnd); end != std::string_view::npos) {
        understand(p, all.substr(0, end + 2));
        text = text.subspan(end + kEnd.size());
        return true;
      }
    }
    const std::size_t before = p.head.size();
    p.head += all;
    const auto end = p.head.find(kEnd, before < 3 ? 0 : before - 3);
    if (end == std::string::npos) {
      text = {};
      return p.head.size() > kLongestHead;
    }
    text = text.subspan(end + kEnd.size() - before);
    understand(p, std::string_view(p.head).substr(0, end + 2));
    p.head.clear();
    return true;
  }
  // RFC 9112 §4, §6.2, §9.3: the status, the length, and whether the connection goes on. What has
  // no status or no length is not for us.
  static void understand(Progress& p, std::string_view head) noexcept {
    if (!head.starts_with("HTTP/1.") || head.size() < 12) return;
    const char* const digits = head.data() + 9;
    if (std::from_chars(digits, digits + 3, p.status).ec != std::errc()) return;
    const auto length = field(head, "content-length:");
    const char* const end = length.data() + length.size();
    if (std::from_chars(length.data(), end, p.length).ec != std::errc()) return;
    const std::string_view connection = field(head, "connection:");
    p.over = head[7] == '0' ? !begins(connection, "keep-alive") : begins(connection, "close");
    p.in_body = true;
    p.left = p.length;
  }
  // The value of a field, without the blanks before it; empty when it is not there.
  static std::string_view field(std::string_view head, std::string_view name) noexcept {
    for (std::size_t line = 0; line < head.size(); line = head.find("\r\n", line) + 2) {
      std::string_view rest = head.substr(line);
      if (!begins(rest, name)) continue;
      rest = rest.substr(name.size(), rest.find('\r') - name.size());
      return rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
    }
    return {};
  }
  // Whatever the case; `lower` has none of its own.
  static bool begins(std::string_view text, std::string_view lower) noexcept {
    return text.size() >= lower.size() &&
           std::equal(lower.begin(), lower.end(), text.begin(),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  }

  std::string request_;
  Reference reference_;
};

// Text without end; nothing comes back.
class Upload final : public Conversation {
 public:
  Upload() : pattern_(Pattern::random(kPeriod, kPiece)) {}

  std::size_t ask(Connection& connection, Progress& p) noexcept override {
    if (!connection.send_static(pattern_.at(p.salt + p.asked, kPiece))) return 0;
    p.asked += kPiece;
    return kPiece;
  }
  Heard hear(Progress&, Bytes) noexcept override { return {.wrong = true}; }

 private:
  static constexpr std::size_t kPiece = 1 << 16;
  Pattern pattern_;
};

// RFC 864: 72 of the 95 printable characters a line, each line beginning one later.
class Download final : public Conversation {
 public:
  Download() : pattern_(lines(), 1 << 16) {}

  std::size_t ask(Connection&, Progress&) noexcept override { return 0; }
  Heard hear(Progress& p, Bytes text) noexcept override {
    if (!pattern_.matches(p.heard, text)) return {.wrong = true};
    p.heard += text.size();
    return {};
  }

 private:
  static std::vector<std::uint8_t> lines() {
    std::vector<std::uint8_t> all;
    for (unsigned line = 0; line < 95; ++line) {
      for (unsigned i = 0; i < 72; ++i)
        all.push_back(static_cast<std::uint8_t>(' ' + (line + i) % 95));
      all.push_back('\r');
      all.push_back('\n');
    }
    return all;
  }
  Pattern pattern_;
};

// Nothing is asked; a banner is no mistake.
class Silence final : public Conversation {
 public:
  std::size_t ask(Connection&, Progress&) noexcept override { return 0; }
  Heard hear(Progress&, Bytes) noexcept override { return {}; }
};

}  // namespace

std::unique_ptr<Conversation> make_conversation(const LoadPlan& plan) {
  switch (plan.mode) {
    case Mode::echo:
      return std::make_unique<Echo>(plan.size);
    case Mode::respond:
      return std::make_unique<Respond>(plan.size, plan.answer);
    case Mode::http:
      return std::make_unique<Http>(plan.host, plan.path);
    case Mode::upload:
      return std::make_unique<Upload>();
    case Mode::download:
      return std::make_unique<Download>();
    case Mode::connect:
    case Mode::idle:
    case Mode::udp:
    case Mode::syn_flood:
      break;
  }
  return std::make_unique<Silence>();
}

}  // namespace weir::load
