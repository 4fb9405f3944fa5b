// Finding the datagram, placing the fragment, and making the packet whole.
#include "ip/reassembler.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kMostPacket = 65535;
// Before the text: Ethernet header with a tag, and IP header with all that it may carry.
constexpr std::uint32_t kTextAt = 640;
static_assert(kTextAt >= 18 + sizeof(layout::Ipv6) + 512);
constexpr std::uint32_t kDataRoom = kTextAt + 65536;
// More buffers than datagrams: replies that wait for their next hop may keep one for a while.
constexpr std::uint32_t kBuffers = Reassembler::kMostDatagrams + 64;

std::uint8_t* text_of(Frame& frame) noexcept {
  frame.place(kTextAt, 0);
  return frame.bytes().data();
}

// The first fragment's headers, directly before the text.
void copy_headers(Frame& frame, const Packet& first) noexcept {
  std::memcpy(text_of(frame) - first.l4_offset, first.frame->bytes().data(), first.l4_offset);
}

// The headers of a whole packet instead of those of a first fragment. False: it would be too long.
bool make_whole(Frame& frame, const Packet& first, std::uint32_t text) noexcept {
  std::uint8_t* const at = text_of(frame);
  std::uint32_t headers = first.l4_offset;
  if (first.v6) {
    constexpr std::uint32_t kGone = sizeof(layout::Ipv6Extension);
    std::memmove(at - headers + kGone, at - headers, headers - kGone);
    headers -= kGone;
  }
  const std::uint32_t ip_header = headers - first.l3_offset;
  constexpr std::uint32_t kUncounted = sizeof(layout::Ipv6);
  const std::uint32_t counted = text + ip_header - (first.v6 ? kUncounted : 0);
  if (counted > kMostPacket) return false;
  frame.place(kTextAt - headers, headers + text);
  std::uint8_t* const ip = frame.bytes().data() + first.l3_offset;
  if (first.v6) {
    layout_at<layout::Ipv6>(ip).payload_length = static_cast<std::uint16_t>(counted);
    ip[first.fragment.named_at] = first.protocol;
    return true;
  }
  auto& header = layout_at<layout::Ipv4>(ip);
  header.total_length = static_cast<std::uint16_t>(counted);
  header.flags_offset = std::uint16_t{0};
  header.header_checksum = std::uint16_t{0};
  header.header_checksum = internet_checksum({ip, ip_header});
  return true;
}

}  // namespace

Reassembler::Reassembler(const SipKey& key, Duration timeout)
    : key_(key),
      timeout_(timeout),
      pool_(kBuffers, kDataRoom, kTextAt),
      datagrams_(kMostDatagrams) {
  buckets_.fill(kNoId);
}

Reassembler::~Reassembler() { (void)clear(); }

Reassembler::Key Reassembler::key_of(const Packet& fragment) noexcept {
  return {fragment.source, fragment.destination, fragment.fragment.identification,
          fragment.v6 ? std::uint8_t{0} : fragment.protocol, fragment.frame->port()};
}

std::uint32_t& Reassembler::bucket_of(const Key& key) noexcept {
  return buckets_[siphash(key_, {key.source.high(), key.source.low()}) % kBuckets];
}

Reassembler::Added Reassembler::add(const Packet& fragment, Instant now) noexcept {
  Added added;
  const std::uint32_t id = find_or_make(key_of(fragment), now, added);
  if (id == kNoId) {
    added.kind = Added::Kind::refused;
    added.reason = Drop::ip_fragment_no_room;
    return added;
  }
  Datagram& datagram = datagrams_[id];
  if (const Refusal refusal = place(datagram, fragment)) {
    added.kind = Added::Kind::refused;
    added.reason = *refusal;
    if (*refusal != Drop::ip_fragment_duplicate) added.ended = refuse(datagram, *refusal);
    return added;
  }
  make_way(fragment.l4_length, id, added);
  datagram.bytes += fragment.l4_length;
  bytes_ += fragment.l4_length;
  if (datagram.total == 0 || datagram.bytes != datagram.total) {
    ++datagram.fragments;
    return added;
  }
  // Nothing overlaps, so that all is there when the lengths add up.
  added.kind = Added::Kind::complete;
  if (!make_whole(datagram.frame, datagram.first, datagram.total)) {
    added.kind = Added::Kind::refused;
    added.reason = Drop::ip_fragment_too_long;
    added.ended = refuse(datagram, added.reason);
    return added;
  }
  added.whole = std::move(datagram.frame);
  added.whole.set_flags(kReassembled);
  added.whole.set_port(datagram.key.port);
  added.ended = remove(id);
  return added;
}

