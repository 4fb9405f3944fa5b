// Parse: from a frame to the stage that it is for, or to its reason.
#include <algorithm>

#include "pipeline/pipeline.hpp"
#include "pipeline/snapshot_tables.hpp"
#include "wire/plain_ipv4.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kPrefetchAhead = 4;

// Buffers that connections may not pin: an eighth of the pool is for receiving.
constexpr std::uint32_t scarce_threshold(std::uint32_t capacity) noexcept { return capacity / 8; }

}  // namespace

Pipeline::Pipeline(PipelineParts parts)
    : snapshot_(&parts.snapshot),
      secrets_(parts.secrets),
      pool_(parts.pool),
      counters_(parts.counters),
      services_(std::move(parts.services)),
      fast_opens_(fast_open_places(parts.snapshot)),
      ownership_(parts.ownership),
      flight_({snapshot_, parts.secrets, flows_, ctx_, parts.neighbours, parts.counters, limits_,
               parts.ownership.self}),
      flows_(parts.snapshot.max_flows, parts.secrets.tuple),
      sources_(parts.snapshot.max_flows_per_source == 0 ? 0 : parts.snapshot.max_flows,
               parts.secrets.jitter),
      wheel_(parts.snapshot.max_flows, {&flows_.records()->armed, sizeof(Flow)}),
      cold_(parts.snapshot.max_flows),
      pieces_(std::max<std::uint32_t>(parts.pool.capacity(), parts.snapshot.max_flows) * 2),
      ranges_(std::max<std::uint32_t>(parts.pool.capacity(), parts.snapshot.max_flows) * 2),
      throttle_(parts.snapshot.max_flows, flows_.records()),
      tcp_settings_(parts.snapshot.tcp),
      ctx_{.secrets = parts.secrets,
           .settings = tcp_settings_,
           .cold = cold_,
           .pieces = pieces_,
           .ranges = ranges_,
           .pool = parts.pool,
           .throttle = throttle_,
           .mib = parts.counters.mib,
           .tuples = TupleHashes(parts.secrets.tuple),
           .lot = SplitMix64(siphash(parts.secrets.jitter, {parts.ownership.self})),
           .flows = flows_.records(),
           .listeners = &parts.snapshot.listeners},
      reassembler_(parts.secrets.jitter, parts.snapshot.reassembly_timeout),
      sender_(parts.neighbours, parts.counters, parts.pool,
              {parts.secrets.fragment_id, parts.ownership.self, parts.ownership.workers},
              parts.secrets.jitter),
      ready_(parts.snapshot.max_flows),
      woken_(parts.snapshot.max_flows),
      pressure_(parts.secrets.jitter.k0),
      accounts_(parts.snapshot.flow_accounts
                    ? std::size_t{parts.snapshot.max_flows} * sizeof(Account)
                    : 0),
      listener_ports_(ports_of_listeners(parts.snapshot)),
      strays_(parts.ownership.workers),
      scarce_below_(scarce_threshold(parts.pool.capacity())) {
  sender_.use(parts.snapshot);
  own_.learn(parts.snapshot.ports);
  settle_ports(listener_ports_, {});
  limits_.set(parts.snapshot.rst_limit, parts.snapshot.icmp_limit);
  counters_.make_histograms(parts.snapshot.services.size());
  bind_stands();
}

Pipeline::~Pipeline() {
  // Connections are ended by shut_down; this is for a pipeline that never got to it.
  for (FlowId id = 0; id < flows_.high_water(); ++id) {
    if (flows_[id].state != State::free) (void)tcp::discard_cold(flows_[id], ctx_);
  }
}

void Pipeline::count(const Outcome& outcome) noexcept {
  if (watched_ != nullptr) [[unlikely]]
    tell_watcher(outcome);
  switch (outcome.verdict) {
    case Verdict::answered:
      counters_.answered.add();
      if (outcome.has_reason) counters_.refused[index(outcome.reason)].add();
      break;
    case Verdict::delivered:
      counters_.delivered.add();
      break;
    case Verdict::consumed:
      counters_.consumed.add();
      break;
    case Verdict::forwarded:
      counters_.forwarded.add();
      break;
    case Verdict::held:
      counters_.held.add();
      break;
    case Verdict::dropped:
      counters_.dropped[index(outcome.reason)].add();
      note_dropped(outcome);
      break;
  }
}

