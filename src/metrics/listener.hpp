// The kernel socket on which metrics and the status page are asked for, served by a thread of its
// own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "base/result.hpp"
#include "control/config.hpp"
#include "metrics/connection_ages.hpp"
#include "metrics/reading.hpp"

struct MHD_Daemon;

namespace weir {

/// The last reading. The control thread puts, the listener's thread gets.
class MetricsBoard {
 public:
  explicit MetricsBoard(std::shared_ptr<const MetricsReading> first) : last_(std::move(first)) {}

  void put(std::shared_ptr<const MetricsReading> reading) {
    const std::lock_guard lock(mutex_);
    last_ = std::move(reading);
  }
  [[nodiscard]] std::shared_ptr<const MetricsReading> get() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const MetricsReading> last_;
};

/// libmicrohttpd with one thread, which never touches the engine: it renders the board's last
/// reading. Start it when the control thread's signals are blocked and its CPUs are chosen: the
/// thread inherits both, but no capability: it speaks to whoever can reach it.
class MetricsListener {
 public:
  using Time = ConnectionAges::Time;
  static constexpr unsigned kMostConnections = 32, kMostOfAnAddress = 8;
  /// From the begin of a connection, or the last answer on it, to the next.
  static constexpr auto kLongestRequest = std::chrono::seconds(15);

  /// `board` outlives the listener; port 0 is any that is free. The error is a sentence: the
  /// address is in use, say.
  static Result<std::unique_ptr<MetricsListener>> start(const KernelListen& listen,
                                                        const MetricsBoard& board);
  ~MetricsListener();  ///< at once; requests that are being answered are cut off
  MetricsListener(const MetricsListener&) = delete;
  MetricsListener& operator=(const MetricsListener&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Ends connections whose request has taken too long, and returns how many. Control's thread,
  /// about once a second.
  std::size_t cut_slow(Time now) { return visitors_->ages.cut_before(now - kLongestRequest); }

  /// What its thread works with.
  struct Visitors {
    explicit Visitors(const MetricsBoard& read) : board(read) {}
    const MetricsBoard& board;
    ConnectionAges ages;
  };

 private:
  MetricsListener(MHD_Daemon* daemon, std::unique_ptr<Visitors> visitors, std::uint16_t port)
      : visitors_(std::move(visitors)), daemon_(daemon), port_(port) {}

  std::unique_ptr<Visitors> visitors_;
  MHD_Daemon* daemon_;
  std::uint16_t port_;
};

}  // namespace weir
