// The way out: next hop, neighbour, Ethernet header, transmit buffer; and the queue of those who
// wait.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "frame/burst.hpp"
#include "ip/asked_hops.hpp"
#include "ip/fragmenter.hpp"
#include "ip/neighbour_keeper.hpp"
#include "ip/neighbour_table.hpp"
#include "pipeline/counters.hpp"
#include "pipeline/snapshot.hpp"
#include "pipeline/tx_buffer.hpp"
#include "wire/emit.hpp"

namespace weir {

/// One per worker. Frames that wait for a neighbour are bounded in number; each next hop is asked
/// for at most once a second (RFC 1122 §2.3.2.1), and all together at most kMaxWaitingHops /
/// kMinWait times a second.
class Sender {
 public:
  /// Frames of a port's buffer that are kept free for the answers to the next burst.
  static constexpr std::uint32_t kRoomForReplies = 2 * kMaxBurst;
  static constexpr std::size_t kMaxWaitingHops = 128;
  static constexpr std::size_t kMaxWaitingFrames = 4;  // of one hop; RFC 1122 §2.3.2.2 wants one
  static constexpr unsigned kTries = 3;
  static constexpr Duration kRetry = 1s;
  static constexpr Duration kMinWait = 50ms;  // granted to each hop even when others want its place

  /// `key` hides which hops share a place in the memory of who was asked for.
  Sender(const NeighbourTable& neighbours, WorkerCounters& counters, FramePool& pool,
         const Identifications& identifications, const SipKey& key)
      : neighbours_(neighbours),
        counters_(counters),
        pool_(pool),
        identifications_(identifications),
        asked_(key) {}

  void use(const Snapshot& snapshot);
  void set_now(Instant now) noexcept { now_ = now; }

  [[nodiscard]] ChecksumOffload offload(std::uint8_t port) const noexcept {
    const PortOffloads& o = snapshot_->ports[port].info.offloads;
    return {o.tx_ipv4, o.tx_tcp, o.tx_udp};
  }
  /// The same for a packet with that frame as its text. What will be cut or copied on the way out
  /// has its checksums before.
  [[nodiscard]] ChecksumOffload offload(std::uint8_t port, const Frame& text) const noexcept {
    constexpr std::uint32_t kHeaders = 40 + 8;
    const bool as_it_is =
        text.pool()->can_leave() && text.size() + kHeaders <= snapshot_->ports[port].info.mtu;
    return as_it_is ? offload(port) : ChecksumOffload{};
  }
  [[nodiscard]] std::uint8_t link_length(std::uint8_t port) const noexcept {
    return snapshot_->ports[port].vlan == 0 ? 14 : 18;
  }

  /// How a reply to a received frame fared.
  enum class Fate : std::uint8_t { sent, waits, dropped };
  /// Sends `frame`, whose bytes are an IP packet to `destination`, by `port`; in fragments when it
  /// is longer than the port's MTU. With `owes` the frame
  /// stands for a received one: `waits` means that it is held and its verdict follows, and `reason`
  /// says why it was dropped.
  Fate send_packet(Frame&& frame, std::uint8_t port, const Address& destination, bool owes,
                   Drop& reason) noexcept;
  /// The same with a frame whose bytes are what follows the IP header, made with `offload`.
  Fate send_transport(Frame&& frame, std::uint8_t port, const IpHeader& ip, ChecksumOffload offload,
                      bool owes, Drop& reason) noexcept;
  /// Sends a frame whose bytes are all there, Ethernet header included.
  void send_frame(Frame&& frame, std::uint8_t port) noexcept;

  /// Frames whose neighbour has answered leave; those who waited too long end. Call once a round;
  /// does work only once a millisecond.
  void serve_waiting() noexcept;
  [[nodiscard]] const NeighbourTable& neighbours() const noexcept { return neighbours_; }
  /// Whether somebody waits: then a worker must not sleep long.
  [[nodiscard]] bool somebody_waits() const noexcept { return waiting_count_ != 0; }
  /// Drops all that waits, with its verdict: the worker stops.
  void abandon_waiting() noexcept;

