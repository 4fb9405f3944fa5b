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

/// What services did, in order, by connection; and the parts that are played from it. Lengths
/// count, not content: what is sent is taken from `text`, which outlives it and is as long as the
/// longest answer.
class PlayedServices {
 public:
  PlayedServices(const Snapshot& snapshot, std::span<const std::uint8_t> text)
      : snapshot_(snapshot), text_(text) {}

  /// A service's next deed for that connection.
  void add(const ServeFacts& facts) { deeds_[facts.tuple].push_back(facts); }
  /// There is a new connection of that name: what the one before it still had to do is over.
  void begin(const FlightTuple& tuple) { deeds_[tuple].clear(); }
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
  std::map<FlightTuple, std::deque<ServeFacts>, FlightTupleOrder> deeds_;
  ServeFacts now_;
  bool due_ = false;  // now_ has not been done
};

}  // namespace weir
