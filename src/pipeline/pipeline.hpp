// The journey of a packet: parse → look up → advance → serve → emit, and transmit. One per worker.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "flow/flow_table.hpp"
#include "flow/source_counts.hpp"
#include "flow/timer_wheel.hpp"
#include "frame/burst.hpp"
#include "ip/reassembler.hpp"
#include "pipeline/echo_request.hpp"
#include "pipeline/flight_log.hpp"
#include "pipeline/flow_entry.hpp"
#include "pipeline/left_answers.hpp"
#include "pipeline/observer.hpp"
#include "pipeline/own_addresses.hpp"
#include "pipeline/parts.hpp"
#include "pipeline/pressure.hpp"
#include "pipeline/ready_list.hpp"
#include "pipeline/refused_frames.hpp"
#include "pipeline/reply_limits.hpp"
#include "pipeline/sender.hpp"
#include "tcp/connection.hpp"
#include "tcp/listen.hpp"
#include "tcp/transmit.hpp"
#include "wire/icmp.hpp"
#include "wire/nd.hpp"
#include "wire/udp_header.hpp"

namespace weir {

/// Driven by its worker's loop; knows no port, no clock and no thread. Each round: receive what has
/// come, run the timers, transmit, then hand `sender().buffer(p)` to port p.
class Pipeline {
 public:
  explicit Pipeline(PipelineParts parts);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Goes over to another snapshot, of which the last one's listeners and services are a part, by
  /// their numbers: connections know theirs by it. Ports, and what a table's size follows from, are
  /// the same. What is not needed any more is left in `next`. Between two rounds; allocates
  /// nothing.
  void adopt(Adoption& next) noexcept;

  /// Processes a burst: afterwards every frame of it is gone, answered, kept, or in strays().
  void process(Burst& burst, Instant now) noexcept;
  /// Runs what is due: flow timers, a bounded number, and replies that wait for a neighbour.
  /// Returns how many timers were looked at: while there are any, more may be due.
  std::uint32_t expire(Instant now) noexcept;
  /// Calls services with the connections that they woke, then sends what flows have to send, within
  /// a budget a round, in turns.
  void transmit(Instant now) noexcept;
  /// What transmit() made has been handed to the ports, and this is the time now: for how long
  /// requests took that were answered by it.
  void left_by(Instant now) noexcept { left_.record(counters_, now); }
  [[nodiscard]] bool has_answers_left() const noexcept { return !left_.empty(); }

  /// Opens a connection from the place of an active listener (`local`, its index) to a peer; the
  /// service of that listener hears of it as of any other, its failure by on_end. kNoFlow when the
  /// same connection exists, the address is not one host's (RFC 9293 MUST-46) or of the other
  /// family, or there is no room. The caller sees to it that this worker owns the tuple. `word` is
  /// what Connection::word() begins with. Between two rounds, on this worker's thread.
  FlowId connect(std::uint16_t local, const Address& remote, std::uint16_t remote_port, Instant now,
                 std::uint32_t word = 0) noexcept;
  /// Whether what a peer answers to that listener's place comes to this worker.
  [[nodiscard]] bool owns(std::uint16_t local, const Address& remote,
                          std::uint16_t remote_port) const noexcept;

  /// Sends a datagram from the place of a listener (`local`, its index); answers come to the
  /// service of that listener. False when it was not sent: no buffer, text beyond 65,507 bytes or
  /// a buffer, or an address of the other family. Between two rounds, on this worker's thread.
  bool send_datagram(std::uint16_t local, const Address& remote, std::uint16_t remote_port,
                     std::span<const std::uint8_t> text, Instant now) noexcept;
  /// Sends a segment that belongs to no connection, from any address: a load generator's flood.
  /// False without a buffer. Between two rounds, on this worker's thread.
  bool send_stray_segment(std::uint8_t port, TcpHeader&& header, const Address& source,
                          const Address& destination, Instant now) noexcept;

