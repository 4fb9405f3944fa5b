// What a worker and the thread that reads files for it say to each other.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>

#include "base/spsc_ring.hpp"
#include "service/http/open_file.hpp"

namespace weir {

/// `file` and the memory of `into` stay where they are until the ChunkDone of that chunk.
struct ChunkRead {
  const OpenFile* file = nullptr;
  std::uint64_t offset = 0;
  std::span<std::uint8_t> into{};
  std::uint32_t chunk = 0;
};

/// In any order. Of one that is not `good` the bytes mean nothing.
struct ChunkDone {
  std::uint32_t chunk = 0;
  bool good = false;
};

/// A chunk is in one of the rings at most, so that neither is ever full.
struct ReadLane {
  /// `wake_reader`, if there is one, is called by the worker after each push.
  explicit ReadLane(std::uint32_t chunks, std::function<void()> wake_reader = {})
      : asked(chunks), done(chunks), wake(std::move(wake_reader)) {}

  SpscRing<ChunkRead> asked;  // worker: writes, reader: reads
  SpscRing<ChunkDone> done;   // reader: writes, worker: reads
  const std::function<void()> wake;
};

}  // namespace weir
