// The reader's thread and a worker's: real files, and rings between the two.
#include "runtime/file_reader.hpp"

#include <poll.h>

#include <map>
#include <thread>

#include "stream_fixture.hpp"

namespace weir::test {
namespace {

/// The fixture's reader is the real one, and rings where the worker sleeps.
class FileReaderTest : public StreamTest {
 protected:
  ~FileReaderTest() override { finish(); }

  /// The test is all of the workers: one a lane.
  void begin(std::uint32_t chunks) {
    start(chunks, 100, [this] { reader.wake(); });
    reader.attend(*lane, &bell);
    reader.start();
  }
  /// Goes round until there is nothing to do for anybody.
  void serve_all() {
    for (;;) {
      worker_goes_round();
      if (ahead->figures().streams.get() == 0) return;
      bool some = false;
      for (std::size_t i = 0; i < peers.size(); ++i) {
        const std::string more = peers[i]->reads();
        texts[i] += more;
        some |= !more.empty();
      }
      if (!some) sleep_until_rung();
    }
  }
  void sleep_until_rung() {
    bell.listen();
    if (const auto number = ahead->next_ready()) {
      peers.at(*number)->is_ready();
    } else {
      pollfd rung{bell.fd(), POLLIN, 0};
      ASSERT_EQ(poll(&rung, 1, 60'000), 1) << "nobody rang";
    }
    bell.stop_listening();
  }
  void finish() {
    peers.clear();
    const std::uint64_t all = ahead->figures().chunks.get();
    while (ahead->figures().free.get() != all) {
      if (!ahead->next_ready()) std::this_thread::yield();
    }
    reader.stop();
  }

  Doorbell bell;
  FileReader reader;
  std::map<std::size_t, std::string> texts;
};

TEST_F(FileReaderTest, ReadsForManyThroughFewChunks) {
  begin(3);
  for (int i = 0; i < 8; ++i)
    (void)asks(get("/large.bin", i % 2 == 0 ? "" : "Range: bytes=5-\r\n"));
  serve_all();
  for (std::size_t i = 0; i < peers.size(); ++i) {
    EXPECT_TRUE(take_response(texts[i]).body == large.substr(i % 2 == 0 ? 0 : 5)) << i;
  }
  EXPECT_EQ(reader.figures().failures.get(), 0u);
  EXPECT_EQ(reader.figures().bytes.get(), 8 * large.size() - 4 * 5);
}

TEST_F(FileReaderTest, ConnectionsMayEndWhileItReadsForThem) {
  begin(3);
  for (int i = 0; i < 200; ++i) {
    FakeConnection& peer = asks(get("/large.bin"));
    if (i % 3 == 0) std::this_thread::yield();
    if (i % 2 == 0) worker_goes_round();
    peer.end(EndReason::reset);
  }
  (void)asks(get("/large.bin"));
  serve_all();
  EXPECT_TRUE(take_response(texts[200]).body == large);
}

TEST_F(FileReaderTest, IsWokenAfterALongSilence) {
  begin(4);
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    (void)asks(get("/large.bin", "Range: bytes=0-9\r\n"));
    serve_all();
    EXPECT_EQ(take_response(texts[static_cast<std::size_t>(i)]).body, large.substr(0, 10));
  }
}

TEST_F(FileReaderTest, ResetsThoseWhoseFileIsWrittenTo) {
  begin(3);
  FakeConnection& peer = asks(get("/large.bin"));
  root.write("large.bin", large + "more");
  serve_all();
  EXPECT_TRUE(peer.aborted);
  EXPECT_GT(reader.figures().failures.get(), 0u);
  EXPECT_EQ(texts[0].find("more"), std::string::npos);
}

}  // namespace
}  // namespace weir::test
