// Fragments of datagrams, in any order, number and overlap: dropped or reassembled, but never wrong
// and never kept.
//
// An input is [setup 1] and a list of [control 1][identification 1][offset 2][length 2], offsets
// and lengths in bytes. Setup: 1 = IPv6. Control: 1 = more fragments follow, 2 = time passes before
// (one byte more, in 100 ms), 4 = its bytes are damaged, 8 = ICMP echo instead of UDP, 16 = the
// offset and the length are rounded down to 8, 32 = from a stranger, 64 = with options or another
// extension header before. What a datagram says is a function of its identification, so that every
// fragment fits the others, whichever the input picks.
#include "small_stack.hpp"

namespace weir::fuzz {
namespace {

constexpr std::size_t kMostFragments = 96, kMostBytes = 1480;

/// Everything behind the IP header of the datagram with this identification.
Octets datagram(const Ends& ends, std::uint8_t id, bool echo) {
  const std::size_t size = 8U + id * 37U;
  const std::string text = pattern(0, size, id);
  const Octets whole = echo ? echo_request(ends, text) : udp_frame(ends, 5000, kEchoPort, text);
  return {whole.begin() + (ends.destination.is_v4() ? 34 : 54), whole.end()};
}

class Fragments {
 public:
  Fragments(Stack& stack, Family f) : stack_(stack), family_(f) {}

  void one(Input& in) {
    const std::uint8_t control = in.u8(), id = in.u8();
    const std::uint16_t offset = in.u16();
    const std::size_t length = in.u16();
    if ((control & 2) != 0) stack_.advance(std::chrono::milliseconds(100 * in.u8()));
    Ends ends = from_peer(family_);
    if ((control & 32) != 0) ends.source = stranger_address(family_);
    const Octets whole = datagram(ends, id, (control & 8) != 0);
    const std::size_t unit = (control & 16) != 0 ? 8 : 1;
    const std::size_t from = offset / 8 * 8;
    const std::size_t size = std::min({length / unit * unit, kMostBytes, std::size_t{65'535}});
    Octets text(size, 'f');
    for (std::size_t i = 0; i < size && from + i < whole.size(); ++i) text[i] = whole[from + i];
    if ((control & 4) != 0 && !text.empty()) text[in.u8() % text.size()] ^= 0x40;
    damaged_ = damaged_ || (control & 4) != 0 || from + size > whole.size();
    stack_.receive(family_ == Family::v4 ? v4(ends, text, id, from, control)
                                         : v6(ends, text, id, from, control));
    for (const Sent& s : stack_.sent()) check(s);
    stack_.sent().clear();
  }

  /// Whatever was kept is given up when its time is over (RFC 1122 §3.3.2: 60 to 120 s).
  void are_forgotten() {
    stack_.advance(130s);
    stack_.sent().clear();
    must(stack_.counters().held.get() == 0, "fragments do not outlive their time");
    must(stack_.pool().in_use() == 0, "their frames do not either");
  }

 private:
  static Octets v4(const Ends& ends, const Octets& text, std::uint8_t id, std::size_t from,
                   std::uint8_t control) {
    const std::uint8_t protocol = (control & 8) != 0 ? kProtoIcmp : kProtoUdp;
    Octets options;
    if ((control & 64) != 0) options = {1, 1, 1, 0};
    Octets payload = options;
    payload.insert(payload.end(), text.begin(), text.end());
    Octets frame = ip_frame(ends, protocol, payload);
    frame[14] = static_cast<std::uint8_t>(0x45 + options.size() / 4);
    frame[18] = 0;
    frame[19] = id;
    const std::size_t field = (from / 8 & 0x1fff) | ((control & 1) != 0 ? 0x2000U : 0U);
    frame[20] = static_cast<std::uint8_t>(field >> 8);
    frame[21] = static_cast<std::uint8_t>(field);
    frame[24] = frame[25] = 0;
    const std::uint16_t sum = plain_checksum(std::span(frame).subspan(14, 20 + options.size()));
    frame[24] = static_cast<std::uint8_t>(sum >> 8);
    frame[25] = static_cast<std::uint8_t>(sum);
    return frame;
  }
  static Octets v6(const Ends& ends, const Octets& text, std::uint8_t id, std::size_t from,
                   std::uint8_t control) {
    const std::uint8_t protocol = (control & 8) != 0 ? kProtoIcmpv6 : kProtoUdp;
    const std::size_t field = (from & 0xfff8) | ((control & 1) != 0 ? 1U : 0U);
    Octets payload;
    if ((control & 64) != 0) payload = {kProtoFragment, 0, 1, 4, 0, 0, 0, 0};
    payload.insert(payload.end(), {protocol, 0, static_cast<std::uint8_t>(field >> 8),
                                   static_cast<std::uint8_t>(field), 0, 0, 0, id});
    payload.insert(payload.end(), text.begin(), text.end());
    return ip_frame(ends, (control & 64) != 0 ? kProtoDestination : kProtoFragment, payload);
  }

  // What is answered was put together rightly.
  void check(const Sent& s) const {
    if (s.kind == Sent::Kind::udp) {
      must(s.source_port == kEchoPort, "a datagram comes from where it was sent to");
      must(is_whole(s.text, 0), "a datagram is echoed as it was sent");
    } else if (s.kind == Sent::Kind::icmp && (s.type == 0 || s.type == 129)) {
      const std::string text(s.l4.begin() + 8, s.l4.end());
      must(is_whole(text, 0), "an echo comes back as it went");
    }
  }
  [[nodiscard]] bool is_whole(const std::string& text, std::size_t) const {
    if (damaged_) return true;  // a checksum of 16 bits is no proof
    for (unsigned id = 0; id < 256; ++id) {
      if (text == pattern(0, 8U + id * 37U, id)) return true;
    }
    return false;
  }

  Stack& stack_;
  Family family_;
  bool damaged_ = false;
};

}  // namespace
}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::fuzz;
  return on_a_small_stack(data, size, [](Input& in, Stack& stack) {
    Fragments fragments(stack, (in.u8() & 1) != 0 ? Family::v6 : Family::v4);
    for (std::size_t n = 0; n < kMostFragments && !in.done(); ++n) fragments.one(in);
    fragments.are_forgotten();
  });
}
