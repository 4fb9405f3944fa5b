// Requests in, responses out, in order, and never more than the connection takes.
#include "service/http/http_service.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace weir {

namespace {

// The connection's word: a session's id + 1 below two flags; 0 is an idle connection.
constexpr std::uint32_t kClosing = 1U << 31;  // the last response is queued: input is dropped
constexpr std::uint32_t kWaiting = 1U << 30;  // unconsumed text waits for room
constexpr std::uint32_t kIdMask = kWaiting - 1;

// A body up to this long is copied behind its head: one small segment, and nothing to keep.
constexpr std::size_t kCopiedBody = 1024;
// Requests answered in one call, so that a pipelining client does not hold up its worker.
constexpr unsigned kMaxAnswers = 32;

std::string_view as_text(std::span<const std::uint8_t> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

HttpService::HttpService(const HttpSettings& settings, const WallClock& clock,
                         std::shared_ptr<const HttpContent> content, ReadAhead* read_ahead)
    : settings_(settings),
      clock_(clock),
      content_(std::move(content)),
      read_ahead_(read_ahead),
      sessions_(std::min(settings.max_sessions, kIdMask - 1)),
      heads_(settings.max_heads) {
  assert(content_ != nullptr);
}

std::shared_ptr<const HttpContent> HttpService::publish(
    std::shared_ptr<const HttpContent> content) noexcept {
  assert(content != nullptr);
  return std::exchange(content_, std::move(content));
}

std::shared_ptr<const std::string> HttpService::publish_status(
    std::shared_ptr<const std::string> json) noexcept {
  return std::exchange(status_, std::move(json));
}

bool HttpService::is_closing(Connection& connection) noexcept {
  return (connection.word() & kClosing) != 0;
}

HttpService::Session* HttpService::session_of(Connection& connection) noexcept {
  const std::uint32_t id = connection.word() & kIdMask;
  return id == 0 ? nullptr : &sessions_[id - 1];
}

HttpService::Session* HttpService::need_session(Connection& connection) noexcept {
  if (Session* session = session_of(connection)) return session;
  const std::uint32_t id = sessions_.make();
  if (id == kNoId) return nullptr;
  connection.word() |= id + 1;
  return &sessions_[id];
}

std::size_t HttpService::on_text(Connection& connection, Text& text) noexcept {
  std::size_t used = 0;
  std::uint32_t& word = connection.word();
  if ((word & kIdMask) != 0 && !go_on(connection)) return text.bytes.size();
  came_ = text.waited ? std::nullopt : std::optional(connection.now());
  word &= ~kWaiting;
  for (unsigned steps = 0; used < text.bytes.size(); ++steps) {
    if (is_closing(connection)) {
      // RFC 9112 §9.6: reading on keeps an RST from destroying the response before it is read.
      used = text.bytes.size();
      break;
    }
    // With so many answers queued, on_sent is sure to come.
    const bool enough = steps >= kMaxAnswers && connection.queued() > 0;
    const std::size_t n = enough ? 0 : step(connection, as_text(text.bytes.subspan(used)));
    if (n == 0) {
      connection.word() |= kWaiting;
      break;
    }
    used += n;
  }
  settle(connection);
  return used;
}

// Takes what belongs together off the front of `bytes`: some content, a piece of a head, a request.
// 0: it cannot be taken before something was sent.
std::size_t HttpService::step(Connection& connection, std::string_view bytes) noexcept {
  Session* const session = session_of(connection);
  if (session == nullptr) return begin_head(connection, bytes);
  if (session->discard > 0) return discard(connection, *session, bytes.size());
  if (session->has_more_to_queue()) return 0;
  if (session->head != kNoId) return continue_head(connection, *session, bytes);
  return begin_head(connection, bytes);
}

std::size_t HttpService::discard(Connection& connection, Session& session,
                                 std::size_t size) noexcept {
  const std::size_t n = std::min<std::uint64_t>(session.discard, size);
  session.discard -= n;
  if (session.discard == 0) stop_timer(connection, session);
  return n;
}

std::size_t HttpService::begin_head(Connection& connection, std::string_view bytes) noexcept {
  HttpParser parser;
  const HttpParser::Outcome outcome = parser.parse(bytes);
  began_ = came_;
  if (outcome == HttpParser::Outcome::incomplete) {
    if (keep_head(connection, parser, bytes)) return bytes.size();
    return refuse(connection, HttpStatus::service_unavailable) ? bytes.size() : 0;
  }
  if (!finish(connection, parser, outcome, bytes)) return 0;
  return outcome == HttpParser::Outcome::complete ? parser.length() : bytes.size();
}

bool HttpService::keep_head(Connection& connection, const HttpParser& parser,
                            std::string_view bytes) noexcept {
  Session* const session = need_session(connection);
  if (session == nullptr) return false;
  session->head = heads_.make();
  if (session->head == kNoId) return false;
  Head& head = heads_[session->head];
  head.parser = parser;
  head.began = began_;
  head.length = static_cast<std::uint16_t>(bytes.size());
  std::memcpy(head.bytes, bytes.data(), bytes.size());
  return true;
}

std::size_t HttpService::continue_head(Connection& connection, Session& session,
                                       std::string_view bytes) noexcept {
  Head& head = heads_[session.head];
  const HttpParser parser_before = head.parser;
  const std::uint16_t length_before = head.length;
  const std::size_t n = std::min(bytes.size(), kMaxHttpHead - head.length);
  std::memcpy(head.bytes + head.length, bytes.data(), n);
  head.length = static_cast<std::uint16_t>(head.length + n);
  const HttpParser::Outcome outcome = head.parser.parse(head.text());
  if (outcome == HttpParser::Outcome::incomplete) return n;
  began_ = head.began;
  if (!finish(connection, head.parser, outcome, head.text())) {
    // No room for the answer: as if these bytes had not been looked at.
    head.parser = parser_before;
    head.length = length_before;
    return 0;
  }
  const bool complete = outcome == HttpParser::Outcome::complete;
  const std::size_t used = complete ? head.parser.length() - length_before : n;
  drop_head(session);
  if (session.discard == 0 && !is_closing(connection)) stop_timer(connection, session);
  return used;
}

bool HttpService::finish(Connection& connection, const HttpParser& parser,
                         HttpParser::Outcome outcome, std::string_view head) noexcept {
  if (outcome == HttpParser::Outcome::refused) return refuse(connection, parser.refusal());
  return answer(connection, parser.request(head));
}

bool HttpService::answer(Connection& connection, const HttpRequest& request) noexcept {
  const std::string_view json = status_ ? std::string_view(*status_) : std::string_view();
  HttpResponse response = respond(request, *content_, json, settings_.limits);
  response.close = response.close || drains_;
  if (request.content_length > 0 && !response.close) {
    Session* const session = need_session(connection);
    if (session == nullptr) return refuse(connection, HttpStatus::service_unavailable);
    if (!send(connection, response)) return false;
    session->discard = request.content_length;
    return true;
  }
  return send(connection, response);
}

bool HttpService::refuse(Connection& connection, HttpStatus status) noexcept {
  HttpResponse response = error_response(status);
  response.close = true;
  return send(connection, response);
}

// False: nothing was sent, and on_sent will come.
bool HttpService::send(Connection& connection, const HttpResponse& response) noexcept {
  char room[kMaxResponseHead + kCopiedBody];
  TextWriter out(room);
  write_head(out, response, clock_.unix_seconds());
  const bool copied = response.file == nullptr && response.body.size() <= kCopiedBody;
  if (copied) out << as_text(response.body);
  assert(!out.overflowed());
  if (connection.room() < out.text().size()) {
    if (connection.queued() > 0) return false;
    begin_close(connection);  // a send buffer that can hold no response at all
    return true;
  }
  if (!copied) return send_held(connection, out.text(), response);
  connection.send(out.text());
  if (began_) connection.answered(*began_);
  if (response.close) begin_close(connection);
  return true;
}

// A body that is sent from where it stands: the session keeps its owner until all is acknowledged.
bool HttpService::send_held(Connection& connection, std::string_view head,
                            const HttpResponse& response) noexcept {
  Session* const session = need_session(connection);
  if (session == nullptr) return refuse(connection, HttpStatus::service_unavailable);
  if (!take_owner(connection, *session, response)) return false;
  if (response.file != nullptr) return send_stream(connection, *session, head, response);
  connection.send(head);
  session->memory = response.body_is_status ? nullptr : content_->memory_of(response.body);
  if (connection.send_static(response.body, session->memory)) {
    if (began_) connection.answered(*began_);
  } else {
    session->pending = response.body;
    session->began = began_;
  }
  if (response.close) begin_close(connection);
  return true;
}

// One owner at a time: earlier bodies may come from content that was replaced since.
bool HttpService::take_owner(Connection& connection, Session& session,
                             const HttpResponse& response) noexcept {
  const void* const owner = response.body_is_status ? static_cast<const void*>(status_.get())
                                                    : static_cast<const void*>(content_.get());
  if (session.held.get() == owner) return true;
  if (session.held != nullptr && connection.queued() > 0) return false;
  if (response.body_is_status) {
    session.held = status_;
  } else {
    session.held = content_;
  }
  return true;
}

// From here on input is dropped. A peer that does not close in turn is cut off by on_timeout.
void HttpService::begin_close(Connection& connection) noexcept {
  if (is_closing(connection)) return;
  connection.word() |= kClosing;
  connection.set_timeout(settings_.header_timeout);
  Session* const session = session_of(connection);
  if (session != nullptr && session->has_more_to_queue()) {
    session->close_after = true;
  } else {
    connection.close();
  }
}

void HttpService::on_sent(Connection& connection) noexcept {
  if (Session* const session = session_of(connection)) {
    if (!go_on(connection)) return;
    if (!session->pending.empty()) {
      if (!connection.send_static(session->pending, session->memory)) return;
      session->pending = {};
      if (session->began) connection.answered(*session->began);
      if (session->close_after) connection.close();
    }
    const bool has_more = session->has_more_to_queue();
    settle(connection);
    if (has_more) return;
  }
  if ((connection.word() & kWaiting) != 0) connection.resume();
}

void HttpService::on_peer_close(Connection& connection) noexcept {
  begin_close(connection);
  settle(connection);
}

void HttpService::on_timeout(Connection& connection) noexcept {
  const Session* const sends = session_of(connection);
  if (sends != nullptr && sends->stream != kNoId) return look_at_stream(connection, *sends);
  if (is_closing(connection)) {
    // Whoever still reads a long response is in his right; the stack minds those who do not.
    if (connection.queued() > 0) return connection.set_timeout(settings_.header_timeout);
    return connection.abort();
  }
  Session* const session = session_of(connection);
  if (session == nullptr) return;
  if ((connection.word() & kWaiting) != 0) {  // it is our turn, not the client's
    return connection.set_timeout(settings_.header_timeout);
  }
  session->timed = false;
  if (session->discard > 0) {
    begin_close(connection);  // answered already
  } else if (session->head != kNoId) {
    began_ = heads_[session->head].began;
    if (!refuse(connection, HttpStatus::request_timeout)) return connection.abort();
  }
  settle(connection);
}

void HttpService::on_end(Connection& connection, EndReason) noexcept {
  if (Session* const session = session_of(connection)) {
    drop_head(*session);
    if (session->stream != kNoId) read_ahead_->close(session->stream);
    sessions_.destroy((connection.word() & kIdMask) - 1);
  }
  connection.word() = 0;
}

void HttpService::stop_timer(Connection& connection, Session& session) noexcept {
  if (!session.timed) return;
  session.timed = false;
  connection.set_timeout(Duration::zero());
}

void HttpService::drop_head(Session& session) noexcept {
  if (session.head != kNoId) heads_.destroy(std::exchange(session.head, kNoId));
}

// After every event: the timer runs while a request is incomplete, and a session that holds nothing
// is given back.
void HttpService::settle(Connection& connection) noexcept {
  Session* const session = session_of(connection);
  if (session == nullptr) return;
  if (is_closing(connection)) {
    drop_head(*session);
    session->discard = 0;
  }
  const bool incomplete = session->head != kNoId || session->discard > 0;
  if (incomplete && !session->timed && session->stream == kNoId) {
    session->timed = true;
    connection.set_timeout(settings_.header_timeout);
  }
  if (!session->has_more_to_queue() && connection.queued() == 0) session->held.reset();
  if (incomplete || session->has_more_to_queue() || session->held != nullptr) return;
  sessions_.destroy((connection.word() & kIdMask) - 1);
  connection.word() &= ~kIdMask;
}

}  // namespace weir
