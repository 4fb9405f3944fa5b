#include "replay/stand_ins.hpp"

#include <algorithm>

#include "tcp/fast_open.hpp"
#include "tcp/isn.hpp"
#include "tcp/syn_cookie.hpp"
#include "wire/checksum.hpp"
#include "wire/icmp.hpp"
#include "wire/icmp_quote.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kCookieBits = 0x1f;  // of a TSval: what a SYN cookie keeps there

// Options as they stand in a segment (RFC 9293 §3.2).
enum OptionKind : std::uint8_t {
  kEndOfOptions = 0,
  kNoOperation = 1,
  kSack = 5,
  kTimestamps = 8,
  kFastOpen = 34,
};

/// Calls see(kind, value) for each option that is whole.
template <class See>
void walk_options(std::span<std::uint8_t> options, See&& see) {
  while (!options.empty() && options[0] != kEndOfOptions) {
    if (options[0] == kNoOperation) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2 || options[1] < 2 || options[1] > options.size()) return;
    see(options[0], options.subspan(2, options[1] - 2U));
    options = options.subspan(options[1]);
  }
}

void add_to(std::span<std::uint8_t> word, std::uint32_t n) {
  auto& value = layout_at<Be32>(word.data());
  value = value.get() + n;
}

void put_cookie(std::span<std::uint8_t> value, std::uint64_t cookie) {
  if (value.size() != sizeof cookie) return;
  layout_at<BigEndian<std::uint64_t>>(value.data()) = cookie;
}

/// Where a transport's checksum stands, and what it covers.
struct Checksummed {
  Be16* field = nullptr;  // none: nothing to mend
  std::span<std::uint8_t> covered;
  bool pseudo_header = true;
  bool was_bad = false;
};

Checksummed checksum_of(const Packet& packet, const Outcome& life) {
  const auto l4 = packet.l4();
  const auto field = [&l4](std::size_t at) { return &layout_at<Be16>(l4.data() + at); };
  const auto said = [&life](Drop reason) { return life.has_reason && life.reason == reason; };
  switch (packet.protocol) {
    case kProtoTcp:
      if (l4.size() < sizeof(layout::Tcp)) return {};
      return {field(16), l4, true, said(Drop::tcp_bad_checksum)};
    case kProtoUdp: {
      if (l4.size() < sizeof(layout::Udp)) return {};
      const std::size_t length = view<layout::Udp>(l4)->length;
      if (length < sizeof(layout::Udp) || length > l4.size() || *field(6) == 0) return {};
      return {field(6), l4.first(length), true, said(Drop::udp_bad_checksum)};
    }
    case kProtoIcmp:
    case kProtoIcmpv6:
      if (l4.size() < sizeof(layout::Icmp)) return {};
      return {field(2), l4, packet.v6, said(Drop::icmp_bad_checksum)};
    default:
      return {};
  }
}

void mend_checksum(const Packet& packet, const Outcome& life) {
  const Checksummed c = checksum_of(packet, life);
  if (c.field == nullptr) return;
  *c.field = 0;
  InternetSum sum;
  if (c.pseudo_header) {
    sum = pseudo_header_sum(packet.source, packet.destination, packet.protocol,
                            static_cast<std::uint32_t>(c.covered.size()));
  }
  std::uint16_t checksum = sum.add(c.covered).checksum();
  // RFC 768: zero would say that there is none.
  if (packet.protocol == kProtoUdp && checksum == 0) checksum = 0xffff;
  *c.field = c.was_bad ? static_cast<std::uint16_t>(checksum ^ 0x5555U) : checksum;
}

}  // namespace

TupleHash StandIns::hash_of(const FlightTuple& tuple) const {
  const std::uint16_t local =
      snapshot_.listeners.find(Transport::tcp, tuple.local, tuple.local_port);
  return tuple_hash(secrets_.tuple, {tuple.remote, tuple.remote_port, local});
}

void StandIns::restored(const FlowFacts& facts) {
  shifts_[facts.tuple] = {0, tcp::timestamp_offset(hash_of(facts.tuple)) - facts.ts_offset};
}

void StandIns::opened(const BirthFacts& now) {
  const auto birth = births_.find(now.tuple);
  if (birth == births_.end() || birth->second.facts.how == Birth::cookie) return;
  const BirthFacts& life = birth->second.facts;
  shifts_[now.tuple] = {now.iss.value() - life.iss.value(), now.ts_offset - life.ts_offset};
}

