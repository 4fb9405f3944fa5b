// A replay has other keys than the life it repeats: frames that answer to numbers made with those
// keys are made to answer to the replay's.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "base/clock.hpp"
#include "base/secrets.hpp"
#include "flow/tuple_hash.hpp"
#include "pipeline/flight_records.hpp"
#include "pipeline/snapshot.hpp"
#include "replay/played_services.hpp"
#include "wire/packet.hpp"

namespace weir {

/// What our numbers in the replay are ahead of those in life, of one connection.
struct NumberShift {
  std::uint32_t seq = 0;         ///< added to what a peer acknowledges
  std::uint32_t timestamps = 0;  ///< added to what it echoes
};

/// By connection. No key of the recorded boot is needed, and none can be learnt from a recording:
/// it says of each connection what its own numbers were.
class StandIns {
 public:
  StandIns(const Snapshot& snapshot, const Secrets& secrets)
      : snapshot_(snapshot), secrets_(secrets) {}

  /// A connection that was open already: its numbers stay, its timestamps are of the new key.
  void restored(const FlowFacts& facts);
  /// A connection opens by one of the frames that come now.
  void opens(const BirthFacts& facts, Instant now) { births_[facts.tuple] = {facts, now, false}; }
  /// It did so in the replay, with those numbers.
  void opened(const BirthFacts& now);
  /// The burst is over.
  void end_burst() { births_.clear(); }

  /// Makes a received frame fit. `whole`: its bytes are as they came; else the text was left out,
  /// and the checksum is made to be as good or as bad as `life` says that it was.
  void adapt(Frame& frame, bool whole, const Outcome& life);

 private:
  struct Opening {
    BirthFacts facts;
    Instant now;
    bool answered = false;  // a segment with the cookie was seen
  };

  [[nodiscard]] TupleHash hash_of(const FlightTuple& tuple) const;
  /// Whether it changed anything.
  bool shift_numbers(const Packet& packet);
  /// The same with the segment of ours that an ICMP error quotes.
  bool shift_quote(const Packet& packet) const;
  void answer_cookie(const Opening& opening, std::span<const std::uint8_t> segment,
                     NumberShift& shift) const;

  const Snapshot& snapshot_;
  const Secrets& secrets_;
  std::map<FlightTuple, NumberShift, FlightTupleOrder> shifts_;
  std::map<FlightTuple, Opening, FlightTupleOrder> births_;
};

}  // namespace weir
