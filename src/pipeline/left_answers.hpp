// Requests whose answers have left in this round, until the worker says when that was over.
#pragma once

#include <array>
#include <cstdint>

#include "pipeline/counters.hpp"
#include "tcp/answers.hpp"

namespace weir {

/// The pipeline knows no clock: within a round it is the same time all along, and an answer that
/// leaves in the round of its request would have taken none. So it is recorded when the worker has
/// handed the round's frames to the ports and knows what time that is.
class LeftAnswers {
 public:
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// False when there is room for no more: it is high time that somebody says what time it is.
  [[nodiscard]] bool push(std::uint16_t service, const tcp::Answers& answers) noexcept {
    // Most of what leaves in a round was asked for in that round.
    if (size_ != 0) {
      Left& last = left_[size_ - 1];
      if (last.since == answers.since && last.service == service) {
        last.count += answers.count;
        return true;
      }
    }
    left_[size_++] = {answers.since, answers.count, service};
    return size_ < left_.size();
  }
  void record(WorkerCounters& counters, Instant now) noexcept {
    for (std::uint32_t i = 0; i < size_; ++i) {
      const Left& left = left_[i];
      counters.of_service(left.service).request.record(now - left.since, left.count);
    }
    size_ = 0;
  }

 private:
  struct Left {
    Instant since;
    std::uint32_t count = 0;
    std::uint16_t service = 0;
  };

  static constexpr std::uint32_t kMost = 128;  // a round sends so many segments
  std::array<Left, kMost> left_;
  std::uint32_t size_ = 0;
};

}  // namespace weir
