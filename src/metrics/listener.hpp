// The kernel socket on which metrics and the status page are asked for, served by a thread of its
// own.
#pragma once

#include <memory>
#include <mutex>

#include "base/result.hpp"
#include "control/config.hpp"
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
/// thread inherits both.
class MetricsListener {
 public:
  /// `board` outlives the listener. The error is a sentence: the address is in use, say.
  static Result<std::unique_ptr<MetricsListener>> start(const KernelListen& listen,
                                                        const MetricsBoard& board);
  ~MetricsListener();  ///< at once; requests that are being answered are cut off
  MetricsListener(const MetricsListener&) = delete;
  MetricsListener& operator=(const MetricsListener&) = delete;

 private:
  explicit MetricsListener(MHD_Daemon* daemon) : daemon_(daemon) {}
  MHD_Daemon* daemon_;
};

}  // namespace weir
