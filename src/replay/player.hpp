// Runs one worker's recorded frames through a pipeline of its own, in virtual time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "frame/memory_pool.hpp"
#include "ip/neighbour_keeper.hpp"
#include "pipeline/pipeline.hpp"
#include "replay/played_services.hpp"
#include "replay/stand_ins.hpp"

namespace weir {

/// What became of a recorded frame, in life and now.
struct ReplayedFrame {
  enum class Fate : std::uint8_t {
    same,     ///< the verdict and its reason are those of life
    differs,  ///< they are not
    other,    ///< another worker had it
    no_room,  ///< it was refused for want of room, of which a replay has plenty: left out
    unknown,  ///< the replay could not play it, or not tell: a fault of the file or its own
  };
  Instant at;
  std::span<const std::uint8_t> bytes;  ///< as they were recorded
  FrameFacts life;
  Outcome now{};
  Fate fate = Fate::same;
};

/// Hears of everything, in order of time.
class ReplaySink {
 public:
  virtual ~ReplaySink() = default;
  virtual void received(const ReplayedFrame& frame) = 0;
  /// A frame that the replay sent; `text`: of what hangs on it, in bytes.
  virtual void sent(Instant at, std::uint8_t port, std::span<const std::uint8_t> bytes) = 0;
};

struct ReplaySums {
  std::uint64_t frames = 0, same = 0, differ = 0, left_out = 0;
  std::uint64_t connections = 0;          ///< whose state was taken from the recording
  std::uint64_t unknown_connections = 0;  ///< whose state could not be: no such listener, or torn

  ReplaySums& operator+=(const ReplaySums& more) noexcept;
};

struct PlayerParts {
  const Snapshot& snapshot;
  /// Those of the snapshot's; TCP ones are not called, their parts are played.
  std::vector<ServiceObjects> services;
  /// From a neighbour's answer until it is known: the control thread comes round now and then.
  Duration learning_takes{};
  std::uint32_t frames = 8192;  ///< buffers
  std::uint32_t frame_bytes = 2304;
};

/// The same records give the same replay, every time and on every machine: keys are constants, time
/// is the records', and nothing else is asked.
class Player final : FlightListener {
 public:
  Player(PlayerParts parts, ReplaySink& sink);
  ~Player() override;
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// Half by half (FlightRecorder::records), the older one first.
  void play(std::span<const std::uint8_t> records);
  [[nodiscard]] const ReplaySums& sums() const noexcept { return sums_; }
  /// What the pipeline counted, for a look behind the verdicts.
  [[nodiscard]] const WorkerCounters& counters() const noexcept { return *counters_; }

 private:
  struct RecordedFrame {
    FrameFacts facts;
    std::span<const std::uint8_t> bytes;
  };

  void serving(const Flow& flow) noexcept override { services_.serving(flow); }
  void born(const BirthFacts& facts) noexcept override;
  void note(const FlightRecord& record);
  void learn(const FlightRecord& record);
  void take_notes();
  void act(const FlightRecord& record);
  void play_burst();
  void round(Instant now);
  void drain(Instant now);
  void clear_buffers(const std::function<void(std::uint8_t, const Frame&)>& see);
  void keep_neighbours(Instant now);
  void compare();
  [[nodiscard]] FlowId find(const FlightTuple& tuple) const;
  [[nodiscard]] Frame make_frame(const RecordedFrame& recorded);

  const Snapshot& snapshot_;
  Secrets secrets_;
  MemoryPool pool_;
  NeighbourTable neighbours_;
  NeighbourKeeper keeper_;
  MappedMemory text_;  // stands in for whatever was sent; zeros
  PlayedServices services_;
  StandIns stand_ins_;
  std::unique_ptr<WorkerCounters> counters_;
  std::unique_ptr<Pipeline> pipeline_;
  Duration learning_takes_;
  std::vector<NeighbourNews> news_;  // that nobody has heard yet
  Instant heard_at_{};               // when somebody will
  ReplaySink& sink_;
  ReplaySums sums_;
  bool opened_ = false;
  // The burst that is being read.
  bool has_burst_ = false;
  Instant now_{};  // of it
  std::vector<RecordedFrame> frames_;
  std::vector<FlightRecord> notes_;
  std::vector<std::size_t> played_;  // of frames_, those that the pipeline is given
};

}  // namespace weir
