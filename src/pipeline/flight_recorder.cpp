#include "pipeline/flight_recorder.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace weir {
namespace {

// What the records behind a burst's frames want, of an ordinary one; a connection with hundreds of
// pieces out of order wants more, and may find no room.
constexpr std::size_t kRoomAFrame = 2048;

std::size_t record_size(std::size_t bytes) noexcept {
  return sizeof(FlightHead) + FlightReader::padded(bytes);
}

}  // namespace

FlightRecorder::FlightRecorder(const FlightSettings& settings) : settings_(settings) {
  for (Half& half : halves_) {
    half.memory = MappedMemory(std::max(settings.bytes, kLeastBytes) / 2);
    half.known = MappedMemory(settings.max_flows / 8 + 1);
    std::memset(half.memory.data(), 0, half.memory.size());
    std::memset(half.known.data(), 0, half.known.size());
  }
}

FlightRecorder::FlightRecorder(FlightListener& listener)
    : settings_{0, 0, 0}, keeps_(false), opened_(true), listener_(&listener) {
  halves_[0].memory =
      MappedMemory(record_size(sizeof(BurstBegins)) + kMaxBurst * record_size(sizeof(FrameFacts)));
}

std::size_t FlightRecorder::room_for(std::span<const Frame> frames) const noexcept {
  std::size_t room = record_size(sizeof(BurstBegins));
  for (const Frame& frame : frames) {
    room += record_size(sizeof(FrameFacts) + std::min(frame.size(), settings_.frame_bytes));
    room += kRoomAFrame;
  }
  return room;
}

bool FlightRecorder::is_full_for(std::size_t bytes) const noexcept {
  if (!keeps_) return false;
  return !opened_ || halves_[current_].memory.size() - halves_[current_].used < bytes;
}

void FlightRecorder::turn(const OpeningFacts& facts, std::span<const OpenedService> services,
                          std::uint32_t flows) noexcept {
  if (opened_) current_ = 1 - current_;
  opened_ = true;
  Half& half = halves_[current_];
  half.used = 0;
  std::memset(half.known.data(), 0, std::min<std::size_t>(flows / 8 + 1, half.known.size()));
  const auto room = add(FlightKind::opening, sizeof facts + services.size_bytes());
  if (room.empty()) return;
  std::memcpy(room.data(), &facts, sizeof facts);
  if (!services.empty()) {
    std::memcpy(room.data() + sizeof facts, services.data(), services.size_bytes());
  }
}

void FlightRecorder::forget() noexcept {
  for (Half& half : halves_) half.used = 0;
  opened_ = !keeps_;
}

void FlightRecorder::add_burst(std::span<const Frame> frames, Instant now) noexcept {
  if (!keeps_) halves_[current_].used = 0;
  add(FlightKind::burst,
      BurstBegins{now.since_start().count(), static_cast<std::uint32_t>(frames.size()), 0});
  burst_ = frames;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto bytes = frames[i].bytes();
    const std::size_t captured = std::min<std::size_t>(bytes.size(), settings_.frame_bytes);
    const auto room = add(FlightKind::frame, sizeof(FrameFacts) + captured);
    facts_[i] = nullptr;
    if (room.empty()) continue;
    facts_[i] =
        ::new (static_cast<void*>(room.data())) FrameFacts{frames[i].size(),
                                                           static_cast<std::uint32_t>(captured),
                                                           {kNoVerdict, false, {}},
                                                           frames[i].port(),
                                                           frames[i].flags()};
    std::memcpy(room.data() + sizeof(FrameFacts), bytes.data(), captured);
  }
}

FrameFacts* FlightRecorder::facts_of(const Frame& frame) noexcept {
  const bool of_burst = &frame >= burst_.data() && &frame < burst_.data() + burst_.size();
  return of_burst ? facts_[static_cast<std::size_t>(&frame - burst_.data())] : nullptr;
}

bool FlightRecorder::test(const Half& half, FlowId flow) noexcept {
  return (static_cast<const std::uint8_t*>(half.known.data())[flow / 8] >> flow % 8 & 1) != 0;
}

bool FlightRecorder::knows_or_learns(FlowId flow) noexcept {
  Half& half = halves_[current_];
  if (!keeps_ || test(half, flow)) return true;
  auto& bits = static_cast<std::uint8_t*>(half.known.data())[flow / 8];
  bits = static_cast<std::uint8_t>(bits | 1U << flow % 8);
  return false;
}

bool FlightRecorder::knows(FlowId flow) const noexcept {
  return keeps_ && opened_ &&
         (test(halves_[current_], flow) ||
          (halves_[1 - current_].used != 0 && test(halves_[1 - current_], flow)));
}

std::span<std::uint8_t> FlightRecorder::add(FlightKind kind, std::size_t bytes) noexcept {
  const bool of_burst = kind == FlightKind::burst || kind == FlightKind::frame;
  if (!keeps_ && !of_burst) return {};
  Half& half = halves_[current_];
  if (half.memory.size() - half.used < record_size(bytes)) {
    ++torn_;
    return {};
  }
  auto* const at = static_cast<std::uint8_t*>(half.memory.data()) + half.used;
  const FlightHead head{kind, 0, static_cast<std::uint32_t>(bytes)};
  std::memcpy(at, &head, sizeof head);
  half.used += record_size(bytes);
  return {at + sizeof head, bytes};
}

std::array<std::span<const std::uint8_t>, 2> FlightRecorder::records() const noexcept {
  const auto of = [this](std::size_t i) {
    return std::span(static_cast<const std::uint8_t*>(halves_[i].memory.data()), halves_[i].used);
  };
  return {of(1 - current_), of(current_)};
}

}  // namespace weir
