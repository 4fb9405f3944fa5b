#include "ctl/pcapng_counter.hpp"

#include <cstring>

namespace weir::ctl {
namespace {

constexpr std::uint32_t kPacket = 6, kStatistics = 5;
constexpr std::size_t kShortest = 12;  // type, length, length once more

template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number number{};
  if (bytes.size() >= at + sizeof number) std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

}  // namespace

void PcapngCounter::see(std::string_view piece) {
  rest_ += piece;
  std::string_view left = rest_;
  while (left.size() >= kShortest) {
    const auto length = number_at<std::uint32_t>(left, 4);
    if (length < kShortest) {  // no pcapng: nothing to count in it
      left = {};
      break;
    }
    if (left.size() < length) break;
    read_block(left.substr(0, length));
    left.remove_prefix(length);
  }
  rest_ = std::string(left);
}

void PcapngCounter::read_block(std::string_view block) {
  const auto type = number_at<std::uint32_t>(block, 0);
  if (type == kPacket) ++packets_;
  if (type != kStatistics) return;
  constexpr std::size_t kOptions = 20;
  constexpr std::uint16_t kDropped = 5;
  complete_ = true;
  for (std::size_t at = kOptions; at + 4 <= block.size();) {
    const auto code = number_at<std::uint16_t>(block, at);
    const auto length = number_at<std::uint16_t>(block, at + 2);
    if (code == 0) return;
    if (code == kDropped && length == sizeof(std::uint64_t)) {
      lost_ += number_at<std::uint64_t>(block, at + 4);
    }
    at += 4 + (length + 3U) / 4 * 4;
  }
}

}  // namespace weir::ctl
