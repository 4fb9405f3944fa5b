#include "pipeline/refused_frames.hpp"

#include <algorithm>
#include <cstring>

namespace weir {

void RefusedFrames::refill(Instant now) noexcept {
  refilled_ = now;
  left_.fill(kASecond);
}

std::uint64_t RefusedFrames::keep(const Frame& frame, const Outcome& outcome,
                                  Instant now) noexcept {
  RefusedFrame& slot = slots()[last_ % kKept];
  slot.at = now;
  slot.number = ++last_;
  slot.length = frame.size();
  slot.outcome = outcome;
  slot.port = frame.port();
  slot.captured =
      static_cast<std::uint8_t>(std::min<std::size_t>(frame.size(), RefusedFrame::kMostBytes));
  std::memcpy(slot.bytes.data(), frame.bytes().data(), slot.captured);
  return slot.number;
}

std::uint64_t RefusedFrames::copy(std::uint64_t from, std::size_t most,
                                  std::vector<RefusedFrame>& out) const {
  if (last_ > kKept) from = std::max<std::uint64_t>(from, last_ - kKept + 1);
  from = std::max<std::uint64_t>(from, 1);
  for (; from <= last_ && most != 0; ++from, --most) out.push_back(slots()[(from - 1) % kKept]);
  return from;
}

}  // namespace weir
