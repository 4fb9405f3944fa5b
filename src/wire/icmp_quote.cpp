#include "wire/icmp_quote.hpp"

#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"
#include "wire/view.hpp"

namespace weir {
namespace {

// The first eight bytes of a TCP header (RFC 792).
struct TcpStart {
  Be16 source_port, destination_port;
  Be32 sequence_number;
};
static_assert(sizeof(TcpStart) == 8 && alignof(TcpStart) == 1);

bool read_start(std::span<std::uint8_t> l4, QuotedSegment& out) noexcept {
  const auto* tcp = view<TcpStart>(l4);
  if (tcp == nullptr) return false;
  out.source_port = tcp->source_port;
  out.destination_port = tcp->destination_port;
  out.seq = Seq(tcp->sequence_number);
  return true;
}

bool read_ipv4(std::span<std::uint8_t> quote, QuotedSegment& out) noexcept {
  const auto* ip = view<layout::Ipv4>(quote);
  if (ip == nullptr || ip->version() != 4 || ip->protocol != kProtoTcp) return false;
  const bool later_fragment = (ip->flags_offset & 0x1fffU) != 0;
  const std::size_t header = ip->header_length();
  if (later_fragment || header < sizeof *ip || header > quote.size()) return false;
  out.source = Address::v4(ip->source);
  out.destination = Address::v4(ip->destination);
  return read_start(quote.subspan(header), out);
}

bool read_ipv6(std::span<std::uint8_t> quote, QuotedSegment& out) noexcept {
  const auto* ip = view<layout::Ipv6>(quote);
  if (ip == nullptr || ip->version() != 6 || ip->next_header != kProtoTcp) return false;
  out.source.bytes = ip->source;
  out.destination.bytes = ip->destination;
  return read_start(quote.subspan(sizeof *ip), out);
}

}  // namespace

std::optional<QuotedSegment> read_quote(const IcmpHeader& error, bool v6) noexcept {
  constexpr std::size_t kWord = 4;  // what stands before the quote
  const std::span<std::uint8_t> quote = error.rest.subspan(kWord);
  QuotedSegment out;
  const bool sound = v6 ? read_ipv6(quote, out) : read_ipv4(quote, out);
  return sound ? std::optional(out) : std::nullopt;
}

}  // namespace weir
