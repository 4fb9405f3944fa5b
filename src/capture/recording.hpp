// What the flight recorders of all workers kept, as a file: a pcapng capture of the received
// frames, with blocks of our own between them for what a replay needs beside.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pipeline/flight_recorder.hpp"

namespace weir {

/// Appends to a text that the caller sends off: begin(), then each worker's records.
///
///   section | facts | interfaces | worker 0: opening, burst, frame (a packet), .. | worker 1: ..
class RecordingWriter {
 public:
  /// `facts` is text that the reader gets as it is; `start_ns` what the workers' clocks count from,
  /// in nanoseconds since 1970, UTC. With `text` what frames carry is written as far as it was
  /// kept; else headers alone.
  RecordingWriter(std::int64_t start_ns, bool text) : start_ns_(start_ns), text_(text) {}

  void begin(std::string& out, std::string_view program, std::string_view facts,
             std::span<const std::string> interfaces, std::uint32_t frame_bytes);
  void begin_worker(std::uint16_t worker) noexcept { worker_ = worker; }
  void add(std::string& out, const FlightRecord& record);
  /// The last block; `torn` records are missing.
  void end(std::string& out, std::uint64_t frames, std::uint64_t torn);

 private:
  std::int64_t start_ns_;
  bool text_;
  std::uint16_t worker_ = 0;
  std::int64_t burst_ns_ = 0;
};

/// A recording as FlightReader takes it.
struct Recording {
  std::string facts;
  std::vector<std::vector<std::uint8_t>> workers;  ///< the records of each, oldest first
  bool complete = false;                           ///< the file was not cut off
};

/// The error is what is wrong with the file, without its name.
[[nodiscard]] Result<Recording> read_recording(std::span<const std::uint8_t> file);

}  // namespace weir
