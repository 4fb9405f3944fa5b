// Respond: every arrival is answered with so many bytes. The far end for load generators.
#pragma once

#include <cstdint>
#include <vector>

#include "service/service.hpp"

namespace weir {

struct RespondSettings {
  std::uint32_t size = 1;  ///< bytes of an answer, at least 1
  bool closes = false;     ///< the first answer ends the connection
};

/// Answers each piece of text as it arrives, whatever it says; what arrives faster than answers can
/// be queued waits in the receive buffer.
class RespondService final : public TcpService {
 public:
  explicit RespondService(const RespondSettings& settings);
  [[nodiscard]] std::size_t on_text(Connection& connection, Text& text) noexcept override;
  void on_sent(Connection& connection) noexcept override;

 private:
  RespondSettings settings_;
  std::vector<std::uint8_t> answer_;
};

/// Answers each datagram with the size, or with as many bytes as it had itself.
class RespondDatagrams final : public UdpService {
 public:
  explicit RespondDatagrams(const RespondSettings& settings) : size_(settings.size) {}
  [[nodiscard]] bool answers_anything() const noexcept override { return true; }
  [[nodiscard]] std::int32_t on_datagram(const Datagram& datagram,
                                         std::span<std::uint8_t> reply) noexcept override;

 private:
  std::uint32_t size_;
};

}  // namespace weir
