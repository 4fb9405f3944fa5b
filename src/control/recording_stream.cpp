#include "control/recording_stream.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

}  // namespace

RecordingSums sums_of(const TakenRecorders& recorders) {
  RecordingSums sums;
  for (const auto& recorder : recorders) {
    if (!recorder) continue;
    sums.torn += recorder->torn();
    for (const auto records : recorder->records()) {
      sums.bytes += records.size();
      FlightReader reader(records);
      FlightRecord record;
      while (reader.next(record)) {
        if (record.kind == FlightKind::frame) ++sums.frames;
        if (record.kind != FlightKind::burst) continue;
        const std::int64_t now = record.as<BurstBegins>().now_ns;
        sums.first_ns = sums.first_ns == 0 ? now : std::min(sums.first_ns, now);
        sums.last_ns = std::max(sums.last_ns, now);
      }
    }
  }
  return sums;
}

RecordingStream::RecordingStream(std::string opening, RecordingWriter writer,
                                 TakenRecorders recorders, const RecordingSums& sums)
    : opening_(std::move(opening)),
      writer_(writer),
      recorders_(std::move(recorders)),
      sums_(sums) {}

// A client that has enough gets what there is all the same: the file must be whole to be of use.
std::optional<std::string> RecordingStream::more(bool) {
  if (over_) return std::nullopt;
  std::string out = std::exchange(opening_, {});
  while (out.size() < kPiece) {
    FlightRecord record;
    if (begun_ && reader_.next(record)) {
      writer_.add(out, record);
      continue;
    }
    if (begun_ && ++half_ == 2) {
      half_ = 0;
      recorders_[worker_++].reset();
    }
    while (worker_ < recorders_.size() && !recorders_[worker_]) ++worker_;
    if (worker_ == recorders_.size()) {
      writer_.end(out, sums_.frames, sums_.torn);
      over_ = true;
      return out;
    }
    begun_ = true;
    writer_.begin_worker(static_cast<std::uint16_t>(worker_));
    reader_ = FlightReader(recorders_[worker_]->records()[half_]);
  }
  return out;
}

}  // namespace weir
