// Respond: the connection's word says whether text waits for room to answer it, or all was said.
#include "service/respond.hpp"

#include <algorithm>
#include <cstring>

namespace weir {
namespace {

constexpr std::uint32_t kTextWaits = 1, kAllSaid = 2;
constexpr std::uint8_t kFill = 'x';

}  // namespace

RespondService::RespondService(const RespondSettings& settings)
    : settings_(settings), answer_(settings.size, kFill) {}

std::size_t RespondService::on_text(Connection& connection, Text& text) noexcept {
  if (connection.word() == kAllSaid) return text.bytes.size();
  connection.word() = 0;
  // All of it or nothing, whereas a copy may stop halfway when buffers run out.
  if (!connection.send_static(answer_)) {
    connection.word() = kTextWaits;
    return 0;
  }
  if (!text.waited) connection.answered(connection.now());
  if (settings_.closes) {
    connection.word() = kAllSaid;
    connection.end_sending();
  }
  return text.bytes.size();
}

void RespondService::on_sent(Connection& connection) noexcept {
  if (connection.word() == kTextWaits) connection.resume();
}

std::int32_t RespondDatagrams::on_datagram(const Datagram&,
                                           std::span<std::uint8_t> reply) noexcept {
  const std::size_t length = std::min<std::size_t>(size_, reply.size());
  if (length != 0) std::memset(reply.data(), kFill, length);
  return static_cast<std::int32_t>(length);
}

}  // namespace weir