  /// Whether a neighbour was asked lately whether it is still there.
  [[nodiscard]] bool doubts_somebody() const noexcept { return now_ < doubts_until_; }
  /// A connection to `peer` had something of ours acknowledged: the next hop on the way to it need
  /// not be doubted.
  void note_progress(const Address& peer, std::uint8_t port) noexcept;

  /// Asks where the next hop to `destination` is, though nothing waits for it.
  void inquire(const Address& destination, std::uint8_t port) noexcept;
  /// Duplicate address detection's question about an address of ours, and the news that it is in
  /// use.
  void probe_address(const Address& address, std::uint8_t port) noexcept;
  void announce_address(const Address& address, std::uint8_t port) noexcept;

  [[nodiscard]] TxBuffer& buffer(std::uint8_t port) noexcept { return buffers_[port]; }
  [[nodiscard]] std::size_t ports() const noexcept { return buffers_.size(); }
  /// All that waits for ports.
  [[nodiscard]] std::uint32_t frames_to_send() const noexcept;
  /// The least room of any port's buffer: what may be produced before the next flush.
  [[nodiscard]] std::uint32_t room() const noexcept;

  /// What the control thread is to hear; the caller sends it and clears it.
  [[nodiscard]] std::vector<NeighbourNews>& news() noexcept { return news_; }
  void tell(const NeighbourNews& item) noexcept {
    if (news_.size() < news_.capacity()) news_.push_back(item);
  }

 private:
  struct Waiting {
    bool used = false;
    Address hop;
    std::uint8_t port = 0;
    unsigned tries = 0;
    Instant since{}, next_try{};
    std::array<Frame, kMaxWaitingFrames> frames;
    std::uint32_t count = 0;
  };

  [[nodiscard]] std::uint64_t plain_way(const LocalPort& local,
                                        const Address& destination) const noexcept;
  [[nodiscard]] std::optional<NeighbourTable::Entry> neighbour(const Address& hop) noexcept;
  void ask(const Address& hop, std::uint8_t port, const Mac* known) noexcept;
  void send_neighbour_message(Frame&& frame, const Address& source, const Address& group,
                              std::uint8_t port) noexcept;
  void ask_v4(const Address& hop, std::uint8_t port, const Mac& to) noexcept;
  void ask_v6(const Address& hop, std::uint8_t port, const Mac* known) noexcept;
  void refresh(const NeighbourTable::Entry& entry, std::uint8_t port) noexcept;
  Fate wait(Frame&& frame, const Address& hop, std::uint8_t port, bool owes, Drop& reason) noexcept;
  [[nodiscard]] Refusal leave(Frame&& frame, std::uint8_t port, const Mac& to) noexcept;
  [[nodiscard]] Refusal leave_in_copies(const Frame& frame, std::uint8_t port,
                                        const Mac& to) noexcept;
  void leave_as_is(Frame&& frame, std::uint8_t port, const Mac& to) noexcept;
  [[nodiscard]] Waiting* make_room() noexcept;
  void try_again(Waiting& waiting) noexcept;
  void finish_waiting(Waiting& waiting, const Mac* mac) noexcept;

  const NeighbourTable& neighbours_;
  WorkerCounters& counters_;
  FramePool& pool_;
  Identifications identifications_;
  const Snapshot* snapshot_ = nullptr;
  Instant now_{}, served_{};
  std::vector<TxBuffer> buffers_;
  std::array<Waiting, kMaxWaitingHops> waiting_;
  std::size_t waiting_count_ = 0;
  Instant full_until_{};  // nobody can be shown out before
  AskedHops asked_;
  // Where the neighbours stood that were looked up last, by the last byte of their address. A place
  // is a guess: what stands there is compared.
  std::array<std::uint16_t, 256> places_{};
  // Which stale neighbours were asked for lately: direct-mapped, a collision only asks less.
  struct Refreshed {
    Address hop;
    Instant at{};
    bool confirmed = false;
  };
  std::array<Refreshed, 256> refreshed_;
  Instant doubts_until_{};
  std::vector<NeighbourNews> news_;
};

}  // namespace weir
