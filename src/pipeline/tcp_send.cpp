// Segments of ours on their way to the sender.
#include "pipeline/pipeline.hpp"

namespace weir {

void Pipeline::answer_segment(const Arrival& arrival, tcp::Outbox& out) noexcept {
  if (!out.has_reply) return count(out.outcome);
  const Packet& packet = arrival.packet;
  TcpHeader& header = out.reply;
  const bool rst = (header.flags & kRst) != 0;
  if (rst && out.outcome.has_reason && !limits_.rst.take(ctx_.now)) {
    return drop(out.outcome.reason);
  }
  std::uint64_t noted = 0;
  if (out.outcome.has_reason) noted = note_refused(*packet.frame, out.outcome.reason);
  const std::uint8_t port = packet.frame->port();
  Frame fresh;
  if (!*packet.frame) fresh = pool_.allocate();
  Frame& frame = *packet.frame ? *packet.frame : fresh;
  if (!frame) return drop(Drop::frames_exhausted);
  frame.set_flags(0);
  frame.place(kHeaderRoom, 0);
  header.source_port = arrival.seg.destination_port;
  header.destination_port = arrival.seg.source_port;
  IpHeader ip;
  ip.source = packet.destination;
  ip.destination = packet.source;
  ip.protocol = kProtoTcp;
  ip.ttl = snapshot_->ttl;
  if (packet.v6) ip.flow_label = flow_label(arrival.tuple);
  counters_.mib.add(Mib::TcpOutSegs);
  if (rst) counters_.mib.add(Mib::TcpOutRsts);
  Drop reason{};
  const ChecksumOffload offload = sender_.offload(port);
  prepend_tcp(frame, header, ip, offload);
  const auto fate = sender_.send_transport(std::move(frame), port, ip, offload, true, reason);
  count_reply(fate, out.outcome, reason, noted);
}

void Pipeline::send_segment(Frame&& frame, const Flow& flow, TcpHeader&& header,
                            bool ecn_capable) noexcept {
  const Listener& local = snapshot_->listeners[flow.local];
  const std::uint8_t port = port_for(flow);
  header.source_port = local.port;
  header.destination_port = flow.remote_port;
  IpHeader ip;
  ip.source = local.address;
  ip.destination = flow.remote;
  ip.protocol = kProtoTcp;
  ip.ttl = snapshot_->ttl;
  if (ecn_capable) ip.traffic_class = 2;  // ECT(0)
  if (!flow.remote.is_v4()) {
    ip.flow_label = flow_label(key_of(flow));
  }
  counters_.mib.add(Mib::TcpOutSegs);
  if ((header.flags & kRst) != 0) counters_.mib.add(Mib::TcpOutRsts);
  Drop reason{};
  const ChecksumOffload offload = sender_.offload(port);
  prepend_tcp(frame, header, ip, offload);
  (void)sender_.send_transport(std::move(frame), port, ip, offload, false, reason);
}

bool Pipeline::send_stray_segment(std::uint8_t port, TcpHeader&& header, const Address& source,
                                  const Address& destination, Instant now) noexcept {
  sender_.set_now(now);
  Frame frame = pool_.allocate();
  if (!frame) return counters_.mib.add(Mib::TxNoFrames), false;
  frame.place(kHeaderRoom, 0);
  IpHeader ip;
  ip.source = source;
  ip.destination = destination;
  ip.protocol = kProtoTcp;
  ip.ttl = snapshot_->ttl;
  counters_.mib.add(Mib::TcpOutSegs);
  Drop reason{};
  const ChecksumOffload offload = sender_.offload(port);
  prepend_tcp(frame, header, ip, offload);
  return sender_.send_transport(std::move(frame), port, ip, offload, false, reason) !=
         Sender::Fate::dropped;
}

void Pipeline::send_header(const Flow& flow, TcpHeader& header) noexcept {
  Frame frame = pool_.allocate();
  if (!frame) return counters_.mib.add(Mib::TxNoFrames);
  frame.place(kHeaderRoom, 0);
  send_segment(std::move(frame), flow, std::move(header));
}

}  // namespace weir
