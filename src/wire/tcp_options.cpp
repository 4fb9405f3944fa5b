// TCP options between bytes and values (RFC 9293 §3.2, RFC 7323 §2 §3, RFC 2018 §2 §3, RFC 7413
// §4.1.1).
#include <algorithm>
#include <cassert>

#include "base/byte_order.hpp"
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

// Everything but the blocks. SACK-permitted takes the place of the two NOPs before the timestamps.
std::size_t size_without_sack(const TcpOptions& options) noexcept {
  std::size_t size = 0;
  if (options.mss != 0) size += 4;
  if (options.has_window_scale) size += 4;
  if (options.has_timestamps) {
    size += 12;
  } else if (options.sack_permitted) {
    size += 4;
  }
  if (options.fast_open == FastOpen::cookie) size += 12;
  return size;
}

std::size_t fitting_blocks(const TcpOptions& options) noexcept {
  const std::size_t room = kMostOptionBytes - size_without_sack(options) - 4;
  return std::min({std::size_t{options.sack_count}, options.sack.size(), room / sizeof(Block)});
}

class Writer {
 public:
  explicit Writer(std::uint8_t* at) noexcept : at_(at) {}
  void byte(std::uint8_t value) noexcept { *at_++ = value; }
  void nops(int n) noexcept {
    while (n-- > 0) byte(kNop);
  }
  void head(Kind kind, std::size_t size) noexcept {
    byte(kind);
    byte(static_cast<std::uint8_t>(size));
  }
  void value16(std::uint16_t value) noexcept {
    layout_at<Be16>(at_) = value;
    at_ += sizeof(Be16);
  }
  void value32(std::uint32_t value) noexcept {
    layout_at<Be32>(at_) = value;
    at_ += sizeof(Be32);
  }

 private:
  std::uint8_t* at_;
};

void write_sack_permitted_and_timestamps(const TcpOptions& options, Writer& out) noexcept {
  if (!options.sack_permitted && !options.has_timestamps) return;
  if (!options.sack_permitted || !options.has_timestamps) out.nops(2);
  if (options.sack_permitted) out.head(kSackPermitted, 2);
  if (!options.has_timestamps) return;
  out.head(kTimestamps, 10);
  out.value32(options.ts_value);
  out.value32(options.ts_echo);
}

}  // namespace

TcpOptions TcpOptions::parse(std::span<const std::uint8_t> bytes) noexcept {
  TcpOptions options;
  walk_options(kTcpOptionFormat, bytes,
               [&](std::uint8_t kind, std::span<const std::uint8_t> value) noexcept {
                 read_option(kind, value, options);
               });
  return options;
}

std::size_t TcpOptions::encoded_size() const noexcept {
  const std::size_t blocks = fitting_blocks(*this);
  return size_without_sack(*this) + (blocks == 0 ? 0 : 4 + blocks * sizeof(Block));
}

// Every option begins and ends on a 32-bit boundary, so that no padding is left for the end.
void TcpOptions::encode(std::span<std::uint8_t> out) const noexcept {
  assert(out.size() >= encoded_size());
  Writer writer(out.data());
  if (mss != 0) {
    writer.head(kMaximumSegmentSize, 4);
    writer.value16(mss);
  }
  write_sack_permitted_and_timestamps(*this, writer);
  if (has_window_scale) {
    writer.nops(1);
    writer.head(kWindowScale, 3);
    writer.byte(window_scale);
  }
  if (fast_open == FastOpen::cookie) {
    writer.nops(2);
    writer.head(kFastOpen, 10);
    writer.value32(static_cast<std::uint32_t>(fast_open_cookie >> 32));
    writer.value32(static_cast<std::uint32_t>(fast_open_cookie));
  }
  const std::size_t blocks = fitting_blocks(*this);
  if (blocks == 0) return;
  writer.nops(2);
  writer.head(kSack, 2 + blocks * sizeof(Block));
  for (std::size_t i = 0; i < blocks; ++i) {
    writer.value32(sack[i].left.value());
    writer.value32(sack[i].right.value());
  }
}

}  // namespace weir