// Out of the line of those that are not dropped, and not watched.
[[gnu::cold, gnu::noinline]] void Pipeline::tell_watcher(const Outcome& outcome) noexcept {
  *watched_ = outcome;
}

[[gnu::cold, gnu::noinline]] void Pipeline::note_dropped(const Outcome& outcome) noexcept {
  if (current_ != nullptr && *current_) refused_frames_.note(*current_, outcome, ctx_.now);
}

[[gnu::cold, gnu::noinline]] std::uint64_t Pipeline::note_refused(const Frame& frame,
                                                                  Drop reason) noexcept {
  return frame ? refused_frames_.note(frame, Outcome::refused(reason), ctx_.now) : 0;
}

void Pipeline::process(Burst& burst, Instant now) noexcept {
  ctx_.now = now;
  sender_.set_now(now);
  if (now - pool_checked_ >= 1ms) {  // asking a pool is a walk over all threads' caches
    pool_checked_ = now;
    ctx_.frames_scarce = pool_.available() < scarce_below_;
  }
  const std::uint32_t n = burst.size();
  for (std::uint32_t i = 0; i < std::min(n, kPrefetchAhead); ++i) {
    __builtin_prefetch(burst[i].bytes().data());
  }
  gathers_ = true;
  if (flight_) [[unlikely]]
    flight_.begin_burst(burst.frames());
  if (observer_ != nullptr || flight_) [[unlikely]] {
    receive_observed(burst);
  } else {
    for (std::uint32_t i = 0; i < n; ++i) {
      if (i + kPrefetchAhead < n) __builtin_prefetch(burst[i + kPrefetchAhead].bytes().data());
      receive(burst[i]);
    }
  }
  gathers_ = false;
  take_gathered();
  current_ = nullptr;
  if (flight_) [[unlikely]] {
    flight_.end_burst();
    watched_ = nullptr;
  }
  burst.clear();
}

void Pipeline::receive(Frame& frame) noexcept {
  counters_.received.add();
  current_ = &frame;
  const LocalPort& port = port_of(frame);
  Arrival& arrival = arrivals_[gathered_];
  // The straight line for what nearly all traffic consists of.
  if (port.vlan == 0 && parse_plain_ipv4(frame, port.info.mac, arrival.packet)) {
    if (const Refusal r = accept_destination(arrival.packet)) return drop(*r);
    return dispatch(arrival);
  }
  Link link;
  if (const Refusal r = parse_link(frame, link)) return drop(*r);
  if (link.vlan != port.vlan) return drop(Drop::eth_vlan_unknown);
  // Our own address as the source is no reason to refuse: net_tap gives its port and the kernel's
  // end of it the same one.
  if (!link.destination.is_group() && link.destination != port.info.mac) {
    return drop(Drop::eth_not_ours);
  }
  switch (link.ether_type) {
    case kEtherIpv4:
    case kEtherIpv6:
      return receive_ip(frame, link);
    case kEtherArp:
      return receive_arp(frame, link);
    default:
      return drop(Drop::eth_unknown_type);
  }
}

Refusal Pipeline::accept_destination(const Packet& packet) noexcept {
  using Role = LocalPort::Role;
  const LocalPort& port = port_of(*packet.frame);
  const Role from = own_.role_of_source(packet.frame->port(), port, packet.source);
  if (from == Role::ours || from == Role::broadcast) return Drop::ip_bad_source;
  const Role to = own_.role_of_destination(port, packet.destination);
  if (to == Role::ours) {
    // RFC 1122 §3.3.6: a unicast packet in a broadcast or multicast frame is not for us.
    if (packet.link.destination.is_group()) return Drop::ip_link_broadcast;
    return std::nullopt;
  }
  if (packet.destination.is_multicast() || to == Role::broadcast) {
    // Groups matter to ICMP alone (neighbour discovery, echo), which decides for itself.
    const bool icmp = packet.protocol == (packet.v6 ? kProtoIcmpv6 : kProtoIcmp);
    return icmp ? Refusal{} : Refusal{Drop::eth_group_not_ours};
  }
  return packet.link.destination.is_group() ? Drop::eth_group_not_ours : Drop::ip_not_ours;
}

