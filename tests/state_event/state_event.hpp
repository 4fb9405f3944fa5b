// What the files of this folder share: one event each, one test a state, both families.
//
// Every expectation is the RFC's: 9293 §3.10.7 and .8, 5961, 1337, 6191, 7323. IPv6 runs with the
// peer's sequence numbers across the wrap (row 86).
#pragma once

#include "support/peer.hpp"

namespace weir::test {

inline PeerSetup closed_port() {
  PeerSetup s;
  s.port = kClosedPort;
  return s;
}
/// The service acts when the test says so: peer.calls(...).
inline PeerSetup polling() {
  PeerSetup s;
  s.script = [](ScriptedService& service) { service.polls = true; };
  return s;
}
/// A SYN with everything that can be offered.
inline PeerSetup with_options() {
  PeerSetup s;
  s.syn = syn().mss(1460).ws(7).sack_ok().ts(7'000'000, 0);
  return s;
}
/// Further than any window from what is expected.
inline constexpr std::uint32_t kFar = 1U << 20;

}  // namespace weir::test
