// A worker's streams: parts of files, read a chunk at a time ahead of what their connections send.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/counter.hpp"
#include "base/slab.hpp"
#include "service/http/chunk_pool.hpp"
#include "service/http/read_lane.hpp"
#include "service/service.hpp"

namespace weir {

/// A part of a file, and what keeps the file open.
struct FilePart {
  const OpenFile* file = nullptr;
  std::uint64_t first = 0, length = 0;
  std::shared_ptr<const void> owner;
};

/// One a worker, for all of its services; worker's thread, which is never held up: what is to be
/// read is asked of another thread, through the lane, and next_ready() names who can go on.
///
/// Who has no chunk waits in a queue for one and gets the next that is free. Who has one, two or
/// three of kMostChunks gets another while more than that share of all chunks is free. When others
/// wait, overdue() names who has kept a chunk too long.
class ReadAhead {
 public:
  using Id = std::uint32_t;
  static constexpr std::uint32_t kMostChunks = 4;  ///< of a connection
  static constexpr Duration kSilence = 10s;        ///< for anything to be acknowledged
  static constexpr Duration kChunkPatience = 30s;  ///< for a chunk to be acknowledged
  static constexpr Duration kLookPeriod = 5s;      ///< ask overdue() so often

  /// `lane` has room for `most_chunks` and outlives it.
  ReadAhead(ReadLane& lane, std::uint32_t most_chunks, std::uint32_t most_streams);

  /// Chunks to begin with, or more of them (ChunkPool::furnish).
  void furnish(std::span<TransmitMemory* const> memories) noexcept;

  /// A part, not empty, for that connection (Connection::id()); kNoId when there are too many
  /// streams, or no chunks at all. Nothing else is queued there until the stream is closed.
  [[nodiscard]] Id open(std::uint32_t connection, FilePart part) noexcept;

  enum class Progress : std::uint8_t {
    going,         ///< there is more to come
    all_queued,    ///< the connection has all of the part
    acknowledged,  ///< and has been told that all of it arrived: close the stream
    failed,        ///< the rest cannot be had: abort the connection
  };
  /// After each event of the connection: takes back what was acknowledged, queues what has come and
  /// asks for what follows.
  [[nodiscard]] Progress advance(Id id, Connection& connection) noexcept;
  /// Whether it keeps from others what its peer does not take.
  [[nodiscard]] bool overdue(Id id, Instant now) noexcept;
  /// At any time: what is being read for it is given back when it comes.
  void close(Id id) noexcept;

  /// The connection of a chunk that has come, if there is one: it wants to be told at once, before
  /// the next is asked for.
  [[nodiscard]] std::optional<std::uint32_t> next_ready() noexcept;

  /// What others may know.
  struct Figures {
    Counter chunks, free, streams, waiting, overdue;  // worker: writes
  };
  [[nodiscard]] const Figures& figures() const noexcept { return figures_; }

 private:
  enum class Fill : std::uint8_t { asked, here, failed };
  struct Chunk {
    Id stream = kNoId;  // kNoId: given up while it was being read
    Fill fill = Fill::asked;
    std::uint32_t length = 0;
    Instant sent{};
    std::shared_ptr<const void> owner;  // while it is being read
  };
  // Chunks stand in the order of the file: those that are queued, then those that are here or asked
  // for. `given_back` <= `acknowledged` <= `queued` <= `asked`, in bytes of the part.
  struct Stream {
    FilePart part;
    std::uint64_t asked = 0, queued = 0, acknowledged = 0, given_back = 0;
    Instant moved{};  // when something was acknowledged, or queued behind nothing
    std::array<std::uint32_t, kMostChunks> chunks{};
    std::uint8_t held = 0, sent = 0;  // chunks, and how many of them are queued
    std::uint32_t connection = 0;
    bool failed = false, waits = false;
    Id before = kNoId, after = kNoId;  // in the queue of those who wait
  };

  void take_back(Stream& stream, const Connection& connection) noexcept;
  void queue(Stream& stream, Connection& connection) noexcept;
  void ask(Id id) noexcept;
  [[nodiscard]] bool may_ask(const Stream& stream) noexcept;
  [[nodiscard]] bool ask_for_chunk(Id id) noexcept;
  void give_back(std::uint32_t chunk) noexcept;
  void serve_waiting() noexcept;
  void wait(Id id) noexcept;
  void stop_waiting(Id id) noexcept;
  void count() noexcept;

  ReadLane& lane_;
  ChunkPool pool_;
  std::vector<Chunk> chunks_;
  Slab<Stream> streams_;
  Id first_ = kNoId, last_ = kNoId;  // of those who wait
  Figures figures_;
};

}  // namespace weir
