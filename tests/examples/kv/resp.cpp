// What a command and a reply look like on the wire.
#include "resp.hpp"

#include <algorithm>
#include <charconv>

namespace kv {
namespace {

constexpr std::string_view kEnd = "\r\n";
constexpr std::int64_t kMostWords = 1024;

// The number behind a type's letter, up to the end of its line; `at` moves behind that.
Parsed read_number(std::string_view bytes, char type, std::size_t& at, std::int64_t& value) {
  if (at == bytes.size()) return Parsed::part;
  if (bytes[at] != type) return Parsed::wrong;
  const std::size_t end = bytes.find(kEnd, at);
  if (end == bytes.npos) return bytes.size() - at > 32 ? Parsed::wrong : Parsed::part;
  const char* const last = bytes.data() + end;
  const auto [stop, error] = std::from_chars(bytes.data() + at + 1, last, value);
  if (error != std::errc{} || stop != last) return Parsed::wrong;
  at = end + kEnd.size();
  return Parsed::whole;
}

Parsed parse_line(std::string_view bytes, Command& command, std::size_t& used) {
  const std::size_t end = bytes.find('\n');
  if (end == bytes.npos) return bytes.size() > kMostBytes ? Parsed::wrong : Parsed::part;
  used = end + 1;
  std::string_view line = bytes.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  while (!line.empty()) {
    const std::size_t space = std::min(line.find(' '), line.size());
    if (space != 0) command.push_back(line.substr(0, space));
    line.remove_prefix(std::min(space + 1, line.size()));
  }
  return Parsed::whole;
}

void reply_line(std::string& out, char type, std::string_view text) {
  out += type;
  out += text;
  out += kEnd;
}

}  // namespace

Parsed parse(std::string_view bytes, Command& command, std::size_t& used) {
  command.clear();
  if (bytes.empty()) return Parsed::part;
  if (bytes[0] != '*') return parse_line(bytes, command, used);
  std::size_t at = 0;
  std::int64_t words = 0;
  if (const Parsed p = read_number(bytes, '*', at, words); p != Parsed::whole) return p;
  if (words > kMostWords) return Parsed::wrong;
  for (std::int64_t i = 0; i < words; ++i) {
    std::int64_t length = 0;
    if (const Parsed p = read_number(bytes, '$', at, length); p != Parsed::whole) return p;
    if (length < 0 || static_cast<std::size_t>(length) > kMostBytes) return Parsed::wrong;
    const auto size = static_cast<std::size_t>(length);
    if (bytes.size() - at < size + kEnd.size()) {
      return bytes.size() > kMostBytes ? Parsed::wrong : Parsed::part;
    }
    command.push_back(bytes.substr(at, size));
    if (bytes.substr(at + size, kEnd.size()) != kEnd) return Parsed::wrong;
    at += size + kEnd.size();
  }
  used = at;
  return Parsed::whole;
}

void reply_simple(std::string& out, std::string_view text) { reply_line(out, '+', text); }
void reply_error(std::string& out, std::string_view text) { reply_line(out, '-', text); }
void reply_integer(std::string& out, std::int64_t value) {
  reply_line(out, ':', std::to_string(value));
}
void reply_bulk(std::string& out, std::string_view text) {
  reply_line(out, '$', std::to_string(text.size()));
  out += text;
  out += kEnd;
}
void reply_nothing(std::string& out) { out += "$-1\r\n"; }
void reply_array(std::string& out, std::size_t count) {
  reply_line(out, '*', std::to_string(count));
}

}  // namespace kv
