// DPDK's log, line by line: to a sink, with the harmless lines demoted, and kept for error
// sentences.
#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class EalLogLevel : std::uint8_t { debug, info, warn, error };

/// Where lines go. Called from the thread that logs, one call at a time.
using EalLogSink = std::function<void(EalLogLevel, std::string_view line)>;

/// The level that a line deserves. DPDK calls alarming what is normal for most users; a table of
/// such lines is brought down to debug.
[[nodiscard]] EalLogLevel deserved_level(EalLogLevel said, std::string_view line) noexcept;

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
  /// `sentence` followed by ": " and the complaints, when there are any.
  [[nodiscard]] std::string blame(std::string sentence, std::uint64_t mark) const;

 private:
  static ssize_t write(void* self, const char* text, std::size_t size);
  void take(EalLogLevel level, std::string_view text);
  void finish_line(EalLogLevel level);

  struct Complaint {
    std::uint64_t number;
    std::string text;
  };

  EalLogSink sink_;
  mutable std::mutex mutex_;  // EAL's threads log too
  std::string line_;          // what has come of a line not yet ended
  std::deque<Complaint> complaints_;
  std::uint64_t lines_ = 0;
  std::FILE *stream_ = nullptr, *previous_ = nullptr;
};

}  // namespace weir
