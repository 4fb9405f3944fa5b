// An HTTP/1.1 server (RFC 9110, RFC 9112) over content that is in memory or read ahead.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/slab.hpp"
#include "service/http/http_content.hpp"
#include "service/http/http_request.hpp"
#include "service/http/http_response.hpp"
#include "service/http/read_ahead.hpp"
#include "service/service.hpp"
#include "service/wall_clock.hpp"

namespace weir {

struct HttpSettings {
  Duration header_timeout = 10s;  ///< for a request, from its first byte to its last
  HttpLimits limits;
  std::uint32_t max_sessions = 1 << 17;  ///< connections that are not idle; 64 bytes or so each
  std::uint32_t max_heads = 1 << 14;     ///< requests that arrive in pieces; 8 KiB each
};

/// One object per worker. A connection that is idle, or whose small response is in flight, costs
/// nothing here: a session exists while a request is incomplete or a body is being sent.
class HttpService final : public TcpService {
 public:
  /// `clock` and `read_ahead` outlive the service; `content` is not null. Without `read_ahead`,
  /// files that are not in memory are answered with 503.
  HttpService(const HttpSettings& settings, const WallClock& clock,
              std::shared_ptr<const HttpContent> content, ReadAhead* read_ahead = nullptr);

  /// Worker's thread. Takes new content and returns the old, so that the caller frees it where
  /// freeing may take its time; responses being sent hold it until they are through, so the control
  /// thread keeps it until its use_count() is 1.
  [[nodiscard]] std::shared_ptr<const HttpContent> publish(
      std::shared_ptr<const HttpContent> content) noexcept;
  /// The same for the text of /status.json.
  [[nodiscard]] std::shared_ptr<const std::string> publish_status(
      std::shared_ptr<const std::string> json) noexcept;

  [[nodiscard]] std::size_t on_text(Connection& connection, Text& text) noexcept override;
  void on_sent(Connection& connection) noexcept override;
  void on_peer_close(Connection& connection) noexcept override;
  void on_timeout(Connection& connection) noexcept override;
  void on_wake(Connection& connection) noexcept override;
  void on_drain(bool drains) noexcept override { drains_ = drains; }
  void on_end(Connection& connection, EndReason reason) noexcept override;

  [[nodiscard]] std::uint32_t session_count() const noexcept { return sessions_.size(); }

 private:
  // A head that has begun to arrive.
  struct Head {
    Head() noexcept {}  // leaves `bytes` as they are
    [[nodiscard]] std::string_view text() const noexcept { return {bytes, length}; }
    HttpParser parser;
    std::uint16_t length = 0;
    std::optional<Instant> began;  // when its first byte came, if that is known
    char bytes[kMaxHttpHead];
  };
  struct Session {
    std::shared_ptr<const void> held;        // whatever queued bytes belong to
    std::span<const std::uint8_t> pending;   // a body that the connection had no piece left for
    const TransmitMemory* memory = nullptr;  // what holds it, if ports can read it there
    std::optional<Instant> began;            // when the request came that `pending` answers
    std::uint64_t discard = 0;               // bytes of request content still to come
    std::uint32_t head = kNoId;              // id in heads_
    ReadAhead::Id stream = kNoId;            // a file's part that is being sent
    bool timed = false;                      // set_timeout is running for this request
    bool close_after = false;                // close once `pending` or the stream is queued

    [[nodiscard]] bool has_more_to_queue() const noexcept {
      return !pending.empty() || stream != kNoId;
    }
  };

  /// The last response is queued, or will be: input is dropped.
  [[nodiscard]] static bool is_closing(Connection& connection) noexcept;
  [[nodiscard]] Session* session_of(Connection& connection) noexcept;
  [[nodiscard]] Session* need_session(Connection& connection) noexcept;
  [[nodiscard]] std::size_t step(Connection& connection, std::string_view bytes) noexcept;
  [[nodiscard]] std::size_t discard(Connection& connection, Session& session,
                                    std::size_t size) noexcept;
  [[nodiscard]] std::size_t begin_head(Connection& connection, std::string_view bytes) noexcept;
  [[nodiscard]] bool keep_head(Connection& connection, const HttpParser& parser,
                               std::string_view bytes) noexcept;
  [[nodiscard]] std::size_t continue_head(Connection& connection, Session& session,
                                          std::string_view bytes) noexcept;
  [[nodiscard]] bool finish(Connection& connection, const HttpParser& parser,
                            HttpParser::Outcome outcome, std::string_view head) noexcept;
  [[nodiscard]] bool answer(Connection& connection, const HttpRequest& request) noexcept;
  [[nodiscard]] bool refuse(Connection& connection, HttpStatus status) noexcept;
  [[nodiscard]] bool send(Connection& connection, const HttpResponse& response) noexcept;
  [[nodiscard]] bool send_held(Connection& connection, std::string_view head,
                               const HttpResponse& response) noexcept;
  [[nodiscard]] bool take_owner(Connection& connection, Session& session,
                                const HttpResponse& response) noexcept;
  void begin_close(Connection& connection) noexcept;
  void stop_timer(Connection& connection, Session& session) noexcept;
  void drop_head(Session& session) noexcept;
  void settle(Connection& connection) noexcept;

  // http_stream.cpp
  [[nodiscard]] bool send_stream(Connection& connection, Session& session, std::string_view head,
                                 const HttpResponse& response) noexcept;
  /// Whether the connection is still there.
  [[nodiscard]] bool go_on(Connection& connection) noexcept;
  void finish_stream(Connection& connection, Session& session) noexcept;
  void look_at_stream(Connection& connection, const Session& session) noexcept;

  HttpSettings settings_;
  // When the text came that is being read, unless it waited: then nobody knows; and when the
  // request began that is being answered.
  std::optional<Instant> came_, began_;
  bool drains_ = false;  // every response is the last of its connection
  const WallClock& clock_;
  std::shared_ptr<const HttpContent> content_;
  std::shared_ptr<const std::string> status_;
  ReadAhead* read_ahead_;
  Slab<Session> sessions_;
  Slab<Head> heads_;
};

}  // namespace weir
