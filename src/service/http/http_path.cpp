// Percent-encoding there and back.
#include "service/http/http_path.hpp"

#include <cassert>

#include "service/http/http_text.hpp"

namespace weir {

namespace {

int hex_value(char c) noexcept {
  if (http::is_digit(c)) return c - '0';
  const char lower = http::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool has_dot_segment(std::string_view path) noexcept {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

// Decodes into `room`, which is long enough; nothing when the encoding is broken.
std::optional<std::string_view> decode(std::string_view path, std::span<char> room) noexcept {
  assert(room.size() >= path.size());
  std::size_t length = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    char c = path[i];
    if (c == '%') {
      if (path.size() - i < 3) return std::nullopt;
      const int high = hex_value(path[i + 1]), low = hex_value(path[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      if (c == '/' || is_control(c)) return std::nullopt;
      i += 2;
    }
    room[length++] = c;
  }
  return std::string_view(room.data(), length);
}

}  // namespace

std::optional<std::string_view> decode_path(std::string_view target,
                                            std::span<char> room) noexcept {
  std::string_view path = target.substr(0, target.find('?'));
  if (path.empty()) return "/";
  if (path.front() != '/') return std::nullopt;
  if (path.find('%') != std::string_view::npos) {
    const auto decoded = decode(path, room);
    if (!decoded) return std::nullopt;
    path = *decoded;
  }
  if (has_dot_segment(path)) return std::nullopt;
  return path;
}

std::string encode_path(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    if (http::is_alpha(c) || http::is_digit(c) || std::string_view("-._~/").find(c) != path.npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

}  // namespace weir
