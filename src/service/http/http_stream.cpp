// Responses whose file is read ahead: the session waits for chunks, and for nothing else meanwhile.
#include <utility>

#include "service/http/http_service.hpp"

namespace weir {

bool HttpService::send_stream(Connection& connection, Session& session, std::string_view head,
                              const HttpResponse& response) noexcept {
  const ReadAhead::Id stream = read_ahead_ == nullptr
                                   ? kNoId
                                   : read_ahead_->open(static_cast<std::uint32_t>(connection.id()),
                                                       {.file = response.file,
                                                        .first = response.first,
                                                        .length = response.content_length,
                                                        .owner = session.held});
  if (stream == kNoId) return refuse(connection, HttpStatus::service_unavailable);
  connection.send(head);
  session.stream = stream;
  session.began = began_;
  if (response.close) begin_close(connection);
  session.timed = false;
  connection.set_timeout(ReadAhead::kLookPeriod);
  return true;
}

bool HttpService::go_on(Connection& connection) noexcept {
  Session* const session = session_of(connection);
  if (session == nullptr || session->stream == kNoId) return true;
  switch (read_ahead_->advance(session->stream, connection)) {
    case ReadAhead::Progress::going:
      break;
    case ReadAhead::Progress::all_queued:
      finish_stream(connection, *session);
      break;
    case ReadAhead::Progress::acknowledged:
      finish_stream(connection, *session);
      read_ahead_->close(std::exchange(session->stream, kNoId));
      connection.set_timeout(Duration::zero());
      break;
    case ReadAhead::Progress::failed:
      // Its length was promised: only an end that cannot be mistaken for the file's is left.
      connection.abort();
      return false;
  }
  return true;
}

// The connection has all of it.
void HttpService::finish_stream(Connection& connection, Session& session) noexcept {
  if (session.began) connection.answered(*std::exchange(session.began, std::nullopt));
  if (!std::exchange(session.close_after, false)) return;
  connection.close();
  connection.set_timeout(ReadAhead::kLookPeriod);  // who closes has no timer any more
}

void HttpService::look_at_stream(Connection& connection, const Session& session) noexcept {
  if (read_ahead_->overdue(session.stream, connection.now())) return connection.abort();
  connection.set_timeout(ReadAhead::kLookPeriod);
}

void HttpService::on_wake(Connection& connection) noexcept {
  if (go_on(connection)) settle(connection);
}

}  // namespace weir
