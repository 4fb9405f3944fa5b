// The mind of the neighbour table: what to believe, when to doubt it, when to forget it.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "ip/neighbour_table.hpp"

namespace weir {

/// What a worker tells the control thread about neighbours; plain data that travels by ring.
struct NeighbourNews {
  enum class Kind : std::uint8_t {
    asked,     ///< the worker has sent a request or solicitation for `address`
    observed,  ///< the neighbour asked for us and said who it is (RFC 826; RFC 4861 §7.2.3)
    answered,  ///< an ARP reply or a neighbour advertisement
    progress,  ///< a connection by way of it has had something acknowledged since it was asked for
    claimed,   ///< somebody else has `address`, which is ours and not in use: for AddressKeeper
  };
  Address address;
  Mac mac;
  std::uint8_t port = 0;
  Kind kind = Kind::asked;
  bool override_flag = true;  ///< RFC 4861 §4.4; ARP replies override
};

/// Control thread only; no clock inside. Answers that nobody asked for do not create entries, so
/// that a stranger cannot fill the table or redirect what is not there yet.
class NeighbourKeeper {
 public:
  static constexpr Duration kReachableTime = 30s;  // RFC 4861 §10
  static constexpr Duration kAnswerTime = 4s;      // how long after a request an answer is welcome
  static constexpr unsigned kMaxUnanswered = 3;    // requests by which a stale entry is forgotten

  explicit NeighbourKeeper(NeighbourTable& table) : table_(table), facts_(NeighbourTable::kSlots) {}

  /// All that the workers have sent since the last call. Requests are looked at first: an answer
  /// may have come to another worker than the one that asked.
  void take(const std::vector<NeighbourNews>& news, Instant now);
  /// An entry of another table, to where it is looked for in this one: a free place or the
  /// oldest's.
  void restore(const NeighbourTable::Entry& entry, Instant now);
  /// Makes old entries stale; call it a few times a second.
  void age(Instant now);

 private:
  struct Facts {
    Instant confirmed{};
    unsigned unanswered = 0;
  };
  void note_request(const NeighbourNews& news, Instant now);
  void learn(const NeighbourNews& news, Instant now);
  void note_progress(const NeighbourNews& news, Instant now);
  void doubt(std::uint32_t slot);
  [[nodiscard]] std::uint32_t place_for(const Address& address) const noexcept;

  NeighbourTable& table_;
  std::vector<Facts> facts_;
  struct AddressHash {
    std::size_t operator()(const Address& a) const noexcept { return a.high() * 31 + a.low(); }
  };
  std::unordered_map<Address, Instant, AddressHash> asked_;  // bounded by kMostAsked
  static constexpr std::size_t kMostAsked = 4096;
};

}  // namespace weir
