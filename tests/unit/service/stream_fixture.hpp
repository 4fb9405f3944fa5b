// Files that do not fit into the cache, a worker's read-ahead, and a reader that the test plays.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "frame/plain_memory.hpp"
#include "http_fixture.hpp"
#include "service/http/read_ahead.hpp"

namespace weir::test {

inline constexpr std::size_t kChunk = kChunkBytes;

/// No two chunks of it are equal.
inline std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t x = static_cast<std::uint32_t>(size);
  for (char& c : text) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return text;
}

class StreamTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kPool = 16;

  StreamTest() {
    root.write("large.bin", large);
    root.write("small.txt", kSmall);
    clock.set(784'111'777);
    start(kPool);
  }
  ~StreamTest() override {
    peers.clear();
    reads_all();
    EXPECT_EQ(service->session_count(), 0u);
    EXPECT_EQ(ahead->figures().streams.get(), 0u);
    EXPECT_EQ(ahead->figures().waiting.get(), 0u);
    EXPECT_EQ(ahead->figures().free.get(), ahead->figures().chunks.get()) << "a chunk is lost";
  }
  void start(std::uint32_t chunks, std::uint32_t most_streams = 100,
             std::function<void()> wake_reader = {}) {
    peers.clear();
    service.reset();
    ahead.reset();
    memories.clear();
    lane = std::make_unique<ReadLane>(chunks, std::move(wake_reader));
    ahead = std::make_unique<ReadAhead>(*lane, chunks, most_streams);
    for (std::uint32_t i = 0; i < chunks; ++i) {
      memories.push_back(std::make_unique<PlainMemory>(kChunk));
    }
    std::vector<TransmitMemory*> all;
    for (const auto& memory : memories) all.push_back(memory.get());
    ahead->furnish(all);
    service = std::make_unique<HttpService>(HttpSettings{}, clock, load(), ahead.get());
  }
  std::shared_ptr<const HttpContent> load() const {
    return HttpContent::load({.root = root.string(), .limit_bytes = 1000, .reads_ahead = true})
        .value();
  }
  FakeConnection& connect() {
    const auto number = static_cast<std::uint32_t>(peers.size());
    peers.push_back(std::make_unique<FakeConnection>(*service, number));
    return *peers.back();
  }
  FakeConnection& asks(const std::string& bytes) {
    FakeConnection& peer = connect();
    peer.sends(bytes);
    return peer;
  }

  // --- the reader ---
  /// What has been asked for and not been read yet.
  std::vector<ChunkRead>& asked() {
    ChunkRead read;
    while (lane->asked.pop(read)) asked_.push_back(read);
    return asked_;
  }
  /// Reads what was asked for as the `i`th, and has the worker go on.
  void reads(std::size_t i, bool well = true) {
    const ChunkRead read = asked().at(i);
    asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(i));
    const bool good = well && read.file->read(read.offset, read.into);
    ASSERT_TRUE(lane->done.push({read.chunk, good}));
    worker_goes_round();
  }
  void reads_all() {
    while (!asked().empty()) reads(0);
  }
  void worker_goes_round() {
    while (const auto number = ahead->next_ready()) peers.at(*number)->is_ready();
  }
  /// All that comes, with a reader that is in time.
  std::string receives(FakeConnection& peer) {
    std::string text;
    for (;;) {
      reads_all();
      const std::string more = peer.reads();
      if (more.empty() && asked().empty()) return text;
      text += more;
    }
  }

  const std::string large = pattern(10 * kChunk + 4321);
  TemporaryDirectory root;
  WallClock clock;
  std::unique_ptr<ReadLane> lane;
  std::vector<std::unique_ptr<TransmitMemory>> memories;
  std::unique_ptr<ReadAhead> ahead;
  std::unique_ptr<HttpService> service;
  std::vector<std::unique_ptr<FakeConnection>> peers;

 private:
  std::vector<ChunkRead> asked_;
};

}  // namespace weir::test
