// The dice, and the frames under way.
#include "port/fault_injector.hpp"

#include <cstring>

namespace weir {

bool FaultLine::happens(double probability) noexcept {
  if (probability <= 0) return false;
  return static_cast<double>(random_.next() >> 11) * 0x1p-53 < probability;
}

Duration FaultLine::up_to(Duration most) noexcept {
  if (most <= Duration{0}) return Duration{0};
  const auto range = static_cast<std::uint64_t>(most.count()) + 1;
  return Duration(static_cast<std::int64_t>(random_.next() % range));
}

void FaultLine::damage(Frame& frame) noexcept {
  const std::span<std::uint8_t> bytes = frame.bytes();
  if (bytes.empty()) return;
  const std::uint64_t r = random_.next();
  std::uint8_t& byte = bytes[r % bytes.size()];
  byte = static_cast<std::uint8_t>(byte ^ 1U << (r >> 32) % 8);
}

void FaultLine::send_off(Frame&& frame, Instant now) {
  Instant arrives = std::max(now + faults_.delay + up_to(faults_.jitter), last_);
  if (happens(faults_.reorder)) {
    ++counts_.reordered;
    arrives = arrives + up_to(faults_.reorder_by);
  } else {
    last_ = arrives;
  }
  heap_.push_back({arrives, number_++, std::move(frame)});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

void FaultLine::put(Frame&& frame, Instant now) {
  Frame mine = std::move(frame);
  if (happens(faults_.outage)) outage_until_ = now + faults_.outage_for;
  if (now < outage_until_ || happens(faults_.loss)) {
    ++counts_.lost;
    return;
  }
  if (happens(faults_.duplicate)) {
    Frame copy = mine.pool()->allocate();
    if (copy && copy.tailroom() >= mine.size()) {
      std::memcpy(copy.append(mine.size()), mine.bytes().data(), mine.size());
      copy.set_port(mine.port());
      ++counts_.duplicated;
      send_off(std::move(copy), now);
    }
  }
  if (happens(faults_.corrupt)) {
    ++counts_.corrupted;
    damage(mine);
  }
  ++counts_.passed;
  send_off(std::move(mine), now);
}

Frame FaultLine::take(Instant now) {
  if (heap_.empty() || heap_.front().arrives > now) return {};
  std::pop_heap(heap_.begin(), heap_.end(), later);
  Frame frame = std::move(heap_.back().frame);
  heap_.pop_back();
  return frame;
}

std::optional<Instant> FaultLine::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().arrives;
}

}  // namespace weir
