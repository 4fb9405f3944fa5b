// The one thread that reads files while packets flow: it may wait for a disk, so that no worker
// does.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "base/counter.hpp"
#include "runtime/doorbell.hpp"
#include "service/http/read_lane.hpp"

namespace weir {

/// Reads what workers ask for, in the order in which each asks, one chunk a worker in turn.
class FileReader {
 public:
  FileReader() = default;
  ~FileReader() { stop(); }
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  /// A worker's lane, and what to ring when something came for it, or nullptr; before start().
  void attend(ReadLane& lane, Doorbell* bell) { lanes_.push_back({&lane, bell}); }
  void start();
  /// Finishes the read that it is at; what else was asked for is not read any more.
  void stop();

  /// After something was asked for. Any thread; a system call only when the reader sleeps.
  void wake() noexcept { bell_.ring(); }

  struct Figures {
    Counter reads, bytes, failures;  // reader: writes
  };
  [[nodiscard]] const Figures& figures() const noexcept { return figures_; }

 private:
  struct Attended {
    ReadLane* lane;
    Doorbell* bell;
  };

  void loop() noexcept;
  [[nodiscard]] bool read_some() noexcept;
  void wait() noexcept;

  std::vector<Attended> lanes_;
  Doorbell bell_;
  Figures figures_;
  std::atomic<bool> stop_{false};  // control: writes, reader: reads
  std::thread thread_;
};

}  // namespace weir
