// ICMP of both families, and errors that quote a connection of ours: answered at most by an echo,
// believed never.
//
// An input is [setup 1] and a list of [control 1][type 1][code 1][length 1][rest]. Setup: 1 = IPv6.
// Control: 1 = the rest is led in by a quote of what we sent on the connection, 2 = to everybody,
// 4 = 16 times as long a rest.
#include "small_stack.hpp"

namespace weir::fuzz {
namespace {

constexpr std::size_t kMostMessages = 64;

class Messages {
 public:
  Messages(Stack& stack, Family f) : stack_(stack), family_(f) {
    stack_.receive(tcp_frame(from_peer(f), syn().seq(1).mss(1400)));
    const std::uint32_t next = stack_.sent().back().seq + 1;
    stack_.receive(tcp_frame(from_peer(f), ack().seq(2).ack(next)));
    const Octets& frame = stack_.sent().front().frame;
    quote_.assign(frame.begin() + 14, frame.end());
    stack_.sent().clear();
  }

  void one(Input& in) {
    const std::uint8_t control = in.u8(), type = in.u8(), code = in.u8();
    const auto bytes = in.take(in.u8());
    Octets rest((control & 1) != 0 ? 4 : 0, 0);
    if ((control & 1) != 0) rest.insert(rest.end(), quote_.begin(), quote_.end());
    // Bytes of the input replace those of the quote from its front.
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i < rest.size()) {
        rest[i] = static_cast<std::uint8_t>(rest[i] ^ bytes[i]);
      } else {
        rest.push_back(bytes[i]);
      }
    }
    if ((control & 4) != 0) rest.resize(std::min<std::size_t>(rest.size() * 16, 1400), 'i');
    Ends ends = from_peer(family_);
    if ((control & 2) != 0) to_all(ends);
    stack_.receive(icmp_frame(ends, type, code, rest));
    const bool echo = type == (family_ == Family::v4 ? 8 : 128);
    const bool neighbour = family_ == Family::v6 && type == 135;
    for (const Sent& s : stack_.sent()) {
      must(s.kind == Sent::Kind::icmp, "ICMP is answered by ICMP");
      must(echo || neighbour, "only an echo and a solicitation are answered");
      if (echo) check_echo(s, rest, code);
    }
    stack_.sent().clear();
    // RFC 5927: whatever an error says, it ends no connection.
    const auto flows = stack_.flows();
    must(flows.size() == 1 && flows[0].state == State::established, "no connection ends by ICMP");
  }

 private:
  void to_all(Ends& ends) const {
    if (family_ == Family::v4) {
      ends.destination = address("192.0.2.255");
      ends.destination_mac = Mac::broadcast();
    } else {
      ends.destination = address("ff02::1");
      ends.destination_mac = Mac{{0x33, 0x33, 0, 0, 0, 1}};
    }
  }
  void check_echo(const Sent& s, const Octets& rest, std::uint8_t code) const {
    must(s.type == (family_ == Family::v4 ? 0 : 129) && s.code == code, "an echo is answered");
    must(s.l4.size() == rest.size() + 4 && std::equal(rest.begin(), rest.end(), s.l4.begin() + 4),
         "an echo comes back as it went");
    must(s.destination == peer_address(family_), "an echo goes to whoever asked");
  }

  Stack& stack_;
  Family family_;
  Octets quote_;
};

}  // namespace
}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::fuzz;
  return on_a_small_stack(data, size, [](Input& in, Stack& stack) {
    Messages messages(stack, (in.u8() & 1) != 0 ? Family::v6 : Family::v4);
    for (std::size_t n = 0; n < kMostMessages && !in.done(); ++n) messages.one(in);
  });
}
