// Echo (RFC 862): whatever arrives goes back.
#pragma once

#include "service/service.hpp"

namespace weir {

/// TCP. Takes only what the send queue has room for, so that a peer that does not read closes its
/// own window. Keeps nothing but one bit in the connection's word.
class EchoService final : public TcpService {
 public:
  [[nodiscard]] std::size_t on_text(Connection& connection, Text& text) noexcept override;
  void on_sent(Connection& connection) noexcept override;
};

/// UDP. Answers in place.
class EchoDatagrams final : public UdpService {
 public:
  [[nodiscard]] bool answers_anything() const noexcept override { return true; }
  [[nodiscard]] std::int32_t on_datagram(const Datagram& datagram,
                                         std::span<std::uint8_t> reply) noexcept override;
};

}  // namespace weir