  /// Asks a host whether it is there (RFC 1122 §3.2.2.6, RFC 4443 §4.1). False without a buffer or
  /// a way. Between two rounds, on this worker's thread.
  bool send_echo_request(const EchoRequest& request, Instant now) noexcept;
  /// Replies with that identifier are wanted from now on, and consumed; 0: none are. Likewise.
  void expect_echo(std::uint16_t identifier) noexcept { expected_echo_ = identifier; }

  /// The flow of this tuple, or kNoFlow.
  [[nodiscard]] FlowId find(const FlowKey& tuple) const noexcept {
    return flows_.find(tuple, flows_.hash(tuple));
  }
  /// Calls `action` with a connection, outside of any event of it. Between two rounds, on this
  /// worker's thread; the flow exists.
  void call(FlowId id, const std::function<void(Connection&)>& action, Instant now) noexcept;
  /// Hands a message to a service. Between two rounds, on this worker's thread.
  void deliver(std::uint16_t service, const Message& message, Instant now) noexcept;
  /// TcpService::on_wake for a connection (its Connection::id()) that has not ended. Likewise.
  void tell_ready(FlowId id, Instant now) noexcept;

  /// Frames for other workers, found by process(): the worker hands them over and clears them.
  [[nodiscard]] Burst& strays(std::uint16_t worker) noexcept { return strays_[worker]; }
  /// A stray that its owner's ring did not take.
  void stray_lost() noexcept;

  /// Told by the worker what each of its queues brought: whoever calls process() without telling
  /// never refuses a connection for load.
  [[nodiscard]] Pressure& pressure() noexcept { return pressure_; }
  [[nodiscard]] Sender& sender() noexcept { return sender_; }
  /// Who watches from now on, or nullptr; it outlives its watch. Between two rounds. Whoever hands
  /// frames to ports tells it too.
  void observe(Observer* observer) noexcept { observer_ = observer; }
  [[nodiscard]] Observer* observer() const noexcept { return observer_; }
  /// Records into that one from now on, or into none; gives back the one before. Between two
  /// rounds, on this worker's thread.
  [[nodiscard]] std::unique_ptr<FlightRecorder> record_into(
      std::unique_ptr<FlightRecorder> next) noexcept {
    return flight_.exchange(std::move(next));
  }
  [[nodiscard]] FlightRecorder* recorder() const noexcept { return flight_.recorder(); }
  /// Goes on as a FlightKind::opening record says; of one that is not the `first`, only what was
  /// drawn anew there.
  void restore_opening(const FlightRecord& record, bool first) noexcept;
  /// Makes the connection of a FlightKind::flow record. `text` stands in for what it had queued and
  /// kept, and outlives it; it is as long as any of that. kNoFlow when there is such a connection
  /// already, no listener for it, no room, or the record is none of this build's.
  FlowId restore(const FlightRecord& record, std::span<const std::uint8_t> text,
                 Instant now) noexcept;
  /// The last frames that were refused. Between two rounds, on this worker's thread.
  [[nodiscard]] const RefusedFrames& refused_frames() const noexcept { return refused_frames_; }
  [[nodiscard]] const Snapshot& snapshot() const noexcept { return *snapshot_; }
  [[nodiscard]] std::size_t service_count() const noexcept { return services_.size(); }
  [[nodiscard]] ServiceObjects& service(std::size_t i) noexcept { return services_[i]; }
  /// When something wants to happen next, for a worker that would sleep; nothing: until a frame
  /// comes.
  [[nodiscard]] std::optional<Tick> next_due() const noexcept;
  [[nodiscard]] bool wants_to_transmit() const noexcept {
    return !ready_.empty() || !woken_.empty();
  }

