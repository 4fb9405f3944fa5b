// Writes captures in the pcapng format (draft-ietf-opsawg-pcapng).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "capture/frame_record.hpp"

namespace weir {

/// One packet of a capture.
struct PcapngPacket {
  std::uint32_t interface = 0;  ///< by the order in which they were added
  std::int64_t time_ns = 0;     ///< since 1970, UTC
  std::uint32_t length = 0;     ///< on the wire; `bytes` may be fewer
  std::span<const std::uint8_t> bytes;
  Direction direction = Direction::received;
  std::uint32_t queue = 0;
  std::string_view comment;               ///< UTF-8; empty: none
  std::span<const std::uint8_t> local{};  ///< for ourselves alone (kPcapngLocalOption); empty: none
};

/// What is nobody's but the program's that writes and reads it: a block type and an option code of
/// those that the format leaves for local use. Others pass over them.
inline constexpr std::uint32_t kPcapngLocalBlock = 0x80005752;
inline constexpr std::uint16_t kPcapngLocalOption = 0x8001;

/// Appends blocks to a text that the caller sends off. First begin(), then the interfaces, then
/// packets, at last statistics. Numbers are in this machine's byte order, as the format allows.
class PcapngWriter {
 public:
  /// `program` is who captured, with its version.
  static void begin(std::string& out, std::string_view program);
  /// Ethernet, times in nanoseconds; `filter` is the tcpdump expression, or empty.
  static void add_interface(std::string& out, std::string_view name, std::string_view filter,
                            std::uint32_t most_bytes);
  static void add_packet(std::string& out, const PcapngPacket& packet);
  /// A block for ourselves.
  static void add_local(std::string& out, std::span<const std::uint8_t> head,
                        std::span<const std::uint8_t> bytes);
  /// `matched` frames passed the filter, of which `lost` were not written.
  static void add_statistics(std::string& out, std::uint32_t interface, std::int64_t time_ns,
                             std::uint64_t matched, std::uint64_t lost);
};

}  // namespace weir