// The ACK of a SYN-ACK that was a cookie, of which nothing was kept: this is what the replay would
// have sent.
void StandIns::answer_cookie(const Opening& opening, std::span<const std::uint8_t> segment,
                             NumberShift& shift) const {
  const auto& header = *view<layout::Tcp>(segment);
  const TupleHash hash = hash_of(opening.facts.tuple);
  const Seq irs = Seq(header.sequence_number) - 1;
  const Seq cookie = tcp::make_cookie(secrets_, hash, irs, opening.facts.mss, opening.now);
  shift.seq = cookie.value() + 1 - header.acknowledgment_number;
  shift.timestamps = tcp::timestamp_offset(hash) - opening.facts.ts_offset;
}

bool StandIns::shift_numbers(const Packet& packet) {
  const auto l4 = packet.l4();
  const auto* const header = view<layout::Tcp>(l4);
  if (header == nullptr) return false;
  const std::size_t length = header->header_length();
  if (length < sizeof(layout::Tcp) || length > l4.size()) return false;
  const FlightTuple name{packet.destination, packet.source, header->destination_port,
                         header->source_port};
  const auto birth = births_.find(name);
  const bool opens = birth != births_.end();
  const bool syn = (header->flags & kSyn) != 0;
  const auto options = l4.subspan(sizeof(layout::Tcp), length - sizeof(layout::Tcp));
  if (opens && syn && birth->second.facts.how == Birth::fast_open) {
    const std::uint64_t cookie =
        tcp::fast_open_cookie(secrets_, packet.source, tcp::fast_open_period(birth->second.now));
    walk_options(options, [cookie](std::uint8_t kind, std::span<std::uint8_t> value) {
      if (kind == kFastOpen) put_cookie(value, cookie);
    });
    return true;
  }
  if ((header->flags & kAck) == 0) return false;
  // The first such segment is the one that carried the cookie.
  const bool answers_cookie =
      opens && !syn && birth->second.facts.how == Birth::cookie && !birth->second.answered;
  if (answers_cookie) {
    answer_cookie(birth->second, l4, shifts_[name]);
    birth->second.answered = true;
  }
  const auto found = shifts_.find(name);
  if (found == shifts_.end()) return false;
  const NumberShift shift = found->second;
  add_to(l4.subspan(8, 4), shift.seq);
  walk_options(options, [&](std::uint8_t kind, std::span<std::uint8_t> value) {
    if (kind == kSack) {
      for (std::size_t at = 0; at + 4 <= value.size(); at += 4) {
        add_to(value.subspan(at, 4), shift.seq);
      }
    }
    if (kind == kTimestamps && value.size() == 8) {
      const std::uint32_t echo = layout_at<Be32>(value.data() + 4);
      std::uint32_t shifted = echo + shift.timestamps;
      if (answers_cookie) shifted = (shifted & ~kCookieBits) | (echo & kCookieBits);
      layout_at<Be32>(value.data() + 4) = shifted;
    }
  });
  return true;
}

bool StandIns::shift_quote(const Packet& packet) const {
  const auto l4 = packet.l4();
  if (l4.size() <= sizeof(layout::Icmp)) return false;
  IcmpHeader error;
  error.type = l4[0];
  error.rest = l4.subspan(4);
  const auto quoted = read_quote(error, packet.v6);
  if (!quoted) return false;
  const auto found = shifts_.find(
      {quoted->source, quoted->destination, quoted->source_port, quoted->destination_port});
  if (found == shifts_.end() || found->second.seq == 0) return false;
  const std::size_t ip = packet.v6 ? 40 : (l4[sizeof(layout::Icmp)] & 0xfU) * 4;
  add_to(l4.subspan(sizeof(layout::Icmp) + ip + 4, 4), found->second.seq);
  return true;
}

void StandIns::adapt(Frame& frame, bool whole, const Outcome& life) {
  Link link;
  Packet packet;
  if (parse_link(frame, link)) return;
  const bool v6 = link.ether_type == kEtherIpv6;
  if (!v6 && link.ether_type != kEtherIpv4) return;
  if (v6 ? parse_ipv6(frame, link, packet) : parse_ipv4(frame, link, packet)) return;
  if (packet.fragment.is_one) return;
  const bool icmp = packet.protocol == kProtoIcmp || packet.protocol == kProtoIcmpv6;
  const bool changed =
      (packet.protocol == kProtoTcp && shift_numbers(packet)) || (icmp && shift_quote(packet));
  if (changed || !whole) mend_checksum(packet, life);
}

}  // namespace weir
