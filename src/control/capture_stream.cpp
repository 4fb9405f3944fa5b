#include "control/capture_stream.hpp"

#include <limits>

#include "control/commands_table.hpp"

namespace weir {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

std::int64_t since_1970(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

std::uint64_t begun_of(std::span<const std::uint8_t> record) {
  return FrameRecordView(record).head.begun;
}

}  // namespace

CaptureStream::CaptureStream(EngineView& engine, const TapWish& wish,
                             std::shared_ptr<const FrameFilter> filter, const CaptureLimits& limits,
                             std::unique_ptr<CaptureFormat> format)
    : engine_(engine), limits_(limits), format_(std::move(format)) {
  for (std::uint16_t w = 0; w < engine_.worker_count(); ++w) {
    sinks_.push_back(std::make_shared<TapSink>(wish, filter));
  }
  for (std::uint16_t w = 0; w < engine_.worker_count(); ++w) {
    if (engine_.attach(w, sinks_[w])) continue;
    detach();
    throw BadArgument{"four captures run already, or a worker does not answer: end one", {}};
  }
}

CaptureStream::~CaptureStream() { detach(); }

void CaptureStream::detach() {
  if (detached_) return;
  detached_ = true;
  for (std::size_t w = 0; w < sinks_.size(); ++w) {
    engine_.detach(static_cast<std::uint16_t>(w), sinks_[w]);
  }
}

std::int64_t CaptureStream::time_of(std::uint64_t cycles) {
  if (origin_cycles_ == 0) {
    origin_cycles_ = cycles;
    origin_ns_ = since_1970(engine_.time_at_cycles(cycles));
  }
  const auto distance = static_cast<std::int64_t>(cycles - origin_cycles_);
  return origin_ns_ + static_cast<std::int64_t>(static_cast<double>(distance) * 1e9 /
                                                engine_.cycles_per_second());
}

std::size_t CaptureStream::oldest() {
  std::size_t best = sinks_.size();
  std::uint64_t time = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t w = 0; w < sinks_.size(); ++w) {
    const auto record = sinks_[w]->ring().front();
    if (record.empty() || begun_of(record) >= time) continue;
    best = w;
    time = begun_of(record);
  }
  return best;
}

std::string_view CaptureStream::ending(bool finish) const {
  if (written_ >= limits_.frames) return "count";
  if (bytes_ >= limits_.bytes) return "bytes";
  if (finish) return "client";
  return Clock::now() - begun_ >= limits_.time ? "seconds" : "";
}

// Up to a piece of what has arrived; true when that was all.
bool CaptureStream::drain(std::string& out) {
  while (out.size() < kPiece && written_ < limits_.frames && bytes_ < limits_.bytes) {
    const std::size_t w = oldest();
    if (w == sinks_.size()) return true;
    const FrameRecordView record(sinks_[w]->ring().front());
    const std::size_t before = out.size();
    format_->add(out, {record, static_cast<std::uint16_t>(w), time_of(record.head.begun)});
    bytes_ += out.size() - before;
    ++written_;
    sinks_[w]->ring().pop();
  }
  return written_ >= limits_.frames || bytes_ >= limits_.bytes;
}

void CaptureStream::tick() {
  if (because_.empty()) because_ = ending(false);
  if (!because_.empty()) detach();
}

std::optional<std::string> CaptureStream::more(bool finish) {
  if (over_) return std::nullopt;
  std::string out;
  if (!opened_) format_->begin(out);
  opened_ = true;
  origin_cycles_ = 0;  // both clocks are read anew: they do not run quite alike
  // From then on nothing is added, so that there is an end to what is there.
  if (because_.empty()) because_ = ending(finish);
  if (!because_.empty()) detach();
  const bool all = drain(out);
  if (because_.empty()) because_ = ending(false);
  if (because_.empty() || !all) return out;
  detach();
  over_ = true;
  CaptureFormat::End end{written_, 0, 0, because_, since_1970(std::chrono::system_clock::now())};
  for (const auto& sink : sinks_) {
    end.matched += sink->matched();
    end.lost += sink->lost();
  }
  format_->end(out, end);
  return out;
}

}  // namespace weir
