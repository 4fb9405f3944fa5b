#include "control/recording_stream.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr std::size_t kPiece = 256 * 1024;
constexpr unsigned kPatience = 5;  // seconds, for who reads to the end and says nothing

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

RecordingStream::RecordingStream(std::shared_ptr<KeptRecording> recording, bool text)
    : recording_(std::move(recording)), writer_(recording_->start_ns, text) {
  const auto some = std::ranges::find_if(recording_->recorders,
                                         [](const auto& recorder) { return recorder != nullptr; });
  Json facts = recording_->facts;
  facts["payload"] = text;
  writer_.begin(opening_, "weir " + facts.at("version").get<std::string>(), to_line(facts),
                recording_->interfaces, (*some)->settings().frame_bytes);
  recording_->way = KeptRecording::Way::leaves;
}

RecordingStream::~RecordingStream() {
  if (recording_->way == KeptRecording::Way::leaves) recording_->way = KeptRecording::Way::waits;
}

// A client that has enough gets what there is all the same: the file must be whole to be of use.
std::optional<std::string> RecordingStream::more(bool finish) {
  if (over_) {
    if (!finish && silent_seconds_ < kPatience) return "";
    recording_->way = KeptRecording::Way::left;
    TakenRecorders().swap(recording_->recorders);
    return std::nullopt;
  }
  const TakenRecorders& recorders = recording_->recorders;
  std::string out = std::exchange(opening_, {});
  while (out.size() < kPiece) {
    FlightRecord record;
    if (begun_ && reader_.next(record)) {
      writer_.add(out, record);
      continue;
    }
    if (begun_ && ++half_ == 2) {
      half_ = 0;
      ++worker_;
    }
    while (worker_ < recorders.size() && !recorders[worker_]) ++worker_;
    if (worker_ == recorders.size()) {
      writer_.end(out, recording_->sums.frames, recording_->sums.torn);
      over_ = true;
      return out;
    }
    begun_ = true;
    writer_.begin_worker(static_cast<std::uint16_t>(worker_));
    reader_ = FlightReader(recorders[worker_]->records()[half_]);
  }
  return out;
}

}  // namespace weir