std::uint32_t Reassembler::find_or_make(const Key& key, Instant now, Added& added) noexcept {
  std::uint32_t& bucket = bucket_of(key);
  std::uint32_t of_source = 0, oldest_of_source = kNoId;
  for (std::uint32_t id = bucket; id != kNoId; id = datagrams_[id].next) {
    const Datagram& datagram = datagrams_[id];
    if (datagram.key == key) return id;
    if (datagram.key.source != key.source) continue;
    ++of_source;
    oldest_of_source = id;
  }
  if (of_source >= kMostOfSource) {
    added.evicted += remove(oldest_of_source);
  } else if (datagrams_.size() == kMostDatagrams) {
    added.evicted += remove(oldest_);
  }
  Frame frame = pool_.pool().allocate();
  if (!frame) return kNoId;
  const std::uint32_t id = datagrams_.make();
  Datagram& datagram = datagrams_[id];
  datagram.key = key;
  datagram.frame = std::move(frame);
  datagram.due = now + timeout_;
  datagram.next = bucket;
  bucket = id;
  datagram.older = youngest_;
  (youngest_ == kNoId ? oldest_ : datagrams_[youngest_].younger) = id;
  youngest_ = id;
  return id;
}

// The text goes where it belongs, or there is a reason why the whole datagram is refused.
Refusal Reassembler::place(Datagram& datagram, const Packet& fragment) noexcept {
  if (!datagram.frame) return datagram.reason;
  const Fragment& f = fragment.fragment;
  const std::uint32_t end = std::uint32_t{f.offset} + fragment.l4_length;
  const bool beyond_the_end = datagram.total != 0 && (end > datagram.total || !f.more) &&
                              !(end == datagram.total && !f.more);
  if (beyond_the_end || (!f.more && end < datagram.reaches)) return Drop::ip_fragment_overlap;
  std::uint8_t* const text = text_of(datagram.frame) + f.offset;
  const auto piece = fragment.l4();
  switch (datagram.map.add(f.offset / FragmentMap::kUnit,
                           (end + FragmentMap::kUnit - 1) / FragmentMap::kUnit)) {
    case FragmentMap::Fit::fresh:
      break;
    case FragmentMap::Fit::duplicate:
      return std::memcmp(text, piece.data(), piece.size()) == 0 ? Drop::ip_fragment_duplicate
                                                                : Drop::ip_fragment_overlap;
    case FragmentMap::Fit::overlap:
      return Drop::ip_fragment_overlap;
  }
  if (datagram.fragments == kMostFragments) return Drop::ip_fragment_too_many;
  std::memcpy(text, piece.data(), piece.size());
  datagram.reaches = std::max(datagram.reaches, end);
  if (!f.more) datagram.total = end;
  if (f.offset == 0) {
    copy_headers(datagram.frame, fragment);
    datagram.first = fragment;
    datagram.first.frame = nullptr;
    datagram.has_first = true;
  }
  return std::nullopt;
}

void Reassembler::make_way(std::uint32_t bytes, std::uint32_t but, Added& added) noexcept {
  static_assert(kMostBytes > 2 * 65536);  // more than one datagram can hold: there is another
  while (bytes_ + bytes > kMostBytes) {
    added.evicted += remove(oldest_ == but ? datagrams_[but].younger : oldest_);
  }
}

std::uint32_t Reassembler::refuse(Datagram& datagram, Drop reason) noexcept {
  datagram.frame.reset();
  datagram.reason = reason;
  bytes_ -= datagram.bytes;
  datagram.bytes = 0;
  return std::exchange(datagram.fragments, 0);
}

std::uint32_t Reassembler::remove(std::uint32_t id) noexcept {
  Datagram& datagram = datagrams_[id];
  std::uint32_t* link = &bucket_of(datagram.key);
  while (*link != id) link = &datagrams_[*link].next;
  *link = datagram.next;
  (datagram.older == kNoId ? oldest_ : datagrams_[datagram.older].younger) = datagram.younger;
  (datagram.younger == kNoId ? youngest_ : datagrams_[datagram.younger].older) = datagram.older;
  bytes_ -= datagram.bytes;
  const std::uint32_t fragments = datagram.fragments;
  datagrams_.destroy(id);
  return fragments;
}

std::optional<Reassembler::Expired> Reassembler::expire(Instant now) noexcept {
  while (oldest_ != kNoId && datagrams_[oldest_].due <= now) {
    Datagram& datagram = datagrams_[oldest_];
    Expired expired;
    if (datagram.frame && datagram.has_first) {
      expired.first = datagram.first;
      expired.frame = std::move(datagram.frame);
      expired.frame.place(kTextAt - expired.first.l4_offset,
                          std::uint32_t{expired.first.l4_offset} + expired.first.l4_length);
      expired.frame.set_port(datagram.key.port);
    }
    expired.fragments = remove(oldest_);
    if (expired.fragments != 0) return expired;
  }
  return std::nullopt;
}

std::optional<Instant> Reassembler::next_due() const noexcept {
  if (oldest_ == kNoId) return std::nullopt;
  return datagrams_[oldest_].due;
}

std::uint32_t Reassembler::clear() noexcept {
  std::uint32_t fragments = 0;
  while (oldest_ != kNoId) fragments += remove(oldest_);
  return fragments;
}

}  // namespace weir
