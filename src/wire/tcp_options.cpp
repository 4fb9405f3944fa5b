// TCP options between bytes and values (RFC 9293 §3.2, RFC 7323 §2 §3, RFC 2018 §2 §3, RFC 7413
// §4.1.1).
#include <algorithm>

#include "base/byte_order.hpp"
#include "wire/header_writer.hpp"
#include "wire/tcp_header.hpp"
#include "wire/tlv.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

enum Kind : std::uint8_t {
  kNop = 1,
  kMaximumSegmentSize = 2,
  kWindowScale = 3,
  kSackPermitted = 4,
  kSack = 5,
  kTimestamps = 8,
  kFastOpen = 34,
};
constexpr std::size_t kMostOptionBytes = 40;

struct Timestamps {
  Be32 value, echo;
};
struct Cookie {
  Be32 high, low;
};
struct Block {
  Be32 left, right;
};

void read_sack(std::span<const std::uint8_t> value, TcpOptions& out) noexcept {
  if (value.empty() || value.size() % sizeof(Block) != 0) return;
  // Forty bytes of options cannot hold more than four blocks, but this need not rely on it.
  out.sack_count =
      static_cast<std::uint8_t>(std::min(value.size() / sizeof(Block), out.sack.size()));
  for (std::size_t i = 0; i < out.sack_count; ++i) {
    const auto* block = view<Block>(value, i * sizeof(Block));
    out.sack[i] = {Seq(block->left), Seq(block->right)};
  }
}

// A cookie has 4 to 16 bytes, an even number of them.
void read_fast_open(std::span<const std::uint8_t> value, TcpOptions& out) noexcept {
  const bool legal = value.size() >= 4 && value.size() <= 16 && value.size() % 2 == 0;
  if (value.empty()) {
    out.fast_open = FastOpen::request;
  } else if (value.size() == sizeof(Cookie)) {
    const auto* cookie = view<Cookie>(value);
    out.fast_open = FastOpen::cookie;
    out.fast_open_cookie = std::uint64_t{cookie->high} << 32 | cookie->low;
  } else if (legal) {
    out.fast_open = FastOpen::other;
  }
}

// A known kind with a length that is not its own says nothing.
void read_option(std::uint8_t kind, std::span<const std::uint8_t> value, TcpOptions& out) noexcept {
  switch (kind) {
    case kMaximumSegmentSize:
      if (value.size() == 2) out.mss = *view<Be16>(value);
      break;
    case kWindowScale:
      if (value.size() != 1) break;
      out.window_scale = std::min<std::uint8_t>(value[0], 14);
      out.has_window_scale = true;
      break;
    case kSackPermitted:
      if (value.empty()) out.sack_permitted = true;
      break;
    case kSack:
      read_sack(value, out);
      break;
    case kTimestamps:
      if (value.size() != sizeof(Timestamps)) break;
      out.ts_value = view<Timestamps>(value)->value;
      out.ts_echo = view<Timestamps>(value)->echo;
      out.has_timestamps = true;
      break;
    case kFastOpen:
      read_fast_open(value, out);
      break;
    default:
      break;
  }
}

std::size_t fitting_blocks(const TcpOptions& options) noexcept {
  const std::size_t room = kMostOptionBytes - options.size_without_sack() - 4;
  return std::min({std::size_t{options.sack_count}, options.sack.size(), room / sizeof(Block)});
}

// What most systems put before the timestamps of every segment.
constexpr std::uint32_t kAlignedTimestamps = word_of(kNop, kNop, kTimestamps, 10);

void write_sack_permitted_and_timestamps(const TcpOptions& options, HeaderWriter& out) noexcept {
  if (options.has_timestamps) {
    out.word(options.sack_permitted ? word_of(kSackPermitted, 2, kTimestamps, 10)
                                    : kAlignedTimestamps);
    out.word(options.ts_value);
    out.word(options.ts_echo);
  } else if (options.sack_permitted) {
    out.word(word_of(kNop, kNop, kSackPermitted, 2));
  }
}

}  // namespace

void TcpOptions::read(std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.size() == 4 + sizeof(Timestamps) && *view<Be32>(bytes) == kAlignedTimestamps) {
    return read_option(kTimestamps, bytes.subspan(4), *this);
  }
  walk_options(kTcpOptionFormat, bytes,
               [&](std::uint8_t kind, std::span<const std::uint8_t> value) noexcept {
                 read_option(kind, value, *this);
               });
}

std::size_t TcpOptions::size_of_sack() const noexcept {
  const std::size_t blocks = fitting_blocks(*this);
  return blocks == 0 ? 0 : 4 + blocks * sizeof(Block);
}

// Every option begins and ends on a 32-bit boundary, so that no padding is left for the end.
void TcpOptions::write(HeaderWriter& out) const noexcept {
  if (mss != 0) out.word(word_of(kMaximumSegmentSize, 4, 0, 0) | mss);
  write_sack_permitted_and_timestamps(*this, out);
  if (has_window_scale) out.word(word_of(kNop, kWindowScale, 3, window_scale));
  if (fast_open == FastOpen::cookie) {
    out.word(word_of(kNop, kNop, kFastOpen, 10));
    out.word(static_cast<std::uint32_t>(fast_open_cookie >> 32));
    out.word(static_cast<std::uint32_t>(fast_open_cookie));
  }
  if (sack_count == 0) return;
  const std::size_t blocks = fitting_blocks(*this);
  if (blocks == 0) return;
  out.word(word_of(kNop, kNop, kSack, 2) + static_cast<std::uint32_t>(blocks * sizeof(Block)));
  for (std::size_t i = 0; i < blocks; ++i) {
    out.word(sack[i].left.value());
    out.word(sack[i].right.value());
  }
}

}  // namespace weir
