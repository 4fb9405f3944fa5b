// TCP segments of any content in packets that are right: against listeners, and against a
// connection.
//
// An input is [setup 1] and a list of [control 1][port 1][length 1][TCP header and text]. Setup: 1
// = IPv6, 2 = a connection is open, 4 = cookies always, 8 = few buffers, the upper bits which
// service. Control: 1 = sequence numbers count from the connection's, 2 = its ports, 4 = time
// passes before (two bytes more, in ms), 8 = 16 times as long a text follows, made of one byte, 16
// = the peer has received what was sent so far.
#include "small_stack.hpp"

namespace weir::fuzz {
namespace {

constexpr std::size_t kMostSegments = 64;
constexpr std::uint16_t kSourcePort2 = 40000;
constexpr std::uint16_t kPorts[] = {kEchoPort,   kDiscardPort, kChargenPort, kHoldPort,
                                    kScriptPort, kSourcePort,  kClosedPort};

std::uint32_t get32(const Octets& b, std::size_t at) {
  return std::uint32_t{b[at]} << 24 | std::uint32_t{b[at + 1]} << 16 |
         std::uint32_t{b[at + 2]} << 8 | b[at + 3];
}
void put32(Octets& b, std::size_t at, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) b[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

class Segments {
 public:
  Segments(Stack& stack, Family f, std::uint16_t port) : stack_(stack), family_(f), port_(port) {}

  void connect() {
    Seg seg = syn().seq(nxt_).mss(1400).ws(3).sack_ok();
    seg.destination_port = port_;
    stack_.receive(tcp_frame(from_peer(family_), seg));
    ++nxt_;
    look();
    received_ = last_;
    seg = ack().seq(nxt_).ack(received_);
    seg.destination_port = port_;
    stack_.receive(tcp_frame(from_peer(family_), seg));
    look();
  }

  void one(Input& in) {
    const std::uint8_t control = in.u8();
    const std::uint8_t port = in.u8();
    if ((control & 4) != 0) stack_.advance(std::chrono::milliseconds(in.u16()));
    look();
    if ((control & 16) != 0) received_ = last_;
    const auto bytes = in.take(in.u8());
    Octets l4(bytes.begin(), bytes.end());
    if ((control & 8) != 0) l4.resize(std::min<std::size_t>(l4.size() * 16, 1460), 'x');
    address(l4, control, port);
    Octets frame = ip_frame(from_peer(family_), kProtoTcp, l4);
    mend_checksums(frame);
    // An RST is never answered with an RST (RFC 9293 §3.10.7.1).
    const bool is_reset = l4.size() >= 20 && (l4[13] & kRst) != 0;
    stack_.receive(frame);
    for (const Sent& s : stack_.sent()) {
      must(!is_reset || s.kind != Sent::Kind::tcp || (s.flags & kRst) == 0,
           "no RST answers an RST");
    }
    look();
  }

 private:
  void address(Octets& l4, std::uint8_t control, std::uint8_t port) {
    if (l4.size() < 12) return;
    const std::uint16_t to = (control & 2) != 0 ? port_ : kPorts[port % std::size(kPorts)];
    l4[2] = static_cast<std::uint8_t>(to >> 8);
    l4[3] = static_cast<std::uint8_t>(to);
    if ((control & 2) != 0) {
      l4[0] = kSourcePort2 >> 8;
      l4[1] = kSourcePort2 & 0xff;
    }
    if ((control & 1) == 0) return;
    put32(l4, 4, get32(l4, 4) + nxt_);
    put32(l4, 8, get32(l4, 8) + received_);
  }
  void look() {
    for (const Sent& s : stack_.sent()) {
      if (s.kind == Sent::Kind::tcp && (s.flags & kRst) == 0) last_ = s.seq + s.length();
    }
    stack_.sent().clear();
  }

  Stack& stack_;
  Family family_;
  std::uint16_t port_;
  std::uint32_t nxt_ = 0xffffff00, received_ = 0, last_ = 0;
};

}  // namespace
}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::fuzz;
  std::uint8_t setup = 0;
  const auto port = [&] { return kPorts[(setup >> 4) % std::size(kPorts)]; };
  const auto configure = [&](Input& in, Stack::Config& config) {
    setup = in.u8();
    if ((setup & 8) != 0) config.pool = 48;
    config.tune = [cookies = (setup & 4) != 0](weir::Snapshot& s) {
      s.max_flows = 32;
      if (cookies) s.tcp.cookies = weir::tcp::Cookies::always;
      for (weir::ServiceLimits& service : s.services) service.backlog = 8;
    };
    config.chargen = port() == kChargenPort;
  };
  return on_a_small_stack(data, size, configure, [&](Input& in, Stack& stack) {
    Segments segments(stack, (setup & 1) != 0 ? Family::v6 : Family::v4, port());
    if ((setup & 2) != 0) segments.connect();
    for (std::size_t n = 0; n < kMostSegments && !in.done(); ++n) segments.one(in);
  });
}
