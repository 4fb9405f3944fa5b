#include <algorithm>

#include "capture/describe.hpp"
#include "capture/pcapng.hpp"
#include "capture/recording.hpp"
#include "capture/recording_blocks.hpp"

namespace weir {
namespace {

std::string comment_of(const FrameFacts& facts) {
  if (!facts.has_verdict()) return "handed over";
  std::string comment = "verdict=" + std::string(to_string(facts.outcome.verdict));
  if (facts.outcome.has_reason) {
    comment += " reason=" + std::string(text(facts.outcome.reason).name);
  }
  return comment;
}

template <class Head>
std::span<const std::uint8_t> bytes_of(const Head& head) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(&head), sizeof head};
}

std::span<const std::uint8_t> bytes_of(std::string_view words) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(words.data()), words.size()};
}

}  // namespace

void RecordingWriter::begin(std::string& out, std::string_view program, std::string_view facts,
                            std::span<const std::string> interfaces, std::uint32_t frame_bytes) {
  PcapngWriter::begin(out, program);
  const LocalHead head{LocalHead::kFacts, 0, static_cast<std::uint32_t>(facts.size())};
  PcapngWriter::add_local(out, bytes_of(head), bytes_of(facts));
  for (const std::string& name : interfaces) {
    PcapngWriter::add_interface(out, name, "", frame_bytes);
  }
}

void RecordingWriter::add(std::string& out, const FlightRecord& record) {
  if (record.kind == FlightKind::burst) burst_ns_ = record.as<BurstBegins>().now_ns;
  if (record.kind != FlightKind::frame) {
    const LocalHead head{static_cast<std::uint16_t>(record.kind), worker_,
                         static_cast<std::uint32_t>(record.bytes.size())};
    return PcapngWriter::add_local(out, bytes_of(head), record.bytes);
  }
  const auto facts = record.as<FrameFacts>();
  auto bytes = record.after(sizeof facts);
  bytes = bytes.first(std::min<std::size_t>(bytes.size(), facts.captured));
  if (!text_) bytes = bytes.first(header_bytes(bytes));
  PcapngWriter::add_packet(out, {.interface = facts.port,
                                 .time_ns = start_ns_ + burst_ns_,
                                 .length = facts.length,
                                 .bytes = bytes,
                                 .direction = Direction::received,
                                 .queue = worker_,
                                 .comment = comment_of(facts),
                                 .local = bytes_of(facts)});
}

void RecordingWriter::end(std::string& out, std::uint64_t frames, std::uint64_t torn) {
  PcapngWriter::add_statistics(out, 0, start_ns_ + burst_ns_, frames, torn);
}

}  // namespace weir
