#include "capture/pcapng.hpp"

namespace weir {
namespace {

enum BlockType : std::uint32_t {
  kSectionHeader = 0x0a0d0d0a,
  kInterfaceDescription = 1,
  kInterfaceStatistics = 5,
  kEnhancedPacket = 6,
  kLocal = kPcapngLocalBlock,
};

/// Of every block, and of one kind each. Sections: draft-ietf-opsawg-pcapng §3.5, §4.1 to §4.6.
enum Option : std::uint16_t {
  kEnd = 0,
  kComment = 1,
  kProgram = 4,        // section header
  kInterfaceName = 2,  // interface description
  kTimeResolution = 9,
  kFilter = 11,
  kFlags = 2,  // enhanced packet
  kQueue = 6,
  kReceived = 4,  // interface statistics
  kDropped = 5,
};
constexpr std::uint16_t kLinkEthernet = 1;

/// A block under way: its length is written on both sides when it is complete.
class Block {
 public:
  Block(std::string& out, BlockType type) : out_(out), start_(out.size()) {
    put<std::uint32_t>(type);
    put<std::uint32_t>(0);
  }
  ~Block() {
    const auto length = static_cast<std::uint32_t>(out_.size() - start_ + sizeof(std::uint32_t));
    put(length);
    out_.replace(start_ + 4, sizeof length, reinterpret_cast<const char*>(&length), sizeof length);
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  template <class Number>
  void put(Number number) {
    out_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void put_padded(std::string_view bytes) {
    out_ += bytes;
    out_.append((4 - bytes.size() % 4) % 4, '\0');
  }
  void option(std::uint16_t code, std::string_view value) {
    constexpr std::size_t kMost = 0xffff;
    value = value.substr(0, kMost);
    put(code);
    put(static_cast<std::uint16_t>(value.size()));
    put_padded(value);
  }
  template <class Number>
  void number_option(std::uint16_t code, Number number) {
    option(code, {reinterpret_cast<const char*>(&number), sizeof number});
  }
  void end_of_options() { put<std::uint32_t>(kEnd); }
  /// High half first, each in our byte order.
  void put_time(std::int64_t ns) {
    put(static_cast<std::uint32_t>(static_cast<std::uint64_t>(ns) >> 32));
    put(static_cast<std::uint32_t>(ns));
  }

 private:
  std::string& out_;
  std::size_t start_;
};

std::string_view as_text(std::span<const std::uint8_t> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void PcapngWriter::begin(std::string& out, std::string_view program) {
  constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
  constexpr std::uint64_t kLengthUnknown = ~std::uint64_t{0};
  Block block(out, kSectionHeader);
  block.put(kByteOrderMagic);
  block.put<std::uint16_t>(1);  // version 1.0
  block.put<std::uint16_t>(0);
  block.put(kLengthUnknown);
  block.option(kProgram, program);
  block.end_of_options();
}

void PcapngWriter::add_interface(std::string& out, std::string_view name, std::string_view filter,
                                 std::uint32_t most_bytes) {
  constexpr char kNanoseconds = 9;  // ten to the minus nine
  Block block(out, kInterfaceDescription);
  block.put(kLinkEthernet);
  block.put<std::uint16_t>(0);
  block.put(most_bytes);
  block.option(kInterfaceName, name);
  block.option(kTimeResolution, {&kNanoseconds, 1});
  // A zero byte first: the filter is a string as libpcap takes it.
  if (!filter.empty()) block.option(kFilter, std::string(1, '\0') + std::string(filter));
  block.end_of_options();
}

void PcapngWriter::add_packet(std::string& out, const PcapngPacket& packet) {
  constexpr std::uint32_t kInbound = 1, kOutbound = 2;
  Block block(out, kEnhancedPacket);
  block.put(packet.interface);
  block.put_time(packet.time_ns);
  block.put(static_cast<std::uint32_t>(packet.bytes.size()));
  block.put(packet.length);
  block.put_padded(as_text(packet.bytes));
  if (!packet.comment.empty()) block.option(kComment, packet.comment);
  if (!packet.local.empty()) block.option(kPcapngLocalOption, as_text(packet.local));
  block.number_option(kFlags, packet.direction == Direction::received ? kInbound : kOutbound);
  block.number_option(kQueue, packet.queue);
  block.end_of_options();
}

void PcapngWriter::add_local(std::string& out, std::span<const std::uint8_t> head,
                             std::span<const std::uint8_t> bytes) {
  Block block(out, kLocal);
  std::string text(as_text(head));
  block.put_padded(text.append(as_text(bytes)));
}

void PcapngWriter::add_statistics(std::string& out, std::uint32_t interface, std::int64_t time_ns,
                                  std::uint64_t matched, std::uint64_t lost) {
  Block block(out, kInterfaceStatistics);
  block.put(interface);
  block.put_time(time_ns);
  block.number_option(kReceived, matched);
  block.number_option(kDropped, lost);
  block.end_of_options();
}

}  // namespace weir
