// The TCP header and its options as values (RFC 9293 §3.1, 7323, 2018).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/drop.hpp"
#include "base/seq.hpp"
#include "wire/packet.hpp"

namespace weir {

class HeaderWriter;

enum TcpFlag : std::uint8_t {
  kFin = 0x01,
  kSyn = 0x02,
  kRst = 0x04,
  kPsh = 0x08,
  kAck = 0x10,
  kUrg = 0x20,
  kEce = 0x40,
  kCwr = 0x80,
};

struct SackBlock {
  Seq left, right;  ///< [left, right)
  friend bool operator==(const SackBlock&, const SackBlock&) = default;
};

/// What a fast open option says (RFC 7413 §4.1.1).
enum class FastOpen : std::uint8_t {
  absent,
  request,  ///< without a cookie: the client asks for one
  cookie,   ///< with eight bytes, as ours are
  other,    ///< with a cookie of another length, which is none of ours
};

/// The options that Weir knows; unknown ones are skipped (RFC 9293 MUST-6).
struct TcpOptions {
  std::uint16_t mss = 0;  ///< 0 = absent
  std::uint8_t window_scale = 0;
  bool has_window_scale = false;  ///< a shift above 14 is read as 14 (RFC 7323 §2.3)
  bool sack_permitted = false;
  bool has_timestamps = false;
  FastOpen fast_open = FastOpen::absent;
  std::uint8_t sack_count = 0;  ///< blocks in `sack`, 0–4
  std::uint32_t ts_value = 0, ts_echo = 0;
  std::uint64_t fast_open_cookie = 0;  ///< with FastOpen::cookie
  std::array<SackBlock, 4> sack{};

  /// As if fresh, but for the blocks that sack_count no longer counts.
  void reset() noexcept {
    mss = 0;
    window_scale = sack_count = 0;
    has_window_scale = sack_permitted = has_timestamps = false;
    fast_open = FastOpen::absent;
    ts_value = ts_echo = 0;
    fast_open_cookie = 0;
  }
  /// Adds options of any content to what is there, without reading past them. An illegal length
  /// ends the walk; what stood before it counts (RFC 9293 MUST-7).
  void read(std::span<const std::uint8_t> bytes) noexcept;
  /// The same into fresh ones.
  [[nodiscard]] static TcpOptions parse(std::span<const std::uint8_t> bytes) noexcept {
    TcpOptions options;
    options.read(bytes);
    return options;
  }
  /// Bytes that write() writes: a multiple of 4, at most 40. Blocks that would not fit are left
  /// out.
  [[nodiscard]] std::size_t encoded_size() const noexcept {
    return size_without_sack() + (sack_count == 0 ? 0 : size_of_sack());
  }
  /// Of everything but the blocks. SACK-permitted takes the place of the two NOPs before the
  /// timestamps.
  [[nodiscard]] std::size_t size_without_sack() const noexcept {
    return (mss != 0 ? 4U : 0U) + (has_window_scale ? 4U : 0U) +
           (has_timestamps ? 12U : (sack_permitted ? 4U : 0U)) +
           (fast_open == FastOpen::cookie ? 12U : 0U);
  }
  /// Writes encoded_size() bytes, aligned with NOPs as RFC 7323 Appendix A does.
  void write(HeaderWriter& out) const noexcept;

 private:
  [[nodiscard]] std::size_t size_of_sack() const noexcept;
};

/// A segment as it arrived. `seg.len` of the RFC is length(): text plus SYN plus FIN.
struct Segment {
  std::uint16_t source_port = 0, destination_port = 0;
  Seq seq, ack;
  std::uint16_t window = 0;  ///< as on the wire, not scaled
  bool of_syn = false;       ///< came with a SYN, so the window must not be scaled (RFC 7323 §2.2)
  std::uint8_t flags = 0;
  std::uint8_t traffic_class = 0;
  TcpOptions options;
  std::span<const std::uint8_t> text;
  Frame* frame = nullptr;  ///< holds `text`; whoever wants to keep the text moves it out

  [[nodiscard]] bool has(TcpFlag flag) const noexcept { return (flags & flag) != 0; }
  [[nodiscard]] std::uint32_t length() const noexcept {
    return static_cast<std::uint32_t>(text.size()) + has(kSyn) + has(kFin);
  }
};

/// Reads the TCP header at packet.l4() into `out`, whatever that held before, and verifies the
/// checksum (the NIC's word is taken when there is one). Drops: tcp_truncated, tcp_bad_offset,
/// tcp_bad_checksum, tcp_bad_source (port 0, or source = destination).
[[nodiscard]] Refusal parse_tcp(const Packet& packet, Segment& out) noexcept;

/// What a segment to be sent says.
struct TcpHeader {
  std::uint16_t source_port = 0, destination_port = 0;
  Seq seq, ack;
  std::uint16_t window = 0;
  std::uint8_t flags = 0;
  TcpOptions options;
};

}  // namespace weir