  /// Copies up to `most` of the flows in slots [from, from + 1024); returns the next slot to ask
  /// for, or kNoFlow at the end.
  FlowId list_flows(FlowId from, std::vector<FlowEntry>& out, std::size_t most) noexcept;
  /// Marks the listeners of the flows in slots [from, from + 16384), TIME-WAIT included, in `used`,
  /// which has a place for each; returns as list_flows() does.
  FlowId mark_listeners(FlowId from, std::vector<bool>& used) const noexcept;
  /// Ends connections with an RST because the operator says so, those of `entries` that still are
  /// what they were. Between two rounds, on this worker's thread.
  EndedFlows end_flows(std::span<const FlowEntry> entries, Instant now) noexcept;
  [[nodiscard]] PipelineMemory memory() const noexcept;
  /// Ends every connection with an RST and whatever waits with its verdict: the worker stops. May
  /// be called again until flows are gone; the transmit buffers want flushing in between.
  bool shut_down(Instant now) noexcept;

 private:
  friend class ServiceStand;

  struct Account {  // what a listing wants to know and the flow's line has no room for
    std::uint32_t opened_ms = 0;
    Seq iss, irs;
  };

  /// nullptr when the operator does without.
  [[nodiscard]] Account* account_of(FlowId id) noexcept {
    return snapshot_->flow_accounts ? static_cast<Account*>(accounts_.data()) + id : nullptr;
  }

  /// A packet that is for us; a segment to a port that somebody listens on stays here until the
  /// whole burst's flows are looked up.
  struct Arrival {
    Packet packet;
    Segment seg;
    FlowKey tuple;
    TupleHash hash;
    FlowId guess = kNoFlow;  ///< perhaps its flow: FlowTable::candidate
  };

  // receive.cpp
  void receive(Frame& frame) noexcept;
  void receive_ip(Frame& frame, const Link& link) noexcept;
  void dispatch(Arrival& arrival) noexcept;
  void refuse(const Packet& packet, Drop reason) noexcept;
  [[nodiscard]] Refusal accept_destination(const Packet& packet) noexcept;
  void count(const Outcome& outcome) noexcept;
  void tell_watcher(const Outcome& outcome) noexcept;
  void note_dropped(const Outcome& outcome) noexcept;
  /// A frame that will be answered because it is refused, before the answer takes its bytes; what
  /// is returned tells count_reply() of it.
  [[nodiscard]] std::uint64_t note_refused(const Frame& frame, Drop reason) noexcept;
  void drop(Drop reason) noexcept { count(Outcome::drop(reason)); }
  /// Sends the reply that `frame` has become and counts the verdict of the frame that asked for it.
  void reply(Frame&& frame, std::uint8_t port, const Address& destination, Outcome outcome,
             std::uint64_t noted = 0) noexcept;
  void count_reply(Sender::Fate fate, const Outcome& outcome, Drop reason,
                   std::uint64_t noted = 0) noexcept;
  void reply_lost(Drop reason, std::uint64_t noted) noexcept;
  [[nodiscard]] std::uint32_t flow_label(const FlowKey& tuple) noexcept;
  [[nodiscard]] LocalPort const& port_of(const Frame& frame) const noexcept {
    return snapshot_->ports[frame.port()];
  }

  // observe.cpp
  void receive_observed(Burst& burst) noexcept;
  void observe(Frame& frame) noexcept;
  void take_observed(Observation& what) noexcept;

  /// The frame's verdict is written where the recorder wants it, if it does.
  void watch_for_recorder(const Frame& frame) noexcept {
    if (Outcome* const verdict = flight_.verdict_of(frame)) watched_ = verdict;
  }

  // checkpoint.cpp
  [[nodiscard]] bool restore_cold(Flow& flow, const FlightRecord& record,
                                  std::span<const std::uint8_t> text) noexcept;

  // fragment_stage.cpp
  void receive_fragment(Packet& packet) noexcept;
  void receive_whole(Frame&& whole, Frame& last) noexcept;
  void expire_fragments() noexcept;
  void report_timeout(Reassembler::Expired& expired) noexcept;
  void drop_held(std::uint32_t fragments, Drop reason) noexcept;

  // neighbour_stage.cpp
  void note_claim(const Address& address, const Mac& by, std::uint8_t port) noexcept;
  void receive_arp(Frame& frame, const Link& link) noexcept;
  void receive_neighbour(const Packet& packet, const IcmpHeader& icmp) noexcept;
  void answer_solicitation(const Packet& packet, const NeighbourMessage& message) noexcept;

