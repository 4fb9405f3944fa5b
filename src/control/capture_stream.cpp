#include "control/capture_stream.hpp"

#include <utility>

#include "control/frame_text.hpp"

namespace weir {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

}  // namespace

CaptureStream::CaptureStream(EngineView& engine, const TapWish& wish,
                             const std::shared_ptr<const FrameFilter>& filter,
                             const CaptureLimits& limits, std::unique_ptr<CaptureFormat> format)
    : engine_(engine), limits_(limits), format_(std::move(format)), taps_(engine, wish, filter) {}

std::int64_t CaptureStream::time_of(std::uint64_t cycles) {
  if (origin_cycles_ == 0) {
    origin_cycles_ = cycles;
    origin_ns_ = since_1970(engine_.time_at_cycles(cycles));
  }
  const auto distance = static_cast<std::int64_t>(cycles - origin_cycles_);
  return origin_ns_ + static_cast<std::int64_t>(static_cast<double>(distance) * 1e9 /
                                                engine_.cycles_per_second());
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
    const auto worker = taps_.oldest();
    if (!worker) return true;
    const FrameRecordView record = taps_.front(*worker);
    const std::size_t before = out.size();
    format_->add(out, {record, *worker, time_of(record.head.begun)});
    bytes_ += out.size() - before;
    ++written_;
    taps_.pop(*worker);
  }
  return written_ >= limits_.frames || bytes_ >= limits_.bytes;
}

void CaptureStream::tick(Unread) {
  if (because_.empty()) because_ = ending(false);
  if (!because_.empty()) taps_.detach();
}

std::optional<std::string> CaptureStream::more(bool finish) {
  if (over_) return std::nullopt;
  std::string out;
  if (!opened_) format_->begin(out);
  opened_ = true;
  origin_cycles_ = 0;  // both clocks are read anew: they do not run quite alike
  // From then on nothing is added, so that there is an end to what is there.
  if (because_.empty()) because_ = ending(finish);
  if (!because_.empty()) taps_.detach();
  const bool all = drain(out);
  if (because_.empty()) because_ = ending(false);
  if (because_.empty() || !all) return out;
  taps_.detach();
  over_ = true;
  format_->end(out, {written_, taps_.matched(), taps_.lost(), because_,
                     since_1970(std::chrono::system_clock::now())});
  return out;
}

}  // namespace weir
