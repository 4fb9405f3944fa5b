// From a request to its response, as values: what is sent, before anything is sent.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "service/http/http_content.hpp"
#include "service/http/http_range.hpp"
#include "service/http/http_request.hpp"
#include "service/text_writer.hpp"

namespace weir {

/// Points into the content, the status text or static memory; nothing is copied.
struct HttpResponse {
  HttpStatus status = HttpStatus::ok;
  std::string_view type_fields{}, cache_fields{};  ///< lines with CR LF
  std::string_view location{};                     ///< 301
  std::span<const std::uint8_t> body{};
  const OpenFile* file = nullptr;  ///< instead of a body: what is read ahead, from `first` on
  std::uint64_t first = 0;
  std::uint64_t content_length = 0;  ///< of body or file, or what it would be for HEAD
  HttpRange range{};                 ///< of a 206
  std::uint64_t whole_length = 0;    ///< of a 206 and 416: the length of the whole
  bool body_is_status = false;       ///< body is the status text's, not the content's
  bool close = false;                ///< the connection ends after it
  bool keep_alive = false;           ///< say so, to a client of HTTP/1.0
};

struct HttpLimits {
  std::uint64_t max_content = 1 << 20;  ///< bytes of a request's content that are read and dropped
};

/// The response to a well-formed request. `status_json` may be empty: none published yet.
[[nodiscard]] HttpResponse respond(const HttpRequest& request, const HttpContent& content,
                                   std::string_view status_json, const HttpLimits& limits) noexcept;

/// The response that explains an error; with `close` to end the connection.
[[nodiscard]] HttpResponse error_response(HttpStatus status) noexcept;

/// Status line, fields and the empty line, in less than kMaxResponseHead bytes. `date` in Unix
/// seconds; 0 leaves the field out, as RFC 9110 §6.6.1 demands of a server without a clock.
void write_head(TextWriter& out, const HttpResponse& response, std::int64_t date) noexcept;
inline constexpr std::size_t kMaxResponseHead = 3072;

}  // namespace weir
