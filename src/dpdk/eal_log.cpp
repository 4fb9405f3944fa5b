// DPDK's log stream is a FILE of ours whose write function cuts it into lines.
#include "dpdk/eal_log.hpp"

#include <rte_log.h>

#include <algorithm>

namespace weir {
namespace {

EalLogLevel level_of(int rte_level) {
  if (rte_level <= static_cast<int>(RTE_LOG_ERR)) return EalLogLevel::error;
  if (rte_level == static_cast<int>(RTE_LOG_WARNING)) return EalLogLevel::warn;
  if (rte_level <= static_cast<int>(RTE_LOG_INFO)) return EalLogLevel::info;
  return EalLogLevel::debug;
}

void append(std::string& clause, const std::string& part) {
  if (!clause.empty()) clause += "; ";
  clause += part;
}

}  // namespace

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
    complaints_.push_back({lines_, std::string(without_component(line)),
                           eal_message_for(line) == nullptr ? "" : translated(line)});
    if (complaints_.size() > kKept) complaints_.pop_front();
  }
  if (sink_) sink_(deserved, translated(line));
}

std::uint64_t EalLog::mark() const {
  const std::scoped_lock lock(mutex_);
  return lines_;
}

std::vector<EalLog::Complaint> EalLog::all_since(std::uint64_t mark) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Complaint> all;
  for (const Complaint& complaint : complaints_) {
    if (complaint.number > mark) all.push_back(complaint);
  }
  return all;
}

std::string EalLog::complaints_since(std::uint64_t mark) const {
  static constexpr std::size_t kQuoted = 3;
  const auto all = all_since(mark);
  std::string clause;
  for (std::size_t i = all.size() - std::min(all.size(), kQuoted); i < all.size(); ++i) {
    append(clause, all[i].text);
  }
  return clause;
}

std::string EalLog::blame(std::string sentence, std::uint64_t mark) const {
  // What follows a known cause are its consequences: they say nothing more.
  std::string cause;
  for (const Complaint& complaint : all_since(mark)) {
    const bool fresh = cause.find(complaint.translation) == std::string::npos;
    if (!complaint.translation.empty() && fresh) append(cause, complaint.translation);
  }
  const std::string clause = complaints_since(mark);
  if (!cause.empty()) return sentence + ": " + cause;
  if (!clause.empty()) sentence += ": DPDK says \"" + clause + "\"";
  return sentence;
}

}  // namespace weir
