// Echo: the connection's word says whether text waits in the receive buffer for room.
#include "service/echo.hpp"

#include <algorithm>
#include <cstring>

namespace weir {

namespace {
constexpr std::uint32_t kTextWaits = 1;
}  // namespace

std::size_t EchoService::on_text(Connection& connection, Text& text) noexcept {
  const std::size_t offered = text.bytes.size();
  const std::size_t taken = connection.send_text(text);
  connection.word() = taken < offered ? kTextWaits : 0;
  return taken;
}

void EchoService::on_sent(Connection& connection) noexcept {
  if (connection.word() != kTextWaits) return;
  connection.word() = 0;
  connection.resume();
}

std::int32_t EchoDatagrams::on_datagram(const Datagram& datagram,
                                        std::span<std::uint8_t> reply) noexcept {
  const std::size_t length = std::min(datagram.text.size(), reply.size());
  if (length > 0 && reply.data() != datagram.text.data()) {
    std::memcpy(reply.data(), datagram.text.data(), length);
  }
  return static_cast<std::int32_t>(length);
}

}  // namespace weir
