// The flight recorder: a worker's last received frames, with the state that each one met.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/mapped_memory.hpp"
#include "frame/burst.hpp"
#include "pipeline/flight_records.hpp"

namespace weir {

struct FlightSettings {
  std::size_t bytes = 16U << 20;    ///< of records kept, half of it at the least
  std::uint32_t frame_bytes = 192;  ///< kept of each frame
  std::uint32_t max_flows = 0;      ///< of the worker's table
};

/// Who wants to know at once: a replay, which plays the services' part.
class FlightListener {
 public:
  virtual ~FlightListener() = default;
  /// Until the next call it is this flow whose service is called.
  virtual void serving(const Flow& flow) noexcept = 0;
  /// A frame of the burst has opened a connection.
  virtual void born(const BirthFacts& facts) noexcept = 0;
};

/// Two halves, the one that is written and the one before it. A half stands by itself: it begins
/// with the services' gauges, and of each connection that one of its frames touches it has the
/// state from before. So nothing is walked over to make a checkpoint, and what costs is what
/// arrives.
///
///   opening | burst frame frame.. flow birth serve.. | burst ..      (flight_records.hpp)
///
/// Written by its worker alone; read by whoever took it away from there.
class FlightRecorder {
 public:
  static constexpr std::size_t kLeastBytes = 4U << 20;

  /// Touches all its memory, so that no worker waits for a page. Throws std::bad_alloc for want of
  /// addresses; whether there are pages, its maker asks before.
  explicit FlightRecorder(const FlightSettings& settings);
  /// One that keeps nothing but the verdicts of the last burst, and tells.
  explicit FlightRecorder(FlightListener& listener);

  /// What the records of a burst may take, in bytes.
  [[nodiscard]] std::size_t room_for(std::span<const Frame> frames) const noexcept;
  /// Whether the half has no room for so much: then turn() comes first.
  [[nodiscard]] bool is_full_for(std::size_t bytes) const noexcept;
  /// The older half is forgotten, and the next begins with these. `flows`: slots of the table that
  /// were ever used.
  void turn(const OpeningFacts& facts, std::span<const OpenedService> services,
            std::uint32_t flows) noexcept;
  /// Both halves are forgotten: what was written makes no sense any more.
  void forget() noexcept;

  void add_burst(std::span<const Frame> frames, Instant now) noexcept;
  /// Where the verdict on a frame of the last burst belongs; nullptr for any other frame.
  [[nodiscard]] FrameFacts* facts_of(const Frame& frame) noexcept;
  /// The same by the frame's place in the last burst, also when that is over.
  [[nodiscard]] const FrameFacts* facts_at(std::size_t i) const noexcept { return facts_[i]; }
  /// The burst is over: its frames are gone.
  void end_burst() noexcept { burst_ = {}; }

  /// Whether this half has the flow's state, or saw it open; it has from now on.
  [[nodiscard]] bool knows_or_learns(FlowId flow) noexcept;
  /// Whether one of the halves has.
  [[nodiscard]] bool knows(FlowId flow) const noexcept;
  /// A new connection in that slot: as if known.
  void born(FlowId flow) noexcept { (void)knows_or_learns(flow); }

  /// Room for a record, to be filled in at once; empty when the half has none: then it is torn, and
  /// says so.
  [[nodiscard]] std::span<std::uint8_t> add(FlightKind kind, std::size_t bytes) noexcept;
  template <class Facts>
  void add(FlightKind kind, const Facts& facts) noexcept {
    const auto room = add(kind, sizeof facts);
    if (!room.empty()) std::memcpy(room.data(), &facts, sizeof facts);
  }

  /// The records, oldest first: of the half before, then of the last one.
  [[nodiscard]] std::array<std::span<const std::uint8_t>, 2> records() const noexcept;
  /// Records that found no room: what they told of is missing.
  [[nodiscard]] std::uint64_t torn() const noexcept { return torn_; }
  [[nodiscard]] const FlightSettings& settings() const noexcept { return settings_; }

  [[nodiscard]] FlightListener* listener() const noexcept { return listener_; }

 private:
  struct Half {
    MappedMemory memory, known;  // records; a bit a slot of the table
    std::size_t used = 0;
  };

  [[nodiscard]] static bool test(const Half& half, FlowId flow) noexcept;

  FlightSettings settings_;
  std::array<Half, 2> halves_;
  std::size_t current_ = 0;
  bool keeps_ = true, opened_ = false;
  std::span<const Frame> burst_;
  std::array<FrameFacts*, kMaxBurst> facts_{};
  std::uint64_t torn_ = 0;
  FlightListener* listener_ = nullptr;
};

}  // namespace weir