  // ping.cpp
  void receive_echo_reply(const IcmpHeader& icmp) noexcept;

  // icmp_stage.cpp
  void receive_icmp(const Packet& packet) noexcept;
  void receive_icmp_error(const Packet& packet, const IcmpHeader& icmp) noexcept;
  void answer_echo(const Packet& packet, std::uint8_t reply_type) noexcept;
  struct IcmpError {
    std::uint8_t type, code;
    std::uint32_t rest = 0;
  };
  void refuse_with_icmp(const Packet& packet, IcmpError error, Drop limited, Drop reason) noexcept;
  [[nodiscard]] const Address* answering_address(const Packet& packet) const noexcept;

  // udp_stage.cpp
  class ServiceOutlet;
  void receive_udp(const Packet& packet) noexcept;
  void wake_udp_services() noexcept;

  // hand_over.cpp
  struct ReceivedTuple {  // as it stands in a frame from the peer
    Address source, destination;
    std::uint16_t source_port = 0, destination_port = 0;
  };
  /// Whether the frame went to the worker that owns its flow.
  [[nodiscard]] bool hand_over(const Packet& packet) noexcept;
  [[nodiscard]] bool hand_over(Frame& frame, const ReceivedTuple& tuple) noexcept;
  [[nodiscard]] bool hand_to(Frame& frame, std::uint16_t owner) noexcept;

  // tcp_stage.cpp
  void receive_tcp(Arrival& arrival) noexcept;
  [[nodiscard]] std::uint16_t listener_for(Transport transport, const Address& destination,
                                           std::uint16_t port) noexcept;
  void gather(Arrival& arrival) noexcept;
  void take_gathered() noexcept;
  /// `spare`: the arrival's frame, if an acknowledgement may leave in it at once; else nullptr.
  void take(Arrival& arrival, Frame* spare) noexcept;
  [[nodiscard]] FlowId find_older(Arrival& arrival) noexcept;
  void refuse_open(Arrival& arrival, std::uint16_t newest) noexcept;
  void reopen(Arrival& arrival, FlowId id, std::uint16_t newest) noexcept;
  void advance(Arrival& arrival, FlowId id, Frame* spare) noexcept;

  // tcp_open.cpp
  void listen(Arrival& arrival, const Seq* floor) noexcept;
  [[nodiscard]] tcp::ListenState listen_state(const Packet& packet, std::uint16_t service) noexcept;
  [[nodiscard]] FlowId make_flow(const FlowKey& tuple, std::uint64_t hash) noexcept;
  void free_flow(FlowId id) noexcept;

  // tcp_conclude.cpp
  void conclude(FlowId id, tcp::Outbox& out, State before, Frame* spare = nullptr) noexcept;
  void record_handshake(const Flow& flow) noexcept;
  void conclude_plain(FlowId id, const tcp::Outbox& out, Frame* spare) noexcept;
  void acknowledge(FlowId id, Frame* spare) noexcept;
  void fast_open_over(std::uint16_t service, const tcp::Outbox& out) noexcept;
  void count_states(const Flow& flow, State before, State after) noexcept;

  // tcp_send.cpp
  void answer_segment(const Arrival& arrival, tcp::Outbox& out) noexcept;
  void send_header(const Flow& flow, TcpHeader& header) noexcept;
  void send_segment(Frame&& frame, const Flow& flow, TcpHeader&& header,
                    bool ecn_capable = false) noexcept;
  [[nodiscard]] std::uint16_t service_of(const Flow& flow) const noexcept {
    return snapshot_->listeners[flow.local].service;
  }
  [[nodiscard]] const tcp::ServiceSettings& settings_of(const Flow& flow) const noexcept {
    return snapshot_->services[service_of(flow)].tcp;
  }
  [[nodiscard]] std::uint8_t port_for(const Flow& flow) const noexcept {
    return listener_ports_[flow.local];
  }

