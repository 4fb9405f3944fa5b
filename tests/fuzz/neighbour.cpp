// ARP and neighbour discovery, true and forged: what nobody asked for and nobody said of himself is
// not believed.
//
// An input is a list of [code 1][who 1][arguments]: see step. `who` names one of eight stations on
// the link by its low bits, IPv6 with 8.
#include "small_stack.hpp"

namespace weir::fuzz {
namespace {

constexpr std::size_t kMostOperations = 96;

class Link {
 public:
  explicit Link(Stack& stack) : stack_(stack) {}

  void step(Input& in) {
    const std::uint8_t code = in.u8(), who = in.u8() & 15;
    const bool v6 = (who & 8) != 0;
    const Address station = station_at(who);
    const Address ours = our_address(v6 ? Family::v6 : Family::v4);
    const Mac mac{{2, 0, 0, 0, 9, static_cast<std::uint8_t>(code >> 4)}};
    switch (code & 7) {
      case 0:  // asks for us, and so says where it is
        spoke_[who] = true;
        receive(v6 ? solicitation(station, ours, mac) : arp_frame(1, mac, station, ours));
        break;
      case 1:  // answers, asked or not
        receive(v6 ? advertisement(station, ours, mac, std::uint32_t{in.u8()} << 24)
                   : arp_frame(2, mac, station, ours, kOurMac));
        break;
      case 2: {  // wants something, so that we ask for it
        const Family f = v6 ? Family::v6 : Family::v4;
        Ends ends = from_peer(f);
        ends.source = station;
        ends.source_mac = mac;
        receive(udp_frame(ends, 5000, kEchoPort, "waits"));
        break;
      }
      case 3:
        stack_.advance(std::chrono::milliseconds(20 * in.u8()));
        break;
      case 4: {  // a message with damage
        Octets frame = v6 ? (code & 8) != 0 ? solicitation(station, ours, mac)
                                            : advertisement(station, ours, mac, 3U << 29)
                          : arp_frame(1 + (code >> 3 & 1), mac, station, ours);
        damage(frame, in);
        anything_ = true;
        receive(frame);
        break;
      }
      case 5: {  // a neighbour discovery message of any content
        Ends ends = from_peer(Family::v6);
        ends.source = station_at(who | 8);
        ends.ttl = (code & 8) != 0 ? 255 : 64;
        const std::uint8_t type = static_cast<std::uint8_t>(133 + in.u8() % 5);
        const auto rest = in.take(in.u8());
        anything_ = true;
        receive(icmp_frame(ends, type, 0, rest));
        break;
      }
      case 6:  // duplicate address detection
        receive(v6 ? solicitation(address("::"), ours, std::nullopt)
                   : arp_frame(1, mac, address("0.0.0.0"), ours));
        break;
      default: {  // asks for somebody else, or gratuitously for itself
        const Address target = station_at(in.u8() & 7);
        receive(arp_frame(1 + (code >> 3 & 1), mac, station_at(who & 7), target));
      }
    }
    look();
  }

 private:
  static Address station_at(unsigned who) {
    Address a = address((who & 8) != 0 ? "2001:db8::40" : "192.0.2.40");
    a.bytes[15] = static_cast<std::uint8_t>(a.bytes[15] + (who & 7));
    return a;
  }
  void damage(Octets& frame, Input& in) {
    for (std::size_t n = 1 + in.below(4); n != 0; --n) {
      const std::size_t at = in.u8();
      const std::uint8_t value = in.u8();
      if (at < frame.size()) {
        frame[at] = value;
      } else {
        frame.resize(std::min<std::size_t>(value, frame.size()));
      }
    }
    mend_checksums(frame);
  }
  void receive(const Octets& frame) { stack_.receive(frame); }

  void look() {
    for (const Sent& s : stack_.sent()) {
      must(!s.destination_mac.is_zero(), "a frame goes to somebody");
      if (!is_question(s)) continue;
      for (unsigned who = 0; who < 16; ++who) asked_[who] |= asks_for(s, station_at(who));
    }
    stack_.sent().clear();
    if (anything_) return;  // a damaged frame may have been anybody's question
    for (unsigned who = 0; who < 16; ++who) {
      const bool known = stack_.neighbours().slot_of(station_at(who)) != NeighbourTable::kSlots;
      must(!known || asked_[who] || spoke_[who], "what nobody asked for is not learnt");
    }
  }
  static bool is_question(const Sent& s) {
    if (s.kind == Sent::Kind::arp) return s.is_arp_request();
    return s.kind == Sent::Kind::icmp && s.type == 135 && s.l4.size() >= 24;
  }
  static bool asks_for(const Sent& s, const Address& a) {
    if (s.kind == Sent::Kind::arp) {
      return a.is_v4() && std::equal(s.l4.begin() + 24, s.l4.begin() + 28, a.bytes.begin() + 12);
    }
    return std::equal(a.bytes.begin(), a.bytes.end(), s.l4.begin() + 8);
  }

  Stack& stack_;
  std::array<bool, 16> asked_{}, spoke_{};
  bool anything_ = false;
};

}  // namespace
}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::fuzz;
  const auto age = [](Input&, Stack::Config& config) { config.neighbours_age = true; };
  return on_a_small_stack(data, size, age, [](Input& in, Stack& stack) {
    Link link(stack);
    for (std::size_t n = 0; n < kMostOperations && !in.done(); ++n) link.step(in);
  });
}
