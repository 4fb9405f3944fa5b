#include <algorithm>
#include <cstring>

#include "capture/pcapng.hpp"
#include "capture/recording.hpp"
#include "capture/recording_blocks.hpp"

namespace weir {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a, kStatistics = 5, kPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint16_t kQueueOption = 6;
constexpr std::size_t kMostWorkers = 1024;

template <class Value>
Value value_at(Bytes bytes, std::size_t at) {
  Value value{};
  if (at <= bytes.size() && bytes.size() - at >= sizeof value) {
    std::memcpy(static_cast<void*>(&value), bytes.data() + at, sizeof value);
  }
  return value;
}

constexpr std::size_t padded_to_4(std::size_t n) { return (n + 3) & ~std::size_t{3}; }

/// The value of an option; empty when it is not there.
Bytes option(Bytes options, std::uint16_t wanted) {
  constexpr std::size_t kHead = 4;
  while (options.size() >= kHead) {
    const auto code = value_at<std::uint16_t>(options, 0);
    const std::size_t length = value_at<std::uint16_t>(options, 2);
    if (code == 0 || length > options.size() - kHead) break;
    if (code == wanted) return options.subspan(kHead, length);
    options = options.subspan(std::min(options.size(), kHead + padded_to_4(length)));
  }
  return {};
}

class Reader {
 public:
  explicit Reader(Bytes file) : left_(file) {}

  Result<Recording> read() {
    constexpr std::size_t kLeast = 12;
    if (left_.size() < 28 || value_at<std::uint32_t>(left_, 0) != kSectionHeader) {
      return Error{"it is no recording of weirctl record (no pcapng)"};
    }
    if (value_at<std::uint32_t>(left_, 8) != kByteOrderMagic) {
      return Error{"it is from a machine of the other byte order"};
    }
    while (left_.size() >= kLeast) {
      const auto type = value_at<std::uint32_t>(left_, 0);
      const std::size_t length = value_at<std::uint32_t>(left_, 4);
      if (length < kLeast || length % 4 != 0 || length > left_.size()) break;
      take(type, left_.subspan(8, length - kLeast));
      left_ = left_.subspan(length);
    }
    if (recording_.facts.empty())
      return Error{"it is a capture, but no recording of weirctl record"};
    return std::move(recording_);
  }

 private:
  void take(std::uint32_t type, Bytes body) {
    if (type == kPcapngLocalBlock) take_local(body);
    if (type == kPacket) take_packet(body);
    if (type == kStatistics) recording_.complete = true;
  }

  void take_local(Bytes body) {
    const auto head = value_at<LocalHead>(body, 0);
    if (body.size() < sizeof head || head.bytes > body.size() - sizeof head) return;
    const Bytes bytes = body.subspan(sizeof head, head.bytes);
    if (head.kind == LocalHead::kFacts) {
      recording_.facts.assign(bytes.begin(), bytes.end());
    } else {
      append(head.worker, static_cast<FlightKind>(head.kind), {}, bytes);
    }
  }

  void take_packet(Bytes body) {
    constexpr std::size_t kHead = 20;
    const std::size_t captured = value_at<std::uint32_t>(body, 12);
    if (body.size() < kHead || captured > body.size() - kHead) return;
    const Bytes options = body.subspan(std::min(body.size(), kHead + padded_to_4(captured)));
    const Bytes local = option(options, kPcapngLocalOption);
    if (local.size() != sizeof(FrameFacts)) return;
    auto facts = value_at<FrameFacts>(local, 0);
    facts.captured = static_cast<std::uint32_t>(captured);
    const auto worker = value_at<std::uint32_t>(option(options, kQueueOption), 0);
    append(worker, FlightKind::frame, {reinterpret_cast<const std::uint8_t*>(&facts), sizeof facts},
           body.subspan(kHead, captured));
  }

  void append(std::size_t worker, FlightKind kind, Bytes head, Bytes bytes) {
    if (worker >= kMostWorkers) return;
    if (recording_.workers.size() <= worker) recording_.workers.resize(worker + 1);
    std::vector<std::uint8_t>& out = recording_.workers[worker];
    const FlightHead record{kind, 0, static_cast<std::uint32_t>(head.size() + bytes.size())};
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(&record);
    out.insert(out.end(), begin, begin + sizeof record);
    out.insert(out.end(), head.begin(), head.end());
    out.insert(out.end(), bytes.begin(), bytes.end());
    out.resize(FlightReader::padded(out.size()));
  }

  Bytes left_;
  Recording recording_;
};

}  // namespace

Result<Recording> read_recording(std::span<const std::uint8_t> file) { return Reader(file).read(); }

}  // namespace weir
