// Chargen (RFC 864): printable characters without end, for as long as the peer reads.
#pragma once

#include "base/mapped_memory.hpp"
#include "service/service.hpp"

namespace weir {

/// TCP only: over UDP it is the classic amplifier (CVE-1999-0103).
/// Every connection is served from one pattern in memory, which is never copied.
class ChargenService final : public TcpService {
 public:
  ChargenService();
  void on_open(Connection& connection) noexcept override;
  [[nodiscard]] std::size_t on_text(Connection& connection, Text& text) noexcept override;
  void on_sent(Connection& connection) noexcept override;
  void on_peer_close(Connection& connection) noexcept override;

 private:
  void refill(Connection& connection) const noexcept;

  MappedMemory pattern_;
};

}  // namespace weir
