// DPDK's log stream is a FILE of ours whose write function cuts it into lines.
#include "dpdk/eal_log.hpp"

#include <rte_log.h>

#include <algorithm>
#include <array>

namespace weir {
namespace {

// Lines that frighten without need (f-stack#357 and its like), each a piece of EAL's own wording.
constexpr auto kHarmless = std::to_array<std::string_view>({
    "hugepages reported",                  // another page size has none
    "Physical addresses are unavailable",  // nor are they needed without huge pages
    "hugepages available on the system",   // the same
    "Static memory layout is selected",    // always so without huge pages
    "Detected CPU lcores",
    "Detected NUMA nodes",
    "Detected shared linkage of DPDK",
    "Detected static linkage of DPDK",
    "Selected IOVA mode",
    "VFIO support initialized",
    "Probing VFIO support",
    "Multi-process socket",
    "No legacy callbacks",              // telemetry
    "TSC frequency estimated roughly",  // no CPUID leaf tells it in this VM
    "virtual address hint",             // matters to secondary processes only
    "qdisc",                            // net_tap: only flow rules need it
    "Disabling rte flow support",       // the same
    "req to secondary",                 // net_tap: there are no secondary processes
    "register mp action",               // net_memif: the same
    "Intr handle unset",
    "Intr vector unset",  // asked whether a port has receive interrupts
});

// A line of DPDK begins with its component, "EAL: " or "tap_nl_init(): ", which tells users
// nothing.
std::string_view without_component(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos || colon > 40) return line;
  const std::string_view component = line.substr(0, colon);
  if (component.find(' ') != std::string_view::npos) return line;
  return line.substr(colon + 2);
}

EalLogLevel level_of(int rte_level) {
  if (rte_level <= static_cast<int>(RTE_LOG_ERR)) return EalLogLevel::error;
  if (rte_level == static_cast<int>(RTE_LOG_WARNING)) return EalLogLevel::warn;
  if (rte_level <= static_cast<int>(RTE_LOG_INFO)) return EalLogLevel::info;
  return EalLogLevel::debug;
}

}  // namespace

EalLogLevel deserved_level(EalLogLevel said, std::string_view line) noexcept {
  for (std::string_view piece : kHarmless) {
    if (line.find(piece) != std::string_view::npos) return EalLogLevel::debug;
  }
  return said;
}

EalLog::EalLog(EalLogSink sink) : sink_(std::move(sink)) {
  cookie_io_functions_t functions{};
  functions.write = &EalLog::write;
  stream_ = fopencookie(this, "w", functions);
  if (stream_ == nullptr) return;  // DPDK's lines go where they went before
  previous_ = rte_log_get_stream();
  rte_openlog_stream(stream_);
}

EalLog::~EalLog() {
  if (stream_ == nullptr) return;
  rte_openlog_stream(previous_);
  std::fclose(stream_);
}

ssize_t EalLog::write(void* self, const char* text, std::size_t size) {
  // rte_vlog flushes after each message, so the level of this thread's last message is the text's.
  static_cast<EalLog*>(self)->take(level_of(rte_log_cur_msg_loglevel()), {text, size});
  return static_cast<ssize_t>(size);
}

void EalLog::take(EalLogLevel level, std::string_view text) {
  const std::scoped_lock lock(mutex_);
  for (char c : text) {
    if (c == '\n') {
      finish_line(level);
    } else {
      line_ += c;
    }
  }
}

void EalLog::finish_line(EalLogLevel level) {
  static constexpr std::size_t kKept = 16;
  std::string line;
  line.swap(line_);
  ++lines_;
  if (line.empty()) return;
  const EalLogLevel deserved = deserved_level(level, line);
  if (deserved >= EalLogLevel::warn) {
    complaints_.push_back({lines_, std::string(without_component(line))});
    if (complaints_.size() > kKept) complaints_.pop_front();
  }
  if (sink_) sink_(deserved, line);
}

std::uint64_t EalLog::mark() const {
  const std::scoped_lock lock(mutex_);
  return lines_;
}

std::string EalLog::complaints_since(std::uint64_t mark) const {
  static constexpr std::size_t kQuoted = 3;
  const std::scoped_lock lock(mutex_);
  std::vector<std::string_view> quoted;
  for (const Complaint& complaint : complaints_) {
    if (complaint.number > mark) quoted.push_back(complaint.text);
  }
  std::string clause;
  for (std::size_t i = quoted.size() - std::min(quoted.size(), kQuoted); i < quoted.size(); ++i) {
    if (!clause.empty()) clause += "; ";
    clause += quoted[i];
  }
  return clause;
}

std::string EalLog::blame(std::string sentence, std::uint64_t mark) const {
  const std::string clause = complaints_since(mark);
  if (!clause.empty()) sentence += ": DPDK says \"" + clause + "\"";
  return sentence;
}

}  // namespace weir
