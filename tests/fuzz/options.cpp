// TCP options of any content against a reader that is slow and plain; what is read is written so
// that it is read again.
#include <algorithm>
#include <cstring>
#include <memory>

#include "fuzz.hpp"
#include "wire/header_writer.hpp"
#include "wire/tcp_header.hpp"

namespace weir::fuzz {
namespace {

std::uint32_t get32(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         at[3];
}

/// By index, one option at a time, as RFC 9293 §3.2, RFC 7323 and RFC 2018 tell it.
TcpOptions plainly_read(std::span<const std::uint8_t> b) {
  TcpOptions out;
  for (std::size_t i = 0; i < b.size() && b[i] != 0;) {
    if (b[i] == 1) {
      ++i;
      continue;
    }
    if (i + 1 >= b.size()) break;
    const std::size_t n = b[i + 1];
    if (n < 2 || i + n > b.size()) break;
    const std::uint8_t* v = b.data() + i + 2;
    if (b[i] == 2 && n == 4) out.mss = static_cast<std::uint16_t>(v[0] << 8 | v[1]);
    if (b[i] == 3 && n == 3) {
      out.has_window_scale = true;
      out.window_scale = std::min<std::uint8_t>(v[0], 14);
    }
    if (b[i] == 4 && n == 2) out.sack_permitted = true;
    if (b[i] == 5 && n > 2 && (n - 2) % 8 == 0) {
      out.sack_count = static_cast<std::uint8_t>(std::min<std::size_t>((n - 2) / 8, 4));
      for (std::size_t k = 0; k < out.sack_count; ++k) {
        out.sack[k] = {Seq(get32(v + 8 * k)), Seq(get32(v + 8 * k + 4))};
      }
    }
    if (b[i] == 8 && n == 10) {
      out.has_timestamps = true;
      out.ts_value = get32(v);
      out.ts_echo = get32(v + 4);
    }
    i += n;
  }
  return out;
}

bool same(const TcpOptions& a, const TcpOptions& b, std::size_t blocks) {
  return a.mss == b.mss && a.has_window_scale == b.has_window_scale &&
         a.window_scale == b.window_scale && a.sack_permitted == b.sack_permitted &&
         a.has_timestamps == b.has_timestamps && a.ts_value == b.ts_value &&
         a.ts_echo == b.ts_echo && b.sack_count == blocks &&
         std::equal(a.sack.begin(), a.sack.begin() + static_cast<std::ptrdiff_t>(blocks),
                    b.sack.begin());
}

}  // namespace
}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::fuzz;
  const auto exact = std::make_unique<std::uint8_t[]>(size);
  if (size != 0) std::memcpy(exact.get(), data, size);
  const std::span<const std::uint8_t> bytes(exact.get(), size);
  const weir::TcpOptions read = weir::TcpOptions::parse(bytes);
  must(same(plainly_read(bytes), read, read.sack_count), "options are read as a plain reader does");

  const std::size_t encoded = read.encoded_size();
  must(encoded <= 40 && encoded % 4 == 0, "options take at most 40 bytes in words of four");
  const auto again = std::make_unique<std::uint8_t[]>(encoded);
  weir::HeaderWriter writer(again.get());
  read.write(writer);
  const std::size_t others = (read.mss != 0 ? 4U : 0U) + (read.has_window_scale ? 4U : 0U) +
                             (read.has_timestamps   ? 12U
                              : read.sack_permitted ? 4U
                                                    : 0U);
  const std::size_t cookie = read.fast_open == weir::FastOpen::cookie ? 12 : 0;
  const std::size_t room = 40 - std::min<std::size_t>(others + cookie + 4, 40);
  const std::size_t blocks = std::min<std::size_t>(read.sack_count, room / 8);
  must(same(read, weir::TcpOptions::parse({again.get(), encoded}), blocks),
       "options are written as they are read");
  return 0;
}
