// Reading a TCP segment (RFC 9293 §3.1).
#include "wire/tcp.hpp"

#include "wire/tcp_header.hpp"
#include "wire/verify.hpp"
#include "wire/view.hpp"

namespace weir {

Refusal parse_tcp(const Packet& packet, Segment& out) noexcept {
  const std::span<const std::uint8_t> bytes = packet.l4();
  const auto* tcp = view<layout::Tcp>(bytes);
  if (tcp == nullptr) return Drop::tcp_truncated;
  const std::size_t header = tcp->header_length();
  if (header < sizeof *tcp || header > bytes.size()) return Drop::tcp_bad_offset;
  if (!transport_checksum_matches(packet, bytes)) return Drop::tcp_bad_checksum;
  // A segment from ourselves to ourselves never comes by wire (LAND).
  if (tcp->source_port == 0 || packet.source == packet.destination) return Drop::tcp_bad_source;

  out.source_port = tcp->source_port;
  out.destination_port = tcp->destination_port;
  out.seq = Seq(tcp->sequence_number);
  out.ack = Seq(tcp->acknowledgment_number);
  out.window = tcp->window;
  out.of_syn = false;
  out.flags = tcp->flags;
  out.traffic_class = packet.traffic_class;
  out.options.reset();
  out.options.read(bytes.subspan(sizeof *tcp, header - sizeof *tcp));
  out.text = bytes.subspan(header);
  out.frame = packet.frame;
  return std::nullopt;
}

}  // namespace weir
