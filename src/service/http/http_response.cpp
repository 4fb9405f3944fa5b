// Which status, which bytes, which fields: RFC 9110 §13.2.2 gives the order of the questions.
#include "service/http/http_response.hpp"

#include "service/http/http_conditions.hpp"
#include "service/http/http_date.hpp"
#include "service/http/http_path.hpp"

namespace weir {

namespace {

constexpr std::string_view kPlainText = "Content-Type: text/plain; charset=utf-8\r\n";

std::span<const std::uint8_t> as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void cut_to_range(HttpResponse& out) noexcept {
  out.status = HttpStatus::partial_content;
  out.content_length = out.range.last - out.range.first + 1;
  if (out.file != nullptr) {
    out.first = out.range.first;
  } else {
    out.body = out.body.subspan(out.range.first, out.content_length);
  }
}

HttpResponse send_resource(const HttpRequest& request, const HttpResource& resource) noexcept {
  if (!resource.location.empty()) {
    HttpResponse out = error_response(HttpStatus::moved_permanently);
    out.location = resource.location;
    return out;
  }
  if (is_not_modified(request, resource)) {
    return {.status = HttpStatus::not_modified, .cache_fields = resource.cache_fields};
  }
  // What was promised cannot be had any more; the content is about to be loaded again.
  if (resource.file && resource.file->changed()) {
    return error_response(HttpStatus::service_unavailable);
  }
  HttpResponse out{.type_fields = resource.type_fields,
                   .cache_fields = resource.cache_fields,
                   .body = resource.body,
                   .file = resource.file.get(),
                   .content_length = resource.length(),
                   .whole_length = resource.length()};
  if (range_applies(request, resource)) {
    out.range = parse_range(request.range, resource.length());
    if (out.range.kind == HttpRange::Kind::unsatisfiable) {
      HttpResponse refusal = error_response(HttpStatus::range_not_satisfiable);
      refusal.whole_length = resource.length();
      return refusal;
    }
    if (out.range.kind == HttpRange::Kind::part) cut_to_range(out);
  }
  return out;
}

HttpResponse send_status(std::string_view json) noexcept {
  if (json.empty()) return error_response(HttpStatus::service_unavailable);
  return {.type_fields = "Content-Type: application/json\r\n",
          .cache_fields = "Cache-Control: no-store\r\n",
          .body = as_bytes(json),
          .content_length = json.size(),
          .body_is_status = true};
}

HttpResponse choose(const HttpRequest& request, const HttpContent& content,
                    std::string_view status_json, const HttpLimits& limits) noexcept {
  if (request.method == HttpMethod::unknown) return error_response(HttpStatus::not_implemented);
  if (request.content_length > limits.max_content) {
    return error_response(HttpStatus::content_too_large);
  }
  if (request.expects_something) return error_response(HttpStatus::expectation_failed);
  if (request.method == HttpMethod::other) return error_response(HttpStatus::method_not_allowed);
  char room[kMaxHttpTarget];
  const auto path = decode_path(request.target, room);
  if (!path) return error_response(HttpStatus::bad_request);
  if (content.shows_status() && *path == "/status.json") return send_status(status_json);
  const HttpResource* resource = content.find(*path);
  if (resource == nullptr) return error_response(HttpStatus::not_found);
  return send_resource(request, *resource);
}

void write_date(TextWriter& out, std::int64_t date) noexcept {
  if (date == 0) return;
  out << "Date: ";
  write_http_date(out, date);
  out << "\r\n";
}

}  // namespace

HttpResponse error_response(HttpStatus status) noexcept {
  const std::string_view body = text(status).body;
  return {.status = status,
          .type_fields = kPlainText,
          .body = as_bytes(body),
          .content_length = body.size()};
}

HttpResponse respond(const HttpRequest& request, const HttpContent& content,
                     std::string_view status_json, const HttpLimits& limits) noexcept {
  HttpResponse out = choose(request, content, status_json, limits);
  // RFC 9110 §10.1.1: answering without 100 (Continue), nobody can tell whether the content will
  // still come; and content that is too long is not read. Either way this is the last response.
  out.close = request.close || request.content_length > limits.max_content ||
              (request.content_length > 0 && request.expects_continue);
  out.keep_alive = request.http_1_0 && !out.close;
  if (request.method == HttpMethod::head) {
    out.body = {};
    out.file = nullptr;
  }
  return out;
}

void write_head(TextWriter& out, const HttpResponse& response, std::int64_t date) noexcept {
  out << "HTTP/1.1 " << text(response.status).line << "\r\n";
  write_date(out, date);
  out << "Server: weir\r\n" << response.type_fields << response.cache_fields;
  switch (response.status) {
    case HttpStatus::partial_content:
      out << "Content-Range: bytes " << response.range.first << "-" << response.range.last << "/"
          << response.whole_length << "\r\n";
      break;
    case HttpStatus::range_not_satisfiable:
      out << "Content-Range: bytes */" << response.whole_length << "\r\n";
      break;
    case HttpStatus::moved_permanently:
      out << "Location: " << response.location << "\r\n";
      break;
    case HttpStatus::method_not_allowed:
      out << "Allow: GET, HEAD\r\n";
      break;
    default:
      break;
  }
  // RFC 9110 §8.6: a 304 would have to tell the length of what it does not send; so it says
  // nothing.
  if (response.status != HttpStatus::not_modified) {
    out << "Content-Length: " << response.content_length << "\r\n";
  }
  if (response.close) out << "Connection: close\r\n";
  if (response.keep_alive) out << "Connection: keep-alive\r\n";
  out << "\r\n";
}

}  // namespace weir
