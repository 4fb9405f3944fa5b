// Who watches frames on their way through a worker: captures and traces. Most of the time nobody.
#pragma once

#include <cstdint>
#include <span>

#include "base/clock.hpp"
#include "base/verdict.hpp"
#include "flow/flow.hpp"
#include "frame/frame.hpp"

namespace weir {

/// What became of one received frame, as far as its worker knows when it is through with it.
struct Observation {
  Outcome outcome;
  FlowId flow = kNoFlow;  ///< of a segment for a connection that there was, or that there is now
  State before = State::free, after = State::free;  ///< of that flow
  std::uint16_t sent = 0;                           ///< frames that left for a port at once
};

/// How far an observed segment for a listener has come; other frames are through at once.
enum class Progress : std::uint8_t {
  parsed,     ///< every header is read and checked
  looked_up,  ///< it is known whether there is a connection
};

/// Watches one worker, on its thread. What it is called from is the packet path: it waits for
/// nothing and allocates nothing. For each received frame that it wants there is a begin(), with
/// the frame as it came, and an end(); the frames of a burst before it are through by then.
class Observer {
 public:
  virtual ~Observer() = default;

  [[nodiscard]] virtual bool wants(const Frame& frame) noexcept = 0;
  virtual void begin(const Frame& frame) noexcept = 0;
  virtual void reached(Progress progress) noexcept = 0;
  virtual void end(const Observation& what) noexcept = 0;
  /// Instead of end(): another worker has the frame.
  virtual void handed_over() noexcept = 0;

  /// These are about to be offered to a port (at most kMaxBurst), and then: it took the first `n`.
  virtual void leaving(std::span<const Frame> frames) noexcept = 0;
  virtual void left(std::uint32_t n) noexcept = 0;
};

}  // namespace weir