void Pipeline::receive_ip(Frame& frame, const Link& link) noexcept {
  Packet packet;
  const Refusal bad = link.ether_type == kEtherIpv4 ? parse_ipv4(frame, link, packet)
                                                    : parse_ipv6(frame, link, packet);
  if (bad) return refuse(packet, *bad);
  if (const Refusal r = accept_destination(packet)) return drop(*r);
  if (packet.fragment.is_one) return receive_fragment(packet);
  Arrival& arrival = arrivals_[gathered_];
  arrival.packet = packet;
  dispatch(arrival);
}

void Pipeline::dispatch(Arrival& arrival) noexcept {
  const Packet& packet = arrival.packet;
  switch (packet.protocol) {
    case kProtoTcp:
      return receive_tcp(arrival);
    case kProtoUdp:
      return receive_udp(packet);
    case kProtoIcmp:
    case kProtoIcmpv6:
      if ((packet.protocol == kProtoIcmpv6) == packet.v6) return receive_icmp(packet);
      [[fallthrough]];
    default:
      break;
  }
  if (!packet.v6) {
    return refuse_with_icmp(packet, {kIcmpUnreachable, 2}, Drop::ip_limited,
                            Drop::ip_unknown_protocol);
  }
  if (packet.protocol == kProtoNone) return drop(Drop::ip_unknown_protocol);
  // RFC 4443 §3.4: unrecognised next header, the pointer at the byte that named it.
  refuse_with_icmp(packet, {kIcmpv6ParameterProblem, 1, packet.protocol_offset}, Drop::ip_limited,
                   Drop::ip_unknown_protocol);
}

// An IPv6 packet whose headers are wrong in a way that its sender is to be told of.
void Pipeline::refuse(const Packet& packet, Drop reason) noexcept {
  if (!packet.problem.is_one) return drop(reason);
  if (packet.destination.is_multicast()) {
    if (!packet.problem.even_to_group || port_of(*packet.frame).owns(packet.source)) {
      return drop(reason);
    }
  } else if (const Refusal r = accept_destination(packet)) {
    return drop(*r);
  }
  refuse_with_icmp(packet, {kIcmpv6ParameterProblem, packet.problem.code, packet.problem.pointer},
                   reason, reason);
}

void Pipeline::reply(Frame&& frame, std::uint8_t port, const Address& destination, Outcome outcome,
                     std::uint64_t noted) noexcept {
  Drop reason{};
  const auto fate = sender_.send_packet(std::move(frame), port, destination, true, reason);
  count_reply(fate, outcome, reason, noted);
}

void Pipeline::count_reply(Sender::Fate fate, const Outcome& outcome, Drop reason,
                           std::uint64_t noted) noexcept {
  switch (fate) {
    case Sender::Fate::sent:
      return count(outcome);
    case Sender::Fate::waits:
      if (noted != 0) refused_frames_.correct(noted, {Verdict::held, true, outcome.reason});
      return count(Outcome::of(Verdict::held));
    case Sender::Fate::dropped:
      return reply_lost(reason, noted);
  }
}

[[gnu::cold, gnu::noinline]] void Pipeline::reply_lost(Drop reason, std::uint64_t noted) noexcept {
  current_ = nullptr;  // its bytes are the reply's by now
  refused_frames_.correct(noted, Outcome::drop(reason));
  drop(reason);
}

// RFC 6437 §3: the same for all packets of a flow, unpredictable.
std::uint32_t Pipeline::flow_label(const FlowKey& tuple) noexcept {
  const std::uint64_t mark = ctx_.tuples.of(tuple).mark;
  return static_cast<std::uint32_t>(mark >> 32 ^ mark) & 0xfffff;
}

void Pipeline::stray_lost() noexcept {
  counters_.received.add();
  drop(Drop::handoff_full);
}

}  // namespace weir
