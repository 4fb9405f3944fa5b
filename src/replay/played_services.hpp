// Services that a replay plays: each does what the recording says that it did in life.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <tuple>

#include "pipeline/flight_recorder.hpp"
#include "pipeline/snapshot.hpp"
#include "service/service.hpp"

namespace weir {

/// Orders tuples, so that a map can be keyed by them.
struct FlightTupleOrder {
  bool operator()(const FlightTuple& a, const FlightTuple& b) const noexcept {
    return std::tie(a.remote.bytes, a.remote_port, a.local.bytes, a.local_port) <
           std::tie(b.remote.bytes, b.remote_port, b.local.bytes, b.local_port);
  }
};

/// What services did, in order, by connection: of one name there may be several, one after the
/// other, in a single burst; and the parts that are played from it. Lengths count, not content:
/// what is sent is taken from `text`, which outlives it and is as long as the longest answer.
class PlayedServices {
  using Deeds = std::deque<ServeFacts>;

 public:
  PlayedServices(const Snapshot& snapshot, std::span<const std::uint8_t> text)
      : snapshot_(snapshot), text_(text) {}

  /// A service's next deed for the last connection of that name.
  void add(const ServeFacts& facts) { deeds_[facts.tuple].back().push_back(facts); }
  /// There is a connection of that name, and only that one.
  void begin(const FlightTuple& tuple) { deeds_[tuple].assign(1, Deeds{}); }
  /// Another of that name is coming: when it is born(), what the one before still had to do is
  /// over.
  void expect(const FlightTuple& tuple) { deeds_[tuple].emplace_back(); }
  void born(const FlightTuple& tuple) noexcept;
  [[nodiscard]] bool knows(const FlightTuple& tuple) const { return deeds_.contains(tuple); }
  [[nodiscard]] std::unique_ptr<TcpService> make_service();
  /// Something that was done to a connection from outside.
  void act(Connection& connection, const ServeFacts& facts) noexcept;

  /// Until the next call it is this flow whose service is called.
  void serving(const Flow& flow) noexcept;

 private:
  friend class PlayedService;
  /// Once a call of the pipeline, whatever it tells the service.
  void play(Connection& connection) noexcept;
  [[nodiscard]] std::size_t consume(std::size_t text) noexcept;

  const Snapshot& snapshot_;
  std::span<const std::uint8_t> text_;
  std::map<FlightTuple, std::deque<Deeds>, FlightTupleOrder> deeds_;  // the first one's is alive
  ServeFacts now_;
  bool due_ = false;  // now_ has not been done
};

}  // namespace weir
