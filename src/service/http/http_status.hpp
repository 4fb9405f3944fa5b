// The status codes that this server sends (RFC 9110 §15), each with the body that explains it.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

enum class HttpStatus : std::uint16_t {
  ok = 200,
  partial_content = 206,
  moved_permanently = 301,
  not_modified = 304,
  bad_request = 400,
  not_found = 404,
  method_not_allowed = 405,
  request_timeout = 408,
  length_required = 411,
  content_too_large = 413,
  uri_too_long = 414,
  range_not_satisfiable = 416,
  expectation_failed = 417,
  header_fields_too_large = 431,
  not_implemented = 501,
  service_unavailable = 503,
  version_not_supported = 505,
};

struct HttpStatusText {
  HttpStatus status;
  std::string_view line;  ///< "404 Not Found"
  std::string_view body;  ///< what a person reads, as text/plain; empty where content stands
};
[[nodiscard]] const HttpStatusText& text(HttpStatus status) noexcept;

}  // namespace weir
