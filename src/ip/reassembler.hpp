// Reassembly: fragments become the packet that they were (RFC 791 §3.2, RFC 8200 §4.5, RFC 5722).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/siphash.hpp"
#include "base/slab.hpp"
#include "frame/mapped_pool.hpp"
#include "ip/fragment_map.hpp"
#include "wire/packet.hpp"

namespace weir {

/// One per worker. A fragment's text is copied at once to its place in a buffer that has room for
/// the largest packet, so that no received buffer is pinned and no list of pieces grows. Everything
/// is bounded, and what no fragment has touched costs no memory:
///   datagrams that are incomplete, of all and of one source (the oldest makes way, so that a flood
///   cannot keep others out for longer than it takes to send one datagram),
///   bytes held, fragments of one datagram, and the time that it has.
/// A datagram that was refused leaves a mark until its time is over: fragments of it that come
/// later are refused like those before (RFC 5722 §4).
class Reassembler {
 public:
  static constexpr std::uint32_t kMostDatagrams = 256;
  static constexpr std::uint32_t kMostOfSource = 32;
  static constexpr std::uint32_t kMostFragments = 256;  // 65535 bytes in pieces of 256
  static constexpr std::uint32_t kMostBytes = 4 << 20;

  Reassembler(const SipKey& key, Duration timeout);
  ~Reassembler();
  Reassembler(const Reassembler&) = delete;
  Reassembler& operator=(const Reassembler&) = delete;

  /// What became of a fragment, and of those that waited.
  struct Added {
    enum class Kind : std::uint8_t { held, refused, complete } kind = Kind::held;
    Drop reason{};              ///< refused: why
    std::uint32_t ended = 0;    ///< fragments held until now whose datagram is complete or refused
    std::uint32_t evicted = 0;  ///< fragments of other datagrams that made way
    Frame whole;                ///< complete: the packet, from its Ethernet header on
  };
  /// Takes a copy of a fragment that check_fragment found sound.
  [[nodiscard]] Added add(const Packet& fragment, Instant now) noexcept;

  /// A datagram whose time is over.
  struct Expired {
    std::uint32_t fragments = 0;
    Frame frame;   ///< when the first fragment came: it, from its Ethernet header on
    Packet first;  ///< the same parsed, but for `frame`
  };
  /// The next one, or nothing. Refused datagrams are forgotten on the way.
  [[nodiscard]] std::optional<Expired> expire(Instant now) noexcept;
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;
  /// Forgets everything; returns how many fragments were held.
  std::uint32_t clear() noexcept;

  [[nodiscard]] std::uint32_t datagrams() const noexcept { return datagrams_.size(); }
  [[nodiscard]] std::uint32_t bytes() const noexcept { return bytes_; }

 private:
  /// RFC 791: source, destination, protocol, identification. RFC 8200 leaves out the protocol,
  /// which is 0 then. Link-local addresses mean something on one port only.
  struct Key {
    Address source, destination;
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0, port = 0;
    friend bool operator==(const Key&, const Key&) noexcept = default;
  };
  struct Datagram {
    Key key;
    std::uint32_t next = kNoId;                    // in its bucket, from young to old
    std::uint32_t older = kNoId, younger = kNoId;  // of all
    Instant due{};
    Frame frame;  // none: refused
    Drop reason{};
    std::uint32_t fragments = 0, bytes = 0;
    std::uint32_t total = 0;    // bytes; 0: the last fragment has not come
    std::uint32_t reaches = 0;  // the farthest end of any fragment
    Packet first;               // of the first fragment, once it has come
    bool has_first = false;
    FragmentMap map;
  };
  static constexpr std::uint32_t kBuckets = 256;

  [[nodiscard]] static Key key_of(const Packet& fragment) noexcept;
  [[nodiscard]] std::uint32_t& bucket_of(const Key& key) noexcept;
  [[nodiscard]] std::uint32_t find_or_make(const Key& key, Instant now, Added& added) noexcept;
  [[nodiscard]] Refusal place(Datagram& datagram, const Packet& fragment) noexcept;
  void make_way(std::uint32_t bytes, std::uint32_t but, Added& added) noexcept;
  [[nodiscard]] std::uint32_t refuse(Datagram& datagram, Drop reason) noexcept;
  std::uint32_t remove(std::uint32_t id) noexcept;

  SipKey key_;
  Duration timeout_;
  MappedPool pool_;
  Slab<Datagram> datagrams_;
  std::array<std::uint32_t, kBuckets> buckets_;  // by source alone: a walk counts its datagrams
  std::uint32_t oldest_ = kNoId, youngest_ = kNoId;
  std::uint32_t bytes_ = 0;
};

}  // namespace weir
