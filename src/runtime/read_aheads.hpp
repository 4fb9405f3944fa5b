// Read-ahead as the engine has it: each worker's streams and chunks, and the thread that reads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "frame/transmit_memory.hpp"
#include "runtime/actor.hpp"
#include "runtime/file_reader.hpp"
#include "runtime/read_ahead_state.hpp"
#include "service/http/read_ahead.hpp"

namespace weir {

/// Control thread's, but for what ReadAhead and Actor say. Its memory is made when the first
/// service wants it; ports may read it until they are closed.
class ReadAheads {
 public:
  /// `bytes` for all workers together, with four chunks a worker at least; 0: off, and nothing
  /// below does anything.
  ReadAheads(std::uint64_t bytes, std::size_t workers, MakeTransmitMemory memory);
  ~ReadAheads();

  [[nodiscard]] bool on() const noexcept { return !seats_.empty(); }
  /// A worker's; nullptr when it is off.
  [[nodiscard]] ReadAhead* of(std::size_t worker) noexcept;
  [[nodiscard]] Actor* actor(std::size_t worker) noexcept;
  /// What to ring when something came for that worker; before start().
  void attend(std::size_t worker, Doorbell* bell);

  /// Makes the chunks, if they are not there yet. Throws std::bad_alloc.
  void make_chunks();
  /// Those that the worker has not been handed; then they count as handed out.
  [[nodiscard]] std::vector<TransmitMemory*> take_chunks(std::size_t worker);
  /// Lets the reader begin: a thread that is made now has no right that is given up later.
  void start();
  void stop() { reader_.stop(); }

  [[nodiscard]] ReadAheadState state() const noexcept;

 private:
  struct Seat;

  MakeTransmitMemory memory_;
  std::uint32_t chunks_each_ = 0;
  FileReader reader_;
  std::vector<std::unique_ptr<Seat>> seats_;  // by worker
};

}  // namespace weir
