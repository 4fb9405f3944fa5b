// What a packet costs: whole frames through one worker's stack, and through the limit loop by
// turns.
#pragma once

#include "measure.hpp"

namespace weir::bench {

struct Shape {
  std::uint32_t flows = 0, frames = 512, burst = 32;
  bool offload = false;
  bool v6 = false;
  bool recorded = false;  ///< the flight recorder runs along
};

[[nodiscard]] Result syn_to_cookie(const Shape& shape, const Effort& effort);
/// Over IPv6 without a limit loop, which knows IPv4.
[[nodiscard]] Result text_to_ack(const Shape& shape, const Effort& effort);
[[nodiscard]] Result datagram_echo(const Shape& shape, const Effort& effort);
/// GET of 100 bytes on kept connections, one a frame of the set. No limit loop.
[[nodiscard]] Result http_get(const Shape& shape, const Effort& effort);
/// A large file to as many connections as there are frames, each of which acknowledges all that
/// came in the round before. No limit loop.
[[nodiscard]] Result bulk_send(const Shape& shape, const Effort& effort);
/// SYN, text that is echoed, FIN, ACK: four frames received and three sent a connection, `flows`
/// others being open. No limit loop.
[[nodiscard]] Result whole_connection(const Shape& shape, const Effort& effort);
/// SYN, a byte that is answered with another and our FIN, FIN: three frames received and three
/// sent, which is what load generators open, `flows` standing in TIME-WAIT meanwhile; those that
/// end are in it. No limit loop.
[[nodiscard]] Result short_connection(const Shape& shape, const Effort& effort);

}  // namespace weir::bench
