// A request's head: request line and fields (RFC 9112 §2–§6), read as far as it has arrived.
#pragma once

#include <cstdint>
#include <string_view>

#include "service/http/http_status.hpp"

namespace weir {

enum class HttpMethod : std::uint8_t {
  get,
  head,
  other,    ///< one of RFC 9110 §9 or PATCH that is not served here
  unknown,  ///< a token that is no method known here
};

/// What a server needs of a request. The views point into the bytes that were parsed.
struct HttpRequest {
  HttpMethod method = HttpMethod::get;
  bool http_1_0 = false;
  bool close = false;                ///< the connection ends with the response (RFC 9112 §9.3)
  bool expects_continue = false;     ///< Expect: 100-continue
  bool expects_something = false;    ///< an expectation not known here
  std::uint64_t content_length = 0;  ///< bytes that follow the head
  std::string_view target;  ///< path and query; of an absolute target, without the authority
  std::string_view host, range, if_range, if_none_match, if_modified_since;
};

inline constexpr std::size_t kMaxHttpHead = 8192;    ///< bytes, with the empty line at the end
inline constexpr std::size_t kMaxHttpTarget = 4096;  ///< bytes

/// Parses a head that may arrive in pieces, each byte once: every call is handed all bytes since
/// the request began and goes on where the last one stopped. Holds offsets, not pointers, so that
/// the bytes may have moved in between. A function of the bytes: how they were cut makes no
/// difference.
class HttpParser {
 public:
  enum class Outcome : std::uint8_t { incomplete, complete, refused };

  [[nodiscard]] Outcome parse(std::string_view bytes) noexcept;
  /// Once refused: the status to answer with. The connection ends then, as nobody can tell where
  /// the next request would begin.
  [[nodiscard]] HttpStatus refusal() const noexcept { return refusal_; }
  /// Once complete: the head's length, and what it says.
  [[nodiscard]] std::size_t length() const noexcept { return line_; }
  [[nodiscard]] HttpRequest request(std::string_view bytes) const noexcept;

 private:
  struct Slice {
    std::uint16_t at = 0, length = 0;
    [[nodiscard]] std::string_view of(std::string_view bytes) const noexcept {
      return bytes.substr(at, length);
    }
  };
  enum Seen : std::uint8_t {
    kHost = 1 << 0,
    kContentLength = 1 << 1,
    kTransferEncoding = 1 << 2,
    kOtherCoding = 1 << 3,  // of Transfer-Encoding: not chunked alone
    kClose = 1 << 4,
    kKeepAlive = 1 << 5,
  };

  Outcome refuse(HttpStatus status) noexcept;
  [[nodiscard]] Outcome unfinished_line(std::string_view bytes, bool full) noexcept;
  [[nodiscard]] HttpStatus request_line(std::string_view bytes, std::string_view line) noexcept;
  [[nodiscard]] HttpStatus version(std::string_view text) noexcept;
  [[nodiscard]] HttpStatus target(std::string_view bytes, std::string_view text) noexcept;
  [[nodiscard]] HttpStatus field_line(std::string_view bytes, std::string_view line) noexcept;
  [[nodiscard]] HttpStatus field(std::string_view bytes, std::string_view name,
                                 std::string_view value) noexcept;
  [[nodiscard]] HttpStatus content_length(std::string_view value) noexcept;
  [[nodiscard]] HttpStatus end_of_head() noexcept;
  void connection_options(std::string_view list) noexcept;
  [[nodiscard]] bool saw(Seen what) const noexcept { return (seen_ & what) != 0; }
  void see(Seen what) noexcept { seen_ = static_cast<std::uint8_t>(seen_ | what); }

  std::uint64_t content_length_ = 0;
  Slice target_, host_, range_, if_range_, if_none_match_, if_modified_since_;
  std::uint16_t line_ = 0;      // where the first line begins that is not parsed yet
  std::uint16_t searched_ = 0;  // no line feed between line_ and here
  HttpStatus refusal_ = HttpStatus::bad_request;
  HttpMethod method_ = HttpMethod::get;
  std::uint8_t seen_ = 0;
  bool has_request_line_ = false, http_1_0_ = false;
  bool expects_continue_ = false, expects_something_ = false;
};

}  // namespace weir
