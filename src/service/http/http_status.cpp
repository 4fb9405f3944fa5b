// One table of codes, reasons and bodies.
#include "service/http/http_status.hpp"

#include <array>

namespace weir {

namespace {

constexpr auto kTexts = std::to_array<HttpStatusText>({
    {HttpStatus::ok, "200 OK", ""},
    {HttpStatus::partial_content, "206 Partial Content", ""},
    {HttpStatus::moved_permanently, "301 Moved Permanently",
     "301 Moved Permanently\nThis is a directory: its address ends in a slash.\n"},
    {HttpStatus::not_modified, "304 Not Modified", ""},
    {HttpStatus::bad_request, "400 Bad Request",
     "400 Bad Request\nThis is not a request of HTTP/1.1 (RFC 9112).\n"},
    {HttpStatus::not_found, "404 Not Found", "404 Not Found\nThere is nothing at this address.\n"},
    {HttpStatus::method_not_allowed, "405 Method Not Allowed",
     "405 Method Not Allowed\nContent here can be read with GET and HEAD only.\n"},
    {HttpStatus::request_timeout, "408 Request Timeout",
     "408 Request Timeout\nThe request was not complete in time.\n"},
    {HttpStatus::length_required, "411 Length Required",
     "411 Length Required\nA chunked request is not accepted: send a Content-Length.\n"},
    {HttpStatus::content_too_large, "413 Content Too Large",
     "413 Content Too Large\nThe request's content is longer than is read here.\n"},
    {HttpStatus::uri_too_long, "414 URI Too Long",
     "414 URI Too Long\nThe request's target is longer than 4096 bytes.\n"},
    {HttpStatus::range_not_satisfiable, "416 Range Not Satisfiable",
     "416 Range Not Satisfiable\nThe range begins behind the end.\n"},
    {HttpStatus::expectation_failed, "417 Expectation Failed",
     "417 Expectation Failed\nThe only expectation known here is 100-continue.\n"},
    {HttpStatus::header_fields_too_large, "431 Request Header Fields Too Large",
     "431 Request Header Fields Too Large\nThe request's header is longer than 8192 bytes.\n"},
    {HttpStatus::not_implemented, "501 Not Implemented",
     "501 Not Implemented\nThis method or transfer coding is not known here.\n"},
    {HttpStatus::service_unavailable, "503 Service Unavailable",
     "503 Service Unavailable\nToo many requests at once, or no data yet: try again.\n"},
    {HttpStatus::version_not_supported, "505 HTTP Version Not Supported",
     "505 HTTP Version Not Supported\nThis server speaks HTTP/1.1 and HTTP/1.0.\n"},
});

}  // namespace

const HttpStatusText& text(HttpStatus status) noexcept {
  for (const HttpStatusText& entry : kTexts) {
    if (entry.status == status) return entry;
  }
  return text(HttpStatus::bad_request);  // not reached: the table holds every code
}

}  // namespace weir
