// Chargen: 95 lines of 72 characters, each one starting a character later, then again from the
// first.
#include "service/chargen.hpp"

namespace weir {

namespace {

// RFC 864: "One popular pattern is 72 character lines of the ASCII printing characters. There are
// 95 printing characters in the ASCII character set." It repeats after as many lines.
constexpr std::size_t kPrintable = 95;
constexpr std::size_t kLine = 72;
constexpr std::size_t kPeriod = kPrintable * (kLine + 2);
// One piece of the send queue. As it is a whole number of periods, pieces follow without a seam.
constexpr std::size_t kPiece = 64 * kPeriod;
// Kept queued: more than a window, so that the sender never waits for on_sent.
constexpr std::size_t kAhead = 2 * kPiece;
constexpr std::uint32_t kClosing = 1;

}  // namespace

ChargenService::ChargenService() : pattern_(kPiece) {
  auto* at = static_cast<std::uint8_t*>(pattern_.data());
  for (std::size_t line = 0; line < kPiece / (kLine + 2); ++line) {
    for (std::size_t i = 0; i < kLine; ++i) {
      *at++ = static_cast<std::uint8_t>(' ' + (line + i) % kPrintable);
    }
    *at++ = '\r';
    *at++ = '\n';
  }
}

void ChargenService::on_open(Connection& connection) noexcept { refill(connection); }

// RFC 864: "any data received is thrown away".
std::size_t ChargenService::on_text(Connection&, Text& text) noexcept { return text.bytes.size(); }

void ChargenService::on_sent(Connection& connection) noexcept { refill(connection); }

void ChargenService::on_peer_close(Connection& connection) noexcept {
  connection.word() = kClosing;
  connection.close();
}

void ChargenService::refill(Connection& connection) const noexcept {
  if (connection.word() == kClosing) return;
  const std::span piece(static_cast<const std::uint8_t*>(pattern_.data()), kPiece);
  while (connection.queued() < kAhead) {
    if (!connection.send_static(piece)) return;
  }
}

}  // namespace weir