  // serve.cpp
  void serve(Flow& flow, tcp::Outbox& out, Frame* frame) noexcept;
  void serve_recorded(Flow& flow, tcp::Outbox& out, Frame* frame) noexcept;
  /// Whether the service has closed.
  bool serve_now(Flow& flow, tcp::Outbox& out, Frame* frame) noexcept;
  void serve_text(Flow& flow, TcpService& service, tcp::FlowConnection& connection,
                  tcp::Outbox& out, Frame* frame) noexcept;
  void serve_queue(Flow& flow, TcpService& service, tcp::FlowConnection& connection) noexcept;
  void after_calls(Flow& flow, TcpService& service, tcp::FlowConnection& connection,
                   tcp::Outbox& out) noexcept;
  template <class Action>
  void call_now(FlowId id, Action&& action) noexcept;
  void serve_woken() noexcept;

  // stand.cpp
  void bind_stands() noexcept;
  void tell_peer_closed(Flow& flow, TcpService& service, tcp::FlowConnection& connection) noexcept;

  // transmit.cpp
  [[nodiscard]] tcp::PortReach reach_of(const Flow& flow) const noexcept;
  [[nodiscard]] bool add_text(const Flow& flow, const tcp::Outgoing& segment,
                              const tcp::PortReach& reach, Frame& frame) noexcept;
  [[nodiscard]] std::uint32_t transmit_flow(FlowId id, std::uint32_t budget, Frame& spare) noexcept;
  void rearm(FlowId id) noexcept;
  void look_at_due(std::span<const FlowId> ids) noexcept;
  void flow_due(FlowId id) noexcept;
  void reset_flow(FlowId id, EndReason reason) noexcept;

  const Snapshot* snapshot_;
  const Secrets& secrets_;
  FramePool& pool_;
  WorkerCounters& counters_;
  std::vector<ServiceObjects> services_;
  std::vector<tcp::FastOpenPlaces> fast_opens_;  // by service
  Ownership ownership_;
  FlightLog flight_;
  FlowTable flows_;
  std::array<Arrival, kMaxBurst> arrivals_;  // of the burst that is being processed
  SipBurst tuples_;                          // theirs, for hashing, or of flows that end
  std::uint32_t gathered_ = 0;               // how many of them
  bool gathers_ = false;
  Observer* observer_ = nullptr;
  const Frame* current_ = nullptr;  // what is received at the moment, for whoever refuses it
  Outcome* watched_ = nullptr;      // where an observed frame's verdict is written
  SourceCounts sources_;
  TimerWheel wheel_;
  struct Ending {  // a connection whose TIME-WAIT is over, and where it stands
    FlowId id = kNoFlow;
    TupleHash hash;
  };
  std::array<Ending, TimerWheel::kRun> ending_;
  std::uint32_t endings_ = 0, next_ending_ = 0;
  tcp::ColdSlab cold_;
  tcp::PieceSlab pieces_;
  tcp::RangeSlab ranges_;
  tcp::Throttle throttle_;
  tcp::Settings tcp_settings_;  // the snapshot's
  tcp::Context ctx_;
  Reassembler reassembler_;  // before the sender, which may keep its frames
  Sender sender_;
  ReadyList ready_, woken_;  // woken_: their services want to be called with them
  LeftAnswers left_;
  Pressure pressure_;
  MappedMemory accounts_;  // of Account, one a flow, or empty
  OwnAddresses own_;
  std::array<std::uint16_t, 2> last_listener_{kNoListener, kNoListener};  // by transport
  std::vector<std::uint8_t> listener_ports_;  // by listener: the port that its address is on
  std::vector<Burst> strays_;
  ReplyLimits limits_;
  std::uint32_t scarce_below_;
  Instant pool_checked_{};
  std::uint16_t expected_echo_ = 0;
  std::optional<Tick> udp_due_;  // no UDP service wants to be woken before
  RefusedFrames refused_frames_;
};

}  // namespace weir
