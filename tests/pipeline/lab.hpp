// A stack that remembers, for the table of all reasons, what was provoked on it.
#pragma once

#include <set>

#include "support/stack.hpp"

namespace weir::test {

/// Every reason that a test of this executable has provoked so far, dropped or refused.
inline std::set<Drop>& provoked() {
  static std::set<Drop> all;
  return all;
}

/// As its base, the tear-down checks that all adds up and that no frame is missing.
class Lab : public Stack {
 public:
  Lab() : Lab([](Config&) {}) {}
  explicit Lab(const std::function<void(Config&)>& change) : Stack(changed(change)) {}
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;
  ~Lab() {
    shut_down();
    for (std::size_t i = 0; i < kDropCount; ++i) {
      const auto drop = static_cast<Drop>(i);
      if (dropped(drop) + refused(drop) != 0) provoked().insert(drop);
    }
  }

  /// The one frame by which `frame` is answered at once.
  Sent answer_to(const Octets& frame) {
    sent().clear();
    const std::uint64_t before = counters().answered.get();
    receive(frame);
    EXPECT_EQ(counters().answered.get(), before + 1);
    return only();
  }
  /// The one frame that left since anybody looked.
  Sent only() {
    EXPECT_EQ(sent().size(), 1U);
    if (sent().empty()) return {};
    Sent first = sent().front();
    sent().clear();
    return first;
  }
  void is_silent_to(const Octets& frame, Drop reason, std::uint16_t frame_flags = 0) {
    sent().clear();
    const std::uint64_t before = dropped(reason);
    receive(frame, frame_flags);
    EXPECT_EQ(dropped(reason), before + 1) << text(reason).name;
    EXPECT_TRUE(sent().empty()) << text(reason).name << ": " << describe(sent().front());
    sent().clear();
  }

 private:
  static Config changed(const std::function<void(Config&)>& change) {
    Config config;
    change(config);
    return config;
  }
};

/// A stack whose snapshot was changed by `tune`.
inline std::function<void(Stack::Config&)> tuned(std::function<void(Snapshot&)> tune) {
  return [tune = std::move(tune)](Stack::Config& c) { c.tune = tune; };
}
inline std::function<void(Stack::Config&)> in_vlan(std::uint16_t vlan) {
  return [vlan](Stack::Config& c) { c.vlan = vlan; };
}

/// The Ends of somebody else on the link, or far away.
inline Ends from(const Address& source, Family f) {
  Ends ends = from_peer(f);
  ends.source = source;
  return ends;
}

/// RFC 4443 §3.4 to the peer, which quotes what it was sent.
inline void is_problem(const Sent& s, int code, std::uint32_t pointer, const Octets& refused) {
  EXPECT_EQ(s.destination, peer_address(Family::v6));
  EXPECT_EQ(s.source, our_address(Family::v6));
  EXPECT_EQ(s.type, 4);
  EXPECT_EQ(s.code, code);
  EXPECT_EQ(Octets(s.l4.begin() + 4, s.l4.begin() + 8), (Octets{0, 0, 0, std::uint8_t(pointer)}));
  const std::size_t quoted = std::min<std::size_t>(refused.size() - 14, 1232);
  ASSERT_EQ(s.l4.size(), 8 + quoted);
  EXPECT_TRUE(std::equal(s.l4.begin() + 8, s.l4.end(), refused.begin() + 14));
}

}  // namespace weir::test
