// From a request's target to the name of a resource.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {

/// The path of `target` without its query, with percent-encoding undone (RFC 3986 §2.1); "/" when
/// empty. Nothing when it is malformed, holds a control character, an encoded slash, or a segment
/// "." or ".." (a client resolves those itself, RFC 3986 §5.2.4; what arrives probes for a hole).
/// The view points into `target` or `room`, which is as long as the target.
[[nodiscard]] std::optional<std::string_view> decode_path(std::string_view target,
                                                          std::span<char> room) noexcept;

/// `path` as it is written in a Location: all but unreserved characters and slashes encoded.
/// Control plane only.
[[nodiscard]] std::string encode_path(std::string_view path);

}  // namespace weir
