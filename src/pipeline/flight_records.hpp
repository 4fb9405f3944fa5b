// What the flight recorder writes: records of a worker, one behind the other, as a replay reads
// them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/seq.hpp"
#include "base/verdict.hpp"
#include "flow/flow.hpp"
#include "pipeline/reply_limits.hpp"

namespace weir {

enum class FlightKind : std::uint16_t {
  opening = 1,  ///< OpeningFacts, OpenedService for each service: where the records begin
  neighbours,   ///< NeighbourTable::Entry for each that was known then
  burst,        ///< BurstBegins; so many frames follow
  timers,       ///< TimersFired: of connections that are known
  frame,        ///< FrameFacts and the frame's first bytes
  flow,         ///< FlowFacts and what belongs to it: a connection before a frame touches it
  birth,        ///< BirthFacts: a frame of the burst opened a connection
  serve,        ///< ServeFacts: what a service did when it was called
  act,          ///< ServeFacts: what was done to a connection though no frame or timer asked for it
};

/// Each record begins with this, at a multiple of 8 bytes; `bytes` follow.
struct FlightHead {
  FlightKind kind{};
  std::uint16_t reserved = 0;
  std::uint32_t bytes = 0;
};
static_assert(sizeof(FlightHead) == 8);

/// What the worker goes on with.
struct OpeningFacts {
  std::uint64_t lot = 0;  ///< seed of what is drawn from here on (tcp::Context::lot)
  ReplyLimits limits;     ///< how much of them is left
};

/// Gauges of one service, by its name: its number may be another in the replay.
struct OpenedService {
  std::array<char, 32> name{};  ///< filled up with zeros; nobody's when a reload took it away
  std::uint64_t connections = 0, half_open = 0, fast_opens = 0;
};

struct BurstBegins {
  std::int64_t now_ns = 0;  ///< of the worker's clock, since its start
  std::uint32_t frames = 0;
  std::uint32_t reserved = 0;
};

struct TimersFired {
  std::int64_t now_ns = 0;
};

/// Of a frame that another worker has.
inline constexpr Verdict kNoVerdict{0xff};

struct FrameFacts {
  std::uint32_t length = 0, captured = 0;  ///< bytes of the frame, and those that follow
  Outcome outcome{kNoVerdict, false, {}};
  std::uint8_t port = 0;
  std::uint16_t flags = 0;  ///< FrameFlag: what the NIC said of it
  std::uint16_t reserved = 0;
  [[nodiscard]] bool has_verdict() const noexcept { return outcome.verdict != kNoVerdict; }
};

/// A connection's name, without anything that depends on this boot.
struct FlightTuple {
  Address local, remote;
  std::uint16_t local_port = 0, remote_port = 0;
  friend bool operator==(const FlightTuple&, const FlightTuple&) = default;
};

/// Then tcp::Cold if the flow has one, `ranges` of SentRange and `pieces` of HeldText.
struct FlowFacts {
  Flow flow;
  FlightTuple tuple;
  std::uint32_t ranges = 0, pieces = 0;
  std::uint32_t ts_offset = 0;   ///< what this boot's key makes of the tuple (tcp/isn.hpp)
  std::uint32_t challenged = 0;  ///< tcp::Throttle's note
  std::uint32_t reserved = 0;
  std::uint64_t queued = 0;  ///< bytes not yet acknowledged or not yet sent
};

/// A piece of the receive queue.
struct HeldText {
  Seq seq;
  std::uint32_t length = 0;
  std::uint32_t held = 0;  ///< received frames whose verdict waits for it
};

enum class Birth : std::uint8_t { syn, fast_open, cookie };

struct BirthFacts {
  FlightTuple tuple;
  Seq iss;
  std::uint32_t ts_offset = 0;
  std::uint16_t mss = 0;
  Birth how = Birth::syn;
  bool has_window_scale = false, sack = false;
  std::uint8_t window_scale = 0;
  std::uint16_t reserved = 0;
};

struct ServeFacts {
  FlightTuple tuple;
  std::int32_t timeout_ms = 0;  ///< of Connection::set_timeout; 0: none, -1: left as it was
  std::int64_t now_ns = 0;
  std::uint64_t queued = 0;    ///< bytes added to the send queue
  std::uint32_t consumed = 0;  ///< bytes of text
  std::uint8_t events = 0;     ///< tcp::Event
  bool closed = false, ended_sending = false, aborted = false;
};

/// A copy in which the bytes that belong to no member are zero, if the compiler can do that (g++
/// can, clang 14 cannot): what happened to lie there before goes into no file.
template <class T>
void copy_without_padding(std::uint8_t* to, const T& value) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  T copy = value;
#if __has_builtin(__builtin_clear_padding)
  if constexpr (!std::has_unique_object_representations_v<T>) __builtin_clear_padding(&copy);
#endif
  std::memcpy(to, &copy, sizeof copy);
}

/// Of types all of whose bytes are members'.
template <class... Facts>
inline constexpr bool kIsWhole = (std::has_unique_object_representations_v<Facts> && ...);
static_assert(kIsWhole<OpeningFacts, OpenedService, BurstBegins, TimersFired, FrameFacts, FlowFacts,
                       HeldText, BirthFacts, ServeFacts>);

/// The shapes of these structures and those that stand behind them: records are read by a build
/// whose word is the same.
[[nodiscard]] std::string flight_layout();

/// A record in the bytes that hold it.
struct FlightRecord {
  FlightKind kind{};
  std::span<const std::uint8_t> bytes;

  /// The record's beginning; what is not there is zero.
  template <class Facts>
  [[nodiscard]] Facts as() const noexcept {
    Facts facts;
    std::memcpy(static_cast<void*>(&facts), bytes.data(), std::min(sizeof facts, bytes.size()));
    return facts;
  }
  /// What stands behind so many bytes.
  [[nodiscard]] std::span<const std::uint8_t> after(std::size_t n) const noexcept {
    return bytes.size() > n ? bytes.subspan(n) : std::span<const std::uint8_t>();
  }
};

/// Walks over the records of one worker. Bytes that are no whole record end the walk.
class FlightReader {
 public:
  explicit FlightReader(std::span<const std::uint8_t> bytes) noexcept : left_(bytes) {}

  /// False at the end.
  [[nodiscard]] bool next(FlightRecord& record) noexcept {
    FlightHead head;
    if (left_.size() < sizeof head) return false;
    std::memcpy(static_cast<void*>(&head), left_.data(), sizeof head);
    if (head.kind == FlightKind{} || head.bytes > left_.size() - sizeof head) return false;
    record = {head.kind, left_.subspan(sizeof head, head.bytes)};
    const std::size_t whole = sizeof head + padded(head.bytes);
    left_ = left_.subspan(std::min(whole, left_.size()));
    return true;
  }
  [[nodiscard]] static constexpr std::size_t padded(std::size_t n) noexcept {
    return (n + 7) & ~std::size_t{7};
  }

 private:
  std::span<const std::uint8_t> left_;
};

}  // namespace weir
