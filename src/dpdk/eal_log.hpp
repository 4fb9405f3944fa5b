// DPDK's log, line by line: to a sink, calmed and translated by the table of eal_messages.hpp, and
// kept for error sentences.
#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dpdk/eal_messages.hpp"

namespace weir {

/// Where lines go. Called from the thread that logs, one call at a time. It must not write to the
/// variable `stderr`, which is this log while the EAL starts.
using EalLogSink = std::function<void(EalLogLevel, std::string_view line)>;

/// DPDK's log stream while this lives; afterwards the stream is again what it was. Must exist
/// before the EAL starts and until it is cleaned up.
class EalLog {
 public:
  explicit EalLog(EalLogSink sink);
  ~EalLog();
  EalLog(const EalLog&) = delete;
  EalLog& operator=(const EalLog&) = delete;

  /// A point in the log, to ask later what went wrong since.
  [[nodiscard]] std::uint64_t mark() const;
  /// The warnings and errors since `mark`, at most the last three, joined into one clause; empty
  /// when DPDK said nothing.
  [[nodiscard]] std::string complaints_since(std::uint64_t mark) const;
  /// `sentence` followed by ": " and what the table has for the complaints; by the complaints
  /// themselves when it knows none of them.
  [[nodiscard]] std::string blame(std::string sentence, std::uint64_t mark) const;
  /// What is written to it is taken for lines of DPDK's; nullptr when there is none.
  [[nodiscard]] std::FILE* stream() const noexcept { return stream_; }

 private:
  static ssize_t write(void* self, const char* text, std::size_t size);
  void take(EalLogLevel level, std::string_view text);
  void finish_line(EalLogLevel level);

  struct Complaint {
    std::uint64_t number;
    std::string text;
    std::string translation;  // empty: not in the table
  };
  [[nodiscard]] std::vector<Complaint> all_since(std::uint64_t mark) const;

  EalLogSink sink_;
  mutable std::mutex mutex_;  // EAL's threads log too
  std::string line_;          // what has come of a line not yet ended
  std::deque<Complaint> complaints_;
  std::uint64_t lines_ = 0;
  std::FILE *stream_ = nullptr, *previous_ = nullptr;
};

}  // namespace weir
