#include "capture/tap_sink.hpp"

#include <algorithm>

namespace weir {

bool TapSink::wants(const Frame& frame, Direction direction) const noexcept {
  if (direction == Direction::received ? !wish_.received : !wish_.sent) return false;
  if (wish_.port && *wish_.port != frame.port()) return false;
  return filter_ == nullptr || filter_->matches(frame.bytes(), frame.packet_size());
}

bool TapSink::wants_outcome(const Outcome& outcome) const noexcept {
  if (!wish_.refused_only) return true;
  return outcome.has_reason && (!wish_.reason || *wish_.reason == outcome.reason);
}

std::span<std::uint8_t> TapSink::write(const Frame& frame, const FrameRecord& from) noexcept {
  FrameRecord head = from;
  head.port = frame.port();
  head.length = frame.packet_size();
  head.captured = std::min(head.length, wish_.most_bytes);
  head.room_for_steps = wish_.story ? FrameRecord::kMostSteps : std::uint8_t{0};
  const std::size_t size = head.bytes_at() + head.captured;
  const std::span<std::uint8_t> record = ring_.reserve(static_cast<std::uint32_t>(size));
  if (record.empty()) return record;
  const std::span<std::uint8_t> bytes = record.subspan(head.bytes_at());
  const std::uint32_t own = std::min(head.captured, frame.size());
  std::memcpy(bytes.data(), frame.bytes().data(), own);
  if (own < head.captured) {
    head.captured = own + frame.pool()->copy_behind(frame, bytes.subspan(own));
  }
  std::memcpy(record.data(), &head, sizeof head);
  return record;
}

void TapSink::begin(const Frame& frame, std::uint64_t cycles) noexcept {
  FrameRecord head;
  head.begun = cycles;
  open_ = write(frame, head);
}

void TapSink::end(const FrameRecord& seen, const MibReading& before,
                  const MibReading& after) noexcept {
  if (!wants_outcome(seen.what.outcome)) return ring_.rewind(published_);
  matched_.add();
  if (open_.empty()) return lost_.add();
  FrameRecord head;
  std::memcpy(&head, open_.data(), sizeof head);
  head.what = seen.what;
  if (seen.begun != 0) head.begun = seen.begun;
  head.parsed = seen.parsed;
  head.looked_up = seen.looked_up;
  head.done = seen.done;
  for (std::size_t i = 0; i < kMibCount && head.steps < head.room_for_steps; ++i) {
    if (after[i] == before[i]) continue;
    const std::uint64_t by = std::min<std::uint64_t>(after[i] - before[i], 0xffff);
    const CounterStep step{static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(by)};
    std::memcpy(open_.data() + head.steps_at(head.steps++), &step, sizeof step);
  }
  std::memcpy(open_.data(), &head, sizeof head);
  published_ = ring_.position();
  ring_.publish(published_);
}

void TapSink::leaving(std::span<const Frame> frames, std::uint64_t cycles) noexcept {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Leaving& one = leaving_[i];
    one = {ring_.position(), wants(frames[i], Direction::sent), false};
    if (!one.wanted) continue;
    FrameRecord head;
    head.begun = cycles;
    head.direction = Direction::sent;
    one.lost = write(frames[i], head).empty();
    one.end = ring_.position();
  }
}

void TapSink::left(std::uint32_t n) noexcept {
  for (std::uint32_t i = 0; i < n; ++i) {
    if (leaving_[i].wanted) matched_.add();
    if (leaving_[i].lost) lost_.add();
  }
  if (n != 0) published_ = leaving_[n - 1].end;
  ring_.rewind(published_);
  ring_.publish(published_);
}

}  // namespace weir
