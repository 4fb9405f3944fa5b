// Datagrams that are asked, answered and verified; and a flood of SYNs.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/split_mix.hpp"
#include "load/client.hpp"

namespace weir::load {

/// One datagram in flight a lane; lanes take the source ports by turns.
class DatagramClient final : public Actor {
 public:
  explicit DatagramClient(const Share& share);
  std::uint32_t act(Pipeline& pipeline, Instant now) noexcept override;
  [[nodiscard]] std::unique_ptr<UdpService> make_service();
  [[nodiscard]] const LoadCounters& counters() const noexcept { return counters_; }

 private:
  class Service;
  struct Lane {
    std::uint64_t id = 0;  ///< of the datagram in flight; the lane is id modulo their number
    Instant due{};
    bool waits = false;
  };
  struct Sent {
    std::uint64_t id;
    Instant at;
  };

  void heard(const Datagram& datagram) noexcept;
  void send(Pipeline& pipeline, Instant due, Instant now) noexcept;
  void set_free(Lane& lane) noexcept;
  void write(std::uint64_t id) noexcept;
  void give_up(Instant now) noexcept;

  const LoadPlan& plan_;
  Share share_;
  LoadCounters counters_;
  std::vector<Lane> lanes_;
  std::deque<std::uint32_t> free_;  // lanes, those that were answered first in front
  std::deque<Sent> sent_;           // oldest first, for what gets no answer
  Schedule schedule_;
  std::vector<std::uint8_t> text_, pattern_;
};

/// SYNs from random addresses of the sources.
class Flood final : public Actor {
 public:
  Flood(const Share& share, std::uint64_t seed);
  std::uint32_t act(Pipeline& pipeline, Instant now) noexcept override;
  [[nodiscard]] const LoadCounters& counters() const noexcept { return counters_; }

 private:
  [[nodiscard]] Address any_source() noexcept;

  const LoadPlan& plan_;
  Share share_;
  LoadCounters counters_;
  Schedule schedule_;
  SplitMix64 dice_;
};

}  // namespace weir::load
