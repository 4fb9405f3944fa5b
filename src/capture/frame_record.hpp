// What a capture knows of one frame, as it crosses from a worker to the control thread.
#pragma once

#include <cassert>
#include <cstdint>
#include <cstring>
#include <span>

#include "pipeline/observer.hpp"

namespace weir {

enum class Direction : std::uint8_t { received, sent };

/// A protocol counter (base/mib.hpp) that moved while the frame was worked on.
struct CounterStep {
  std::uint16_t counter = 0;  ///< of enum Mib
  std::uint16_t by = 0;
};

/// The beginning of a record; room for counter steps and the frame's first bytes follow. Points in
/// time are readings of the time stamp counter.
struct FrameRecord {
  static constexpr std::uint8_t kMostSteps = 16;

  std::uint64_t begun = 0;
  std::uint64_t parsed = 0, looked_up = 0, done = 0;  ///< 0: not reached, or not asked for
  std::uint32_t length = 0;                           ///< bytes of the frame
  std::uint32_t captured = 0;                         ///< of them, those that follow
  Observation what;                                   ///< of a received frame
  Direction direction = Direction::received;
  std::uint8_t port = 0;
  std::uint8_t steps = 0, room_for_steps = 0;

  [[nodiscard]] std::size_t steps_at(std::size_t i) const noexcept {
    assert(i < room_for_steps);
    return sizeof(FrameRecord) + i * sizeof(CounterStep);
  }
  [[nodiscard]] std::size_t bytes_at() const noexcept {
    return sizeof(FrameRecord) + room_for_steps * sizeof(CounterStep);
  }
};

/// A record in the bytes that a ring gave.
struct FrameRecordView {
  FrameRecord head;
  std::span<const std::uint8_t> record;

  explicit FrameRecordView(std::span<const std::uint8_t> bytes) noexcept : record(bytes) {
    std::memcpy(&head, record.data(), sizeof head);
  }
  [[nodiscard]] CounterStep step(std::size_t i) const noexcept {
    CounterStep step;
    std::memcpy(&step, record.data() + head.steps_at(i), sizeof step);
    return step;
  }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept {
    return record.subspan(head.bytes_at(), head.captured);
  }
};

}  // namespace weir
