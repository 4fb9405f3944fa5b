// The head, line by line. What is malformed is refused, never guessed at (RFC 9112 §11.2).
#include "service/http/http_request.hpp"

#include <algorithm>
#include <array>

#include "service/http/http_text.hpp"

namespace weir {

using namespace http;

namespace {

HttpMethod method_named(std::string_view name) noexcept {
  if (name == "GET") return HttpMethod::get;
  if (name == "HEAD") return HttpMethod::head;
  constexpr auto kOthers = std::to_array<std::string_view>(
      {"POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"});
  const bool known = std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end();
  return known ? HttpMethod::other : HttpMethod::unknown;
}

// uri-host [":" port], by its characters only (RFC 9110 §7.2): no path, no user, no list.
bool is_host_char(char c) noexcept {
  return is_visible(c) && std::string_view("/?#@\\,\"<>").find(c) == std::string_view::npos;
}

bool starts_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

}  // namespace

HttpParser::Outcome HttpParser::refuse(HttpStatus status) noexcept {
  refusal_ = status;
  return Outcome::refused;
}

HttpParser::Outcome HttpParser::parse(std::string_view bytes) noexcept {
  const bool full = bytes.size() >= kMaxHttpHead;
  bytes = bytes.substr(0, kMaxHttpHead);
  while (true) {
    const std::size_t line_feed = bytes.find('\n', searched_);
    if (line_feed == std::string_view::npos) return unfinished_line(bytes, full);
    std::string_view line = bytes.substr(line_, line_feed - line_);
    // RFC 9112 §2.2: "a recipient MAY recognize a single LF as a line terminator".
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    HttpStatus status = HttpStatus::ok;
    const bool end = line.empty() && has_request_line_;
    if (end) {
      status = end_of_head();
    } else if (has_request_line_) {
      status = field_line(bytes, line);
    } else if (!line.empty()) {  // RFC 9112 §2.2: an empty line before the request is ignored
      status = request_line(bytes, line);
    }
    if (status != HttpStatus::ok) return refuse(status);
    line_ = searched_ = static_cast<std::uint16_t>(line_feed + 1);
    if (end) return Outcome::complete;
  }
}

// A line without its end: more has to come, unless it is too long or cannot become a request. The
// first byte alone tells a TLS handshake from a request, which saves its sender the timeout.
HttpParser::Outcome HttpParser::unfinished_line(std::string_view bytes, bool full) noexcept {
  searched_ = static_cast<std::uint16_t>(bytes.size());
  if (!has_request_line_ && line_ < bytes.size()) {
    const char first = bytes[line_];
    if (!is_token_char(first) && first != '\r') return refuse(HttpStatus::bad_request);
  }
  if (!full) return Outcome::incomplete;
  return refuse(has_request_line_ ? HttpStatus::header_fields_too_large : HttpStatus::uri_too_long);
}

// RFC 9112 §3: request-line = method SP request-target SP HTTP-version
HttpStatus HttpParser::request_line(std::string_view bytes, std::string_view line) noexcept {
  const std::size_t first = line.find(' ');
  if (first == std::string_view::npos) return HttpStatus::bad_request;
  const std::size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return HttpStatus::bad_request;
  const std::string_view name = line.substr(0, first);
  if (!is_token(name)) return HttpStatus::bad_request;
  method_ = method_named(name);
  const HttpStatus status = version(line.substr(second + 1));
  if (status != HttpStatus::ok) return status;
  has_request_line_ = true;
  return target(bytes, line.substr(first + 1, second - first - 1));
}

// RFC 9112 §2.3: HTTP-version = "HTTP/" DIGIT "." DIGIT. A minor version above 1 is read as 1.1.
HttpStatus HttpParser::version(std::string_view text) noexcept {
  if (text.size() != 8 || text.substr(0, 5) != "HTTP/" || !is_digit(text[5]) || text[6] != '.' ||
      !is_digit(text[7])) {
    return HttpStatus::bad_request;
  }
  if (text[5] != '1') return HttpStatus::version_not_supported;
  http_1_0_ = text[7] == '0';
  return HttpStatus::ok;
}

// RFC 9112 §3.2: origin-form; absolute-form, whose authority is ignored as there is one set of
// content; the other two forms belong to methods that are not served.
HttpStatus HttpParser::target(std::string_view bytes, std::string_view text) noexcept {
  if (text.size() > kMaxHttpTarget) return HttpStatus::uri_too_long;
  const auto is_target_char = [](char c) { return is_visible(c) && c != '#'; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_target_char)) {
    return HttpStatus::bad_request;
  }
  for (const std::string_view scheme :
       {std::string_view("http://"), std::string_view("https://")}) {
    if (!starts_ignoring_case(text, scheme)) continue;
    text.remove_prefix(std::min(text.find_first_of("/?", scheme.size()), text.size()));
    break;
  }
  const bool served = method_ == HttpMethod::get || method_ == HttpMethod::head;
  if (served && !text.empty() && text.front() != '/' && text.front() != '?') {
    return HttpStatus::bad_request;
  }
  target_ = {static_cast<std::uint16_t>(text.data() - bytes.data()),
             static_cast<std::uint16_t>(text.size())};
  return HttpStatus::ok;
}

