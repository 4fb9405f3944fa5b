// A frame in one line, as tcpdump would say it, from bytes that nobody has checked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/address.hpp"
#include "base/verdict.hpp"

namespace weir {

/// "dropped".
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

/// Between whom a packet travels. Ports are 0 where there are none.
struct Ends {
  Address source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint8_t protocol = 0;
};

/// Who sent this frame to whom, as far as the bytes tell: nothing for what is neither IPv4 nor
/// IPv6. Extension headers and later fragments have no ports.
[[nodiscard]] std::optional<Ends> ends_of(std::span<const std::uint8_t> frame) noexcept;

/// How many bytes from the frame's beginning are headers: behind them is what people say to each
/// other. Of ICMP errors, as much of what they quote. What is no header that we know counts as
/// text.
[[nodiscard]] std::size_t header_bytes(std::span<const std::uint8_t> frame) noexcept;

/// "192.0.2.9:40101 > 192.0.2.1:80 tcp S, seq 1, win 64240, length 0". Bytes that are missing are
/// not guessed.
[[nodiscard]] std::string describe(std::span<const std::uint8_t> frame);

}  // namespace weir
