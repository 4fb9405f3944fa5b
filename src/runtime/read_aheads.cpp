#include "runtime/read_aheads.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "frame/plain_memory.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kLeastChunks = 4;         // a worker
constexpr std::uint32_t kMostStreams = 1U << 17;  // a worker; 160 bytes or so each

// Each file that is read ahead stays open, and shells and service managers give 1024 to begin with.
void open_as_many_as_we_may() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);  // else as many as before
}

}  // namespace

struct ReadAheads::Seat final : public Actor {
  Seat(std::uint32_t chunks, FileReader& reader)
      : lane(chunks, [&reader] { reader.wake(); }), ahead(lane, chunks, kMostStreams) {}

  std::uint32_t act(Pipeline& pipeline, Instant now) noexcept override {
    std::uint32_t told = 0;
    while (told < kMaxBurst) {
      const auto connection = ahead.next_ready();
      if (!connection) break;
      pipeline.tell_ready(*connection, now);
      ++told;
    }
    return told;
  }

  std::vector<std::unique_ptr<TransmitMemory>> memories;  // control's
  bool handed_out = false;                                // control's
  ReadLane lane;
  ReadAhead ahead;
};

ReadAheads::ReadAheads(std::uint64_t bytes, std::size_t workers, MakeTransmitMemory memory)
    : memory_(std::move(memory)) {
  if (bytes == 0) return;
  chunks_each_ = static_cast<std::uint32_t>(std::max(bytes / kChunkBytes / workers, kLeastChunks));
  for (std::size_t w = 0; w < workers; ++w) {
    seats_.push_back(std::make_unique<Seat>(chunks_each_, reader_));
  }
}

ReadAheads::~ReadAheads() { stop(); }

ReadAhead* ReadAheads::of(std::size_t worker) noexcept {
  return on() ? &seats_[worker]->ahead : nullptr;
}

Actor* ReadAheads::actor(std::size_t worker) noexcept {
  return on() ? seats_[worker].get() : nullptr;
}

void ReadAheads::attend(std::size_t worker, Doorbell* bell) {
  if (on()) reader_.attend(seats_[worker]->lane, bell);
}

void ReadAheads::make_chunks() {
  if (on()) open_as_many_as_we_may();
  for (const auto& seat : seats_) {
    seat->memories.reserve(chunks_each_);
    while (seat->memories.size() < chunks_each_) {
      auto memory = memory_ ? memory_(kChunkBytes) : nullptr;
      if (!memory) memory = std::make_unique<PlainMemory>(kChunkBytes);
      seat->memories.push_back(std::move(memory));
    }
  }
}

std::vector<TransmitMemory*> ReadAheads::take_chunks(std::size_t worker) {
  std::vector<TransmitMemory*> all;
  if (!on() || seats_[worker]->handed_out) return all;
  for (const auto& memory : seats_[worker]->memories) all.push_back(memory.get());
  seats_[worker]->handed_out = !all.empty();
  return all;
}

void ReadAheads::start() {
  if (on()) reader_.start();
}

ReadAheadState ReadAheads::state() const noexcept {
  ReadAheadState all;
  if (!on()) return all;
  all.chunk_bytes = kChunkBytes;
  for (const auto& seat : seats_) {
    const ReadAhead::Figures& one = seat->ahead.figures();
    all.chunks += one.chunks.get();
    all.free += one.free.get();
    all.streams += one.streams.get();
    all.waiting += one.waiting.get();
    all.overdue += one.overdue.get();
  }
  all.reads = reader_.figures().reads.get();
  all.bytes = reader_.figures().bytes.get();
  all.failures = reader_.figures().failures.get();
  return all;
}

}  // namespace weir
