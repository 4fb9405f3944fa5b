#include "service/http/read_ahead.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir {

ReadAhead::ReadAhead(ReadLane& lane, std::uint32_t most_chunks, std::uint32_t most_streams)
    : lane_(lane), pool_(most_chunks), streams_(most_streams) {
  chunks_.reserve(most_chunks);
}

void ReadAhead::furnish(std::span<TransmitMemory* const> memories) noexcept {
  pool_.furnish(memories);
  chunks_.resize(pool_.size());
  serve_waiting();
  count();
}

ReadAhead::Id ReadAhead::open(std::uint32_t connection, FilePart part) noexcept {
  assert(part.length != 0);
  if (pool_.size() == 0) return kNoId;
  const Id id = streams_.make();
  if (id == kNoId) return kNoId;
  streams_[id].part = std::move(part);
  streams_[id].connection = connection;
  ask(id);
  count();
  return id;
}

ReadAhead::Progress ReadAhead::advance(Id id, Connection& connection) noexcept {
  Stream& stream = streams_[id];
  take_back(stream, connection);
  if (stream.failed) return Progress::failed;
  queue(stream, connection);
  ask(id);
  count();
  if (stream.queued != stream.part.length) return Progress::going;
  return stream.held == 0 ? Progress::acknowledged : Progress::all_queued;
}

// What is queued last is the stream's: before it there may be other answers.
void ReadAhead::take_back(Stream& stream, const Connection& connection) noexcept {
  const std::uint64_t acknowledged = stream.queued - std::min(connection.queued(), stream.queued);
  if (acknowledged != stream.acknowledged) stream.moved = connection.now();
  stream.acknowledged = acknowledged;
  while (stream.sent != 0) {
    const std::uint32_t chunk = stream.chunks[0];
    if (acknowledged < stream.given_back + chunks_[chunk].length) return;
    stream.given_back += chunks_[chunk].length;
    std::copy(stream.chunks.begin() + 1, stream.chunks.end(), stream.chunks.begin());
    --stream.held;
    --stream.sent;
    give_back(chunk);
  }
}

void ReadAhead::queue(Stream& stream, Connection& connection) noexcept {
  while (stream.sent != stream.held) {
    const std::uint32_t number = stream.chunks[stream.sent];
    Chunk& chunk = chunks_[number];
    if (chunk.fill != Fill::here) return;
    const auto text = std::span<const std::uint8_t>(pool_.bytes(number)).first(chunk.length);
    if (!connection.send_static(text, pool_.lend(number))) return;
    chunk.sent = connection.now();
    if (stream.sent == 0) stream.moved = chunk.sent;
    stream.queued += chunk.length;
    ++stream.sent;
  }
}

bool ReadAhead::may_ask(const Stream& stream) noexcept {
  if (stream.waits || stream.failed || stream.asked == stream.part.length) return false;
  if (stream.held == 0) return true;
  if (stream.held == kMostChunks) return false;
  const std::uint32_t left_to_others = (pool_.size() * stream.held + kMostChunks - 1) / kMostChunks;
  if (pool_.free() <= left_to_others) pool_.look_at_lent();
  return pool_.free() > left_to_others;
}

void ReadAhead::ask(Id id) noexcept {
  Stream& stream = streams_[id];
  while (may_ask(stream)) {
    const bool somebody_waits = first_ != kNoId;
    if (!somebody_waits && ask_for_chunk(id)) continue;
    if (stream.held == 0) wait(id);
    return;
  }
}

bool ReadAhead::ask_for_chunk(Id id) noexcept {
  const std::uint32_t number = pool_.take();
  if (number == kNoId) return false;
  Stream& stream = streams_[id];
  Chunk& chunk = chunks_[number];
  chunk.stream = id;
  chunk.fill = Fill::asked;
  chunk.length = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(kChunkBytes, stream.part.length - stream.asked));
  chunk.owner = stream.part.owner;
  stream.chunks[stream.held++] = number;
  [[maybe_unused]] const bool asked =
      lane_.asked.push({.file = stream.part.file,
                        .offset = stream.part.first + stream.asked,
                        .into = pool_.bytes(number).first(chunk.length),
                        .chunk = number});
  assert(asked && "the lane has room for every chunk");
  stream.asked += chunk.length;
  if (lane_.wake) lane_.wake();
  return true;
}

std::optional<std::uint32_t> ReadAhead::next_ready() noexcept {
  ChunkDone done;
  while (lane_.done.pop(done)) {
    Chunk& chunk = chunks_[done.chunk];
    chunk.owner.reset();  // never the last: who made it frees it
    if (chunk.stream == kNoId) {
      give_back(done.chunk);
      count();
      continue;
    }
    chunk.fill = done.good ? Fill::here : Fill::failed;
    Stream& stream = streams_[chunk.stream];
    stream.failed = stream.failed || !done.good;
    return stream.connection;
  }
  return std::nullopt;
}

bool ReadAhead::overdue(Id id, Instant now) noexcept {
  const Stream& stream = streams_[id];
  if (first_ == kNoId || stream.sent == 0) return false;
  const bool slow = now - chunks_[stream.chunks[0]].sent >= kChunkPatience;
  if (!slow && now - stream.moved < kSilence) return false;
  figures_.overdue.add();
  return true;
}

void ReadAhead::close(Id id) noexcept {
  Stream& stream = streams_[id];
  if (stream.waits) stop_waiting(id);
  const auto chunks = stream.chunks;
  const std::uint8_t held = stream.held;
  streams_.destroy(id);
  for (std::uint8_t i = 0; i < held; ++i) {
    Chunk& chunk = chunks_[chunks[i]];
    chunk.stream = kNoId;
    if (chunk.fill != Fill::asked) give_back(chunks[i]);
  }
  count();
}

void ReadAhead::give_back(std::uint32_t chunk) noexcept {
  chunks_[chunk].stream = kNoId;
  pool_.give_back(chunk);
  serve_waiting();
}

void ReadAhead::serve_waiting() noexcept {
  while (first_ != kNoId && ask_for_chunk(first_)) stop_waiting(first_);
}

void ReadAhead::wait(Id id) noexcept {
  Stream& stream = streams_[id];
  stream.waits = true;
  stream.before = last_;
  stream.after = kNoId;
  (last_ == kNoId ? first_ : streams_[last_].after) = id;
  last_ = id;
  figures_.waiting.add();
}

void ReadAhead::stop_waiting(Id id) noexcept {
  Stream& stream = streams_[id];
  stream.waits = false;
  (stream.before == kNoId ? first_ : streams_[stream.before].after) = stream.after;
  (stream.after == kNoId ? last_ : streams_[stream.after].before) = stream.before;
  figures_.waiting.subtract();
}

void ReadAhead::count() noexcept {
  figures_.chunks.set(pool_.size());
  figures_.free.set(pool_.free());
  figures_.streams.set(streams_.size());
}

}  // namespace weir