// RFC 9112 §5: field-line = field-name ":" OWS field-value OWS. White space before the colon and a
// folded line (obs-fold, §5.2) are refused: they have smuggled requests past proxies.
HttpStatus HttpParser::field_line(std::string_view bytes, std::string_view line) noexcept {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return HttpStatus::bad_request;
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (!std::all_of(value.begin(), value.end(), is_value_char)) return HttpStatus::bad_request;
  return field(bytes, line.substr(0, colon), value);
}

HttpStatus HttpParser::field(std::string_view bytes, std::string_view name,
                             std::string_view value) noexcept {
  const Slice slice{static_cast<std::uint16_t>(value.data() - bytes.data()),
                    static_cast<std::uint16_t>(value.size())};
  const auto is = [name](std::string_view other) { return equals_ignoring_case(name, other); };
  if (is("Host")) {
    // RFC 9112 §3.2: more than one, or an invalid one, is 400.
    if (saw(kHost) || !std::all_of(value.begin(), value.end(), is_host_char)) {
      return HttpStatus::bad_request;
    }
    see(kHost);
    host_ = slice;
  } else if (is("Connection")) {
    connection_options(value);
  } else if (is("Content-Length")) {
    return content_length(value);
  } else if (is("Transfer-Encoding")) {
    if (saw(kTransferEncoding) || !equals_ignoring_case(value, "chunked")) see(kOtherCoding);
    see(kTransferEncoding);
  } else if (is("Expect")) {
    (equals_ignoring_case(value, "100-continue") ? expects_continue_ : expects_something_) = true;
  } else if (is("Range")) {
    range_ = slice;
  } else if (is("If-Range")) {
    if_range_ = slice;
  } else if (is("If-None-Match")) {
    if_none_match_ = slice;
  } else if (is("If-Modified-Since")) {
    if_modified_since_ = slice;
  }
  return HttpStatus::ok;
}

// RFC 9112 §6.3: an invalid length, or several that differ, is an unrecoverable error.
HttpStatus HttpParser::content_length(std::string_view value) noexcept {
  const auto number = parse_number(value);
  if (!number || (saw(kContentLength) && *number != content_length_)) {
    return HttpStatus::bad_request;
  }
  see(kContentLength);
  content_length_ = *number;
  return HttpStatus::ok;
}

void HttpParser::connection_options(std::string_view list) noexcept {
  while (!list.empty()) {
    const std::string_view option = take_member(list);
    if (equals_ignoring_case(option, "close")) see(kClose);
    if (equals_ignoring_case(option, "keep-alive")) see(kKeepAlive);
  }
}

// What only the whole head can tell.
HttpStatus HttpParser::end_of_head() noexcept {
  // RFC 9112 §3.2: a request of HTTP/1.1 without Host is 400.
  if (!http_1_0_ && !saw(kHost)) return HttpStatus::bad_request;
  if (saw(kTransferEncoding)) {
    // RFC 9112 §6.1: both framings at once, or a coding from HTTP/1.0, is an attempt to smuggle.
    if (saw(kContentLength) || http_1_0_) return HttpStatus::bad_request;
    return saw(kOtherCoding) ? HttpStatus::not_implemented : HttpStatus::length_required;
  }
  return HttpStatus::ok;
}

HttpRequest HttpParser::request(std::string_view bytes) const noexcept {
  return {.method = method_,
          .http_1_0 = http_1_0_,
          .close = saw(kClose) || (http_1_0_ && !saw(kKeepAlive)),
          .expects_continue = expects_continue_ && !http_1_0_,
          .expects_something = expects_something_,
          .content_length = content_length_,
          .target = target_.of(bytes),
          .host = host_.of(bytes),
          .range = range_.of(bytes),
          .if_range = if_range_.of(bytes),
          .if_none_match = if_none_match_.of(bytes),
          .if_modified_since = if_modified_since_.of(bytes)};
}

}  // namespace weir
