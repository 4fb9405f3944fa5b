#include "capture/tap.hpp"

#include <utility>

namespace weir {

bool Tap::add(std::shared_ptr<TapSink> sink) noexcept {
  if (count_ == kMostSinks) return false;
  sinks_[count_++] = std::move(sink);
  return true;
}

std::shared_ptr<TapSink> Tap::remove(const TapSink* sink) noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (sinks_[i].get() != sink) continue;
    std::swap(sinks_[i], sinks_[--count_]);
    return std::move(sinks_[count_]);
  }
  return nullptr;
}

bool Tap::wants(const Frame& frame) noexcept {
  bool some = false;
  story_ = false;
  for (std::size_t i = 0; i < count_; ++i) {
    wanted_[i] = sinks_[i]->wants(frame, Direction::received);
    some |= wanted_[i];
    story_ |= wanted_[i] && sinks_[i]->wish().story;
  }
  return some;
}

void Tap::read_counters(MibReading& out) const noexcept {
  for (std::size_t i = 0; i < kMibCount; ++i) out[i] = counters_.mib.get(static_cast<Mib>(i));
}

void Tap::begin(const Frame& frame) noexcept {
  if (story_) read_counters(before_);
  seen_ = {};
  const std::uint64_t now = cycles_();
  for (std::size_t i = 0; i < count_; ++i) {
    if (wanted_[i]) sinks_[i]->begin(frame, now);
  }
  // The copies are not the frame's own time.
  if (story_) seen_.begun = cycles_();
}

void Tap::reached(Progress progress) noexcept {
  if (story_) (progress == Progress::parsed ? seen_.parsed : seen_.looked_up) = cycles_();
}

void Tap::end(const Observation& what) noexcept {
  seen_.what = what;
  if (story_) {
    seen_.done = cycles_();
    read_counters(after_);
  }
  for (std::size_t i = 0; i < count_; ++i) {
    if (wanted_[i]) sinks_[i]->end(seen_, before_, after_);
  }
}

void Tap::handed_over() noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (wanted_[i]) sinks_[i]->handed_over();
  }
}

void Tap::leaving(std::span<const Frame> frames) noexcept {
  const std::uint64_t now = cycles_();
  for (std::size_t i = 0; i < count_; ++i) sinks_[i]->leaving(frames, now);
}

void Tap::left(std::uint32_t n) noexcept {
  for (std::size_t i = 0; i < count_; ++i) sinks_[i]->left(n);
}

}  // namespace weir
