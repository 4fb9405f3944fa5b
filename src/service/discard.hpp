// Discard (RFC 863): whatever arrives is thrown away.
#pragma once

#include "service/service.hpp"

namespace weir {

class DiscardService final : public TcpService {
 public:
  [[nodiscard]] std::size_t on_text(Connection& connection, Text& text) noexcept override;
};

class DiscardDatagrams final : public UdpService {
 public:
  [[nodiscard]] bool answers_anything() const noexcept override { return false; }
  [[nodiscard]] std::int32_t on_datagram(const Datagram& datagram,
                                         std::span<std::uint8_t> reply) noexcept override;
};

}  // namespace weir
