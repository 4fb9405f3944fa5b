// Conditional requests (RFC 9110 §13): whether the client already has what it asks for.
#pragma once

#include "service/http/http_content.hpp"
#include "service/http/http_request.hpp"

namespace weir {

/// True when the answer is 304 (RFC 9110 §13.2.2, steps 3 and 4). If-Match and If-Unmodified-Since
/// guard changes, and nothing can be changed here: not implemented.
[[nodiscard]] bool is_not_modified(const HttpRequest& request,
                                   const HttpResource& resource) noexcept;

/// Whether the Range field counts: there is one, and If-Range, if any, names this very content
/// (RFC 9110 §13.1.5, strong comparison).
[[nodiscard]] bool range_applies(const HttpRequest& request, const HttpResource& resource) noexcept;

}  // namespace weir
