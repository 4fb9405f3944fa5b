// One frame: the move-only owner of one buffer of a pool.
#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <utility>

#include "base/poison.hpp"
#include "frame/frame_pool.hpp"

namespace weir {

/// Facts that travel beside a frame's bytes.
enum FrameFlag : std::uint16_t {
  kRxIpChecksumGood = 1 << 0,  ///< the NIC verified the IPv4 header checksum
  kRxIpChecksumBad = 1 << 1,
  kRxL4ChecksumGood = 1 << 2,  ///< the NIC verified the TCP or UDP checksum
  kRxL4ChecksumBad = 1 << 3,
  kRxRssHash = 1 << 4,      ///< rss_hash() is the NIC's
  kRxChained = 1 << 5,      ///< arrived in several buffers and could not be linearised
  kTxIpChecksum = 1 << 6,   ///< the NIC shall fill in the IPv4 header checksum
  kTxTcpChecksum = 1 << 7,  ///< the NIC shall fill in the TCP checksum (pseudo-header sum is there)
  kTxUdpChecksum = 1 << 8,  ///< the same for UDP
  kOwesVerdict = 1 << 9,    ///< this reply stands for a received frame whose verdict is still open
  kTxIpv6 = 1 << 10,        ///< with an offload: the packet is IPv6
  kHandedOver = 1 << 11,    ///< another worker received it for us
  kReassembled = 1 << 12,   ///< put together from fragments
  kTxChained = 1 << 13,     ///< text hangs on it in buffers of its own: behind()
};

/// All that a port is asked for with a frame.
inline constexpr unsigned kTxOffloads = kTxIpChecksum | kTxTcpChecksum | kTxUdpChecksum | kTxIpv6;

/// Moving it moves the buffer; destroying it gives the buffer back. A default-made or moved-from
/// frame has no buffer. The bytes are data_room() long with the frame somewhere inside:
/// [headroom | bytes() | tailroom]. One thread at a time. A pool may hide what it gives out from
/// the address sanitizer (base/poison.hpp): what becomes part of bytes() is exposed then.
class Frame {
 public:
  Frame() noexcept = default;
  /// For pools and ports: a frame over `capacity` bytes at `base`, its bytes starting at `offset`.
  Frame(FramePool& pool, void* handle, std::uint8_t* base, std::uint32_t capacity,
        std::uint32_t offset, std::uint32_t length) noexcept
      : pool_(&pool),
        handle_(handle),
        base_(base),
        capacity_(capacity),
        offset_(offset),
        length_(length) {
    assert(offset + length <= capacity);
  }
  Frame(Frame&& other) noexcept { take(other); }
  Frame& operator=(Frame&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~Frame() { reset(); }

  explicit operator bool() const noexcept { return handle_ != nullptr; }

  [[nodiscard]] std::span<std::uint8_t> bytes() noexcept { return {base_ + offset_, length_}; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept {
    return {base_ + offset_, length_};
  }
  [[nodiscard]] std::uint32_t size() const noexcept { return length_; }
  [[nodiscard]] std::uint32_t headroom() const noexcept { return offset_; }
  [[nodiscard]] std::uint32_t tailroom() const noexcept { return capacity_ - offset_ - length_; }
  [[nodiscard]] std::uint32_t data_room() const noexcept { return capacity_; }
  /// Bytes that a port sends after bytes(): text that hangs on this buffer (FramePool::attach).
  [[nodiscard]] std::uint32_t behind() const noexcept {
    return has(kTxChained) ? hash_or_behind_ : 0;
  }
  /// All that leaves.
  [[nodiscard]] std::uint32_t packet_size() const noexcept { return length_ + behind(); }

  /// Makes the bytes start at `offset` of the data room and be `length` long. Contents stay in
  /// place.
  void place(std::uint32_t offset, std::uint32_t length) noexcept {
    assert(offset + length <= capacity_);
    offset_ = offset;
    length_ = length;
    expose(base_ + offset_, length_);
  }
  /// `n` more bytes before the front; they are whatever stood there.
  std::uint8_t* prepend(std::uint32_t n) noexcept {
    assert(n <= offset_);
    offset_ -= n;
    length_ += n;
    expose(base_ + offset_, n);
    return base_ + offset_;
  }
  /// `n` more bytes behind the end.
  std::uint8_t* append(std::uint32_t n) noexcept {
    assert(n <= tailroom());
    std::uint8_t* at = base_ + offset_ + length_;
    length_ += n;
    expose(at, n);
    return at;
  }
  void trim_front(std::uint32_t n) noexcept {
    assert(n <= length_);
    offset_ += n;
    length_ -= n;
  }
  void trim_to(std::uint32_t length) noexcept {
    assert(length <= length_);
    length_ = length;
  }

  [[nodiscard]] std::uint16_t flags() const noexcept { return flags_; }
  [[nodiscard]] bool has(FrameFlag flag) const noexcept { return (flags_ & flag) != 0; }
  void set(FrameFlag flag) noexcept { flags_ = static_cast<std::uint16_t>(flags_ | flag); }
  void clear(FrameFlag flag) noexcept { flags_ = static_cast<std::uint16_t>(flags_ & ~flag); }
  void set_flags(std::uint16_t flags) noexcept { flags_ = flags; }

  [[nodiscard]] std::uint8_t port() const noexcept { return port_; }
  void set_port(std::uint8_t port) noexcept { port_ = port; }
  /// Of a received frame.
  [[nodiscard]] std::uint32_t rss_hash() const noexcept { return hash_or_behind_; }
  void set_rss_hash(std::uint32_t hash) noexcept { hash_or_behind_ = hash; }
  /// Not 0: the port cuts the text into segments of so many bytes, headers repeated (TSO).
  [[nodiscard]] std::uint16_t segment_size() const noexcept { return segment_size_; }
  void set_segment_size(std::uint16_t size) noexcept { segment_size_ = size; }
  /// Header lengths for a NIC that computes checksums; set by whoever sets a kTx flag.
  [[nodiscard]] std::uint8_t l2_length() const noexcept { return l2_length_; }
  [[nodiscard]] std::uint8_t l3_length() const noexcept { return l3_length_; }
  void set_header_lengths(std::uint8_t l2, std::uint8_t l3) noexcept {
    l2_length_ = l2;
    l3_length_ = l3;
  }

  [[nodiscard]] FramePool* pool() const noexcept { return pool_; }
  /// For pools and ports: so many bytes hang on the buffer.
  void set_behind(std::uint32_t bytes) noexcept {
    set(kTxChained);
    hash_or_behind_ = bytes;
  }
  /// For ports: what identifies the buffer to its pool (an rte_mbuf in the DPDK build).
  [[nodiscard]] void* handle() const noexcept { return handle_; }
  /// For ports: gives the buffer away without releasing it.
  [[nodiscard]] void* detach() noexcept {
    pool_ = nullptr;
    return std::exchange(handle_, nullptr);
  }
  /// Gives the buffer back now.
  void reset() noexcept {
    if (handle_ != nullptr) {
      void* const handle = std::exchange(handle_, nullptr);
      pool_->release(&handle, 1);
    }
  }

 private:
  void take(Frame& other) noexcept {
    pool_ = other.pool_;
    handle_ = std::exchange(other.handle_, nullptr);
    base_ = other.base_;
    hash_or_behind_ = other.hash_or_behind_;
    capacity_ = other.capacity_;
    offset_ = other.offset_;
    length_ = other.length_;
    flags_ = other.flags_;
    segment_size_ = other.segment_size_;
    port_ = other.port_;
    l2_length_ = other.l2_length_;
    l3_length_ = other.l3_length_;
  }

  FramePool* pool_ = nullptr;
  void* handle_ = nullptr;
  std::uint8_t* base_ = nullptr;
  std::uint32_t hash_or_behind_ = 0;
  std::uint32_t capacity_ = 0, offset_ = 0, length_ = 0;  // a reassembled packet reaches 64 KiB
  std::uint16_t flags_ = 0, segment_size_ = 0;
  std::uint8_t port_ = 0, l2_length_ = 0, l3_length_ = 0;
};
static_assert(sizeof(Frame) <= 48);

inline Frame FramePool::allocate() noexcept {
  Frame frame;
  (void)allocate(&frame, 1);
  return frame;
}

}  // namespace weir
