// Entity tags and dates against what a resource has.
#include "service/http/http_conditions.hpp"

#include "service/http/http_date.hpp"
#include "service/http/http_text.hpp"

namespace weir {

namespace {

// RFC 9110 §13.1.2: a list of entity tags, weak comparison. Our tags hold no comma, so that a list
// may be cut at commas: a tag of somebody else's that holds one cannot match in either half.
bool names_tag(std::string_view list, std::string_view etag) noexcept {
  if (list == "*") return true;
  if (etag.empty()) return false;
  while (!list.empty()) {
    std::string_view tag = http::take_member(list);
    if (tag.substr(0, 2) == "W/") tag.remove_prefix(2);
    if (tag == etag) return true;
  }
  return false;
}

}  // namespace

bool is_not_modified(const HttpRequest& request, const HttpResource& resource) noexcept {
  // RFC 9110 §13.1.3: If-Modified-Since is ignored beside If-None-Match, and when it is no date.
  if (!request.if_none_match.empty()) return names_tag(request.if_none_match, resource.etag);
  if (request.if_modified_since.empty() || resource.modified == 0) return false;
  const auto since = parse_http_date(request.if_modified_since);
  return since && resource.modified <= *since;
}

bool range_applies(const HttpRequest& request, const HttpResource& resource) noexcept {
  // RFC 9110 §14.2: Range is defined for GET only.
  if (request.range.empty() || request.method != HttpMethod::get) return false;
  if (resource.etag.empty()) return false;
  if (request.if_range.empty()) return true;
  if (request.if_range.front() == '"') return request.if_range == resource.etag;
  const auto date = parse_http_date(request.if_range);
  return date && *date == resource.modified;
}

}  // namespace weir
