// Our own addresses on their way into use: probed once, announced, or given up (RFC 4862, RFC
// 5227).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "ip/address_states.hpp"
#include "ip/neighbour_keeper.hpp"

namespace weir {

/// Control thread only; no clock inside. It decides, and says what a worker has to send.
class AddressKeeper {
 public:
  /// RFC 4862 §5.1, §5.4.2: DupAddrDetectTransmits is 1, RetransTimer a second.
  static constexpr Duration kProbeTime = 1s;

  struct Local {
    Address address;
    std::uint8_t port = 0;
    std::shared_ptr<AddressStates> states;
    std::size_t index = 0;  ///< in `states`
  };
  /// An address that is preferred already is only announced.
  void add(Local local) { entries_.push_back({std::move(local), Phase::fresh, {}}); }

  /// These from now on: those that were there before stay in their phase.
  void replace(const std::vector<Local>& locals);

  struct Task {
    enum class Kind : std::uint8_t { probe, announce } kind;
    Address address;
    std::uint8_t port;
  };
  /// What is to be sent now; call it a few times a second.
  [[nodiscard]] std::vector<Task> advance(Instant now);
  /// Somebody else claims an address of ours. Whether that ends its use: later claims change
  /// nothing.
  bool claimed(const NeighbourNews& claim);

 private:
  enum class Phase : std::uint8_t { fresh, probing, settled };
  struct Entry {
    Local local;
    Phase phase;
    Instant probed;
  };
  std::vector<Entry> entries_;
};

}  // namespace weir
