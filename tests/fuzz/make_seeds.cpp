// Writes the first inputs of the binary targets: make-seeds DIRECTORY. Conversations that really
// took place, floods, and packets known for what they did to others.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "small_stack.hpp"

namespace weir::fuzz {
namespace {

class Bytes {
 public:
  Bytes& u8(unsigned v) { return bytes_ += static_cast<char>(v), *this; }
  Bytes& u16(unsigned v) { return u8(v >> 8).u8(v); }
  Bytes& u32(std::uint32_t v) { return u16(v >> 16).u16(v & 0xffff); }
  Bytes& raw(std::span<const std::uint8_t> b) {
    bytes_.append(b.begin(), b.end());
    return *this;
  }
  Bytes& raw(std::initializer_list<unsigned> b) {
    for (const unsigned v : b) u8(v);
    return *this;
  }
  [[nodiscard]] const std::string& text() const { return bytes_; }

 private:
  std::string bytes_;
};

class Seeds {
 public:
  explicit Seeds(std::filesystem::path root) : root_(std::move(root)) {}
  void write(const std::string& target, const std::string& name, const Bytes& bytes) {
    std::filesystem::create_directories(root_ / target);
    std::ofstream(root_ / target / name, std::ios::binary) << bytes.text();
  }

 private:
  std::filesystem::path root_;
};

std::string family(Family f) { return f == Family::v4 ? "v4" : "v6"; }

// --- frame ---
Bytes& add_frame(Bytes& out, const Octets& frame, unsigned control = 0) {
  return out.u8(control).u16(static_cast<unsigned>(frame.size())).raw(frame);
}

/// The frames of a connection to `port`, as a stack like the target's answers them.
Bytes conversation(Family f, std::uint16_t port, const Seg& opening, std::string_view request) {
  Stack stack(small_stack());
  Bytes out;
  std::uint32_t next = 5000, received = 0;
  const auto sends = [&](Seg seg) {
    seg.destination_port = port;
    seg.seq(next);
    if ((seg.flags & kAck) != 0) seg.ack(received);
    const Octets frame = tcp_frame(from_peer(f), seg);
    add_frame(out, frame);
    stack.receive(frame);
    next += seg.length();
    for (const Sent& s : stack.sent()) {
      if (s.kind == Sent::Kind::tcp) received = s.seq + s.length();
    }
    stack.sent().clear();
  };
  sends(opening);
  sends(ack());
  sends(data(request));
  for (int i = 0; i < 4; ++i) sends(ack());
  sends(fin());
  sends(ack());
  return out;
}

void frames(Seeds& seeds) {
  for (const Family f : kBoth) {
    const Ends ends = from_peer(f);
    const Seg opening = syn().mss(1400).ws(7).sack_ok();
    seeds.write("frame", "echo-" + family(f), conversation(f, kEchoPort, opening, "hello"));
    seeds.write("frame", "source-" + family(f), conversation(f, kSourcePort, opening, "x"));
    seeds.write("frame", "discard-" + family(f),
                conversation(f, kDiscardPort, syn(), pattern(0, 1400)));
    Bytes udp, other, flood;
    add_frame(udp, udp_frame(ends, 5000, kEchoPort, "datagram"));
    add_frame(udp, udp_frame(ends, 5000, kClosedPort, "nobody"));
    add_frame(udp, udp_frame(ends, 7, kEchoPort, "a loop"));
    add_frame(udp, udp_frame(ends, 5000, kEchoPort, "no checksum", false));
    seeds.write("frame", "udp-" + family(f), udp);
    add_frame(other, echo_request(ends, pattern(0, 56)));
    add_frame(other, ip_frame(ends, 132, Octets(20, 1)));
    add_frame(other, ip_frame(ends, 4, Octets(40, 0x45)));
    seeds.write("frame", "protocols-" + family(f), other);
    for (unsigned i = 0; i < 40; ++i) {
      Seg seg = syn().mss(1460).seq(i * 7919);
      seg.source_port = static_cast<std::uint16_t>(2000 + i);
      add_frame(flood, tcp_frame(ends, seg));
    }
    seeds.write("frame", "syn-flood-" + family(f), flood);
  }
  Bytes links;
  add_frame(links, arp_frame(1, kPeerMac, peer_address(Family::v4), our_address(Family::v4)));
  add_frame(links, arp_frame(2, kPeerMac, peer_address(Family::v4), our_address(Family::v4)));
  add_frame(links, solicitation(peer_address(Family::v6), our_address(Family::v6)));
  add_frame(links,
            advertisement(peer_address(Family::v6), our_address(Family::v6), kPeerMac, 3U << 29));
  seeds.write("frame", "neighbours", links);
}

/// What has brought other stacks down.
void evil_frames(Seeds& seeds) {
  const Ends ends = from_peer(Family::v4), ends6 = from_peer(Family::v6);
  const auto one = [&](const std::string& name, const Octets& frame, unsigned control = 0) {
    Bytes out;
    seeds.write("frame", name, add_frame(out, frame, control));
  };
  Ends land = ends;
  land.source = land.destination;
  Seg self = syn();
  self.source_port = self.destination_port;
  one("evil-land", tcp_frame(land, self));
  one("evil-option-length-zero", tcp_frame(ends, syn().options({2, 0, 5, 180})));
  one("evil-option-beyond-header", tcp_frame(ends, syn().options({1, 1, 8, 40})));
  one("evil-xmas", tcp_frame(ends, flags(0xff)));
  one("evil-null", tcp_frame(ends, flags(0)));
  one("evil-urgent-beyond", tcp_frame(ends, data("x").urgent(0xffff)));
  Octets frame = tcp_frame(ends, syn());
  frame[14] = 0x44;
  one("evil-ihl-4", frame, 1);
  frame[14] = 0x4f;
  one("evil-ihl-15", frame, 1);
  frame = tcp_frame(ends, syn());
  frame[16] = frame[17] = 0;
  one("evil-total-length-0", frame, 2);
  frame[16] = 0xff;
  one("evil-total-length-ff00", frame, 2);
  frame = tcp_frame(ends, syn());
  frame[46] = 0x00;
  one("evil-data-offset-0", frame, 2);
  frame[46] = 0xf0;
  one("evil-data-offset-15", frame, 2);
  frame = udp_frame(ends, 5000, kEchoPort, "long");
  frame[38] = 0xff;
  one("evil-udp-length-ff", frame, 2);
  frame[38] = frame[39] = 0;
  one("evil-udp-length-0", frame, 2);
  frame = udp_frame(ends6, 5000, kEchoPort, "jumbo");
  frame[18] = frame[19] = 0;
  one("evil-jumbogram", frame, 2);
  Octets routed = {131, 7, 4, 10, 0, 0, 1, 0};
  routed.resize(28, 0);
  Octets source_route = ip_frame(ends, kProtoTcp, routed);
  source_route[14] = 0x47;
  one("evil-source-route", source_route, 1);
  Octets chain;
  for (int i = 0; i < 40; ++i) chain.insert(chain.end(), {60, 0, 1, 4, 0, 0, 0, 0});
  one("evil-forty-extension-headers", ip_frame(ends6, 60, chain));
  one("evil-option-jumps-out", ip_frame(ends6, 0, Octets{17, 0, 1, 200, 0, 0, 0, 0}));
  one("evil-routing-type-0", ip_frame(ends6, 43, Octets{17, 2, 0, 1, 0, 0, 0, 0}));
  Ends smurf = ends;
  smurf.destination = address("192.0.2.255");
  smurf.destination_mac = Mac::broadcast();
  one("evil-smurf", echo_request(smurf, "everybody"));
  Bytes teardrop;
  for (const unsigned offset : {0U, 3U}) {
    Octets piece = ip_frame(ends, kProtoUdp, Octets(36, 't'));
    piece[20] = offset == 0 ? 0x20 : 0;
    piece[21] = static_cast<std::uint8_t>(offset);
    add_frame(teardrop, piece, 1);
  }
  seeds.write("frame", "evil-teardrop", teardrop);
  Octets death = ip_frame(ends, kProtoIcmp, Octets(400, 'd'));
  death[20] = 0x1f;
  death[21] = 0xff;
  one("evil-ping-of-death", death, 1);
}

// --- segment ---
/// A header with the numbers relative to the connection's.
Bytes& add_segment(Bytes& out, unsigned control, Seg seg, std::uint32_t seq, std::uint32_t acks) {
  seg.seq(seq).ack(acks);
  const Octets frame = tcp_frame(from_peer(Family::v4), seg);
  const auto l4 = std::span(frame).subspan(34);
  out.u8(control).u8(4);
  if ((control & 4) != 0) out.u16(300);
  return out.u8(static_cast<unsigned>(l4.size())).raw(l4);
}

void segments(Seeds& seeds) {
  const std::vector<std::pair<std::string, std::vector<Seg>>> conversations = {
      {"text", {data("one"), data("two")}},
      {"fin", {data("one"), fin(), ack()}},
      {"rst", {rst()}},
      {"syn-again", {syn(), syn_ack(), syn().mss(88)}},
      {"sack", {ack().sack({{100, 200}, {300, 400}}), ack().sack({{0xffffff00, 5}})}},
      {"urgent", {data("urgent").urgent(3)}},
      {"timestamps", {data("x").ts(1, 2)}},
      {"windows", {ack().win(0), ack().win(1), ack().win(65535)}},
      {"flags", {flags(0), flags(0x29), flags(3), flags(0xff)}},
  };
  for (const auto& [name, list] : conversations) {
    for (unsigned setup = 0; setup < 7; ++setup) {
      if (setup > 1 && name != "text" && name != "fin" && name != "windows") continue;
      Bytes out;
      out.u8((setup << 4) | 2 | (setup & 1));
      std::uint32_t seq = 0;
      for (const Seg& seg : list) {
        add_segment(out, 1 | 2 | 4 | 16, seg, seq, 0);
        seq += seg.length();
      }
      add_segment(out, 1 | 2, data("late"), seq + 10, 0);
      add_segment(out, 1 | 2, data("0123456789"), seq, 0);
      seeds.write("segment", name + "-" + std::to_string(setup), out);
    }
  }
  for (const unsigned setup : {0U, 4U, 8U, 13U}) {
    Bytes out;
    out.u8(setup | kEchoPort << 4);
    for (unsigned i = 0; i < 20; ++i) {
      Seg seg = syn().mss(1460).ws(static_cast<std::uint8_t>(i)).sack_ok().ts(i, 0);
      seg.source_port = static_cast<std::uint16_t>(1000 + i);
      add_segment(out, 0, seg, i, 0);
      seg.flags = kAck;
      add_segment(out, 0, seg, i + 1, i * 0x01010101);
    }
    seeds.write("segment", "flood-" + std::to_string(setup), out);
  }
}

// --- conn ---
void programs(Seeds& seeds) {
  std::vector<std::pair<std::string, Bytes>> list = {
      {"client-talks", Bytes().raw({1, 10, 1, 50, 4, 100, 1, 255, 13, 0, 14, 4, 50, 2, 255, 255})},
      {"server-talks", Bytes().raw({7, 0x1f, 0xff, 1,   0,  13, 0, 2,  255, 255, 4,   20, 13,
                                    0, 2,    255,  255, 10, 1,  1, 13, 0,   2,   255, 255})},
      {"by-reference", Bytes().raw({8, 0x10, 0, 1, 0, 4, 10, 13, 2, 13, 0, 2, 1, 0, 6, 3, 13, 0})},
      {"echo", Bytes().raw({9, 4, 1, 200, 1, 200, 4, 50, 13, 0, 2, 255, 255, 1, 3, 14, 4, 50})},
      {"reads-late", Bytes().raw({9, 1, 0, 0, 1, 255, 1, 255, 1, 255, 4, 200, 9, 0, 11, 0, 1, 1})},
      {"out-of-order",
       Bytes().raw({0, 0x18, 0x21, 100, 200, 0, 0x18, 0x21, 50, 50, 1, 10, 1, 30, 1, 30, 13, 0})},
      {"loss", Bytes().raw({7,   0x1f, 0xff, 1,   0,   13, 2, 13, 2,  2, 255, 255, 2,
                            255, 255,  2,    255, 255, 5,  4, 0,  13, 0, 2,   255, 255})},
      {"zero-window", Bytes().raw({2,  0, 0, 7, 4, 0, 1,  0, 2,   0,   0,  6, 9,
                                   13, 0, 2, 0, 0, 6, 20, 2, 255, 255, 13, 0})},
      {"shrinking-window", Bytes().raw({7, 8, 0, 1, 0, 2, 0x40, 0, 2, 0, 10, 13, 0, 2, 0, 1})},
      {"timeouts", Bytes().raw({7, 1, 0, 1, 0, 6, 1, 6, 2, 6, 4, 6, 60, 6, 120})},
      {"resets", Bytes().raw({0, 4, 1, 5, 0, 4, 2, 0x7f, 0xff, 0, 4, 0, 15})},
      {"challenges",
       Bytes().raw({0, 2, 0, 0, 2, 1, 200, 0, 0x10, 3, 1, 2, 3, 4, 0, 0x10, 12, 9, 9, 9, 9})},
      {"fin-and-text",
       Bytes().raw({14, 1, 4, 0, 0x19, 0x20, 9, 10, 1, 1, 13, 0, 2, 1, 1, 6, 70, 15, 1, 5})},
      {"fin-beyond-a-gap", Bytes().raw({0, 0x19, 0x22, 0, 40, 4, 1, 9, 13, 0})},
      {"closes-first", Bytes().raw({10, 1, 1, 13, 0, 2, 255, 255, 4, 10, 14, 13, 0, 6, 90})},
      {"aborts", Bytes().raw({11, 255, 1, 1, 13, 0, 15, 1, 1})},
      {"reopens", Bytes().raw({10, 1, 1, 13, 0, 2, 9, 9, 14, 13, 0, 15, 1, 9, 13, 0})},
      {"burst", Bytes().raw({3,    6, 0x18, 0x20, 9, 0x18, 0x20, 9, 0x10, 0,    0x18,
                             0x20, 1, 0x10, 0x84, 4, 0,    0,    0, 9,    0x19, 0})},
      {"sack",
       Bytes().raw({7, 0x1f, 0, 1, 0, 0, 0x10, 0x80, 0x44, 4, 0, 8, 0, 12, 0, 16, 0, 2, 255, 255})},
      {"paws", Bytes().raw({1, 1, 0, 0x18, 0xa0, 9, 1, 0xff, 0, 0, 0x18, 0xa0, 9, 2, 1, 1})},
      {"timer", Bytes().raw({12, 1, 0, 1, 1, 5, 1, 20, 7, 1, 0, 5, 1, 20})},
  };
  Bytes probed = Bytes().raw({2, 0, 0, 7, 1, 0, 1, 0});
  for (int i = 0; i < 12; ++i) probed.raw({2, 0, 0, 6, 40});
  list.emplace_back("probed-for-long", probed);
  for (const auto& [name, program] : list) {
    unsigned n = 0;
    for (const auto& setup : {std::array<unsigned, 4>{0, 0x60, 0x44, 0},
                              std::array<unsigned, 4>{0x0b, 0x67, 0x02, 0x13},
                              std::array<unsigned, 4>{0x9a, 0x20, 0x10, 0x19},
                              std::array<unsigned, 4>{0x0e, 0xe0, 0x4c, 0x40},     // we open
                              std::array<unsigned, 4>{0x0f, 0x60, 0xc4, 0x40}}) {  // fast open
      Bytes out;
      out.raw({setup[0], setup[1], setup[2], setup[3]});
      for (const char c : program.text()) out.u8(static_cast<std::uint8_t>(c));
      seeds.write("conn", name + "-" + std::to_string(n++), out);
    }
  }
}

// --- the others ---
void others(Seeds& seeds) {
  for (unsigned v6 = 0; v6 < 2; ++v6) {
    const std::string f = v6 != 0 ? "-v6" : "-v4";
    Bytes in_order, backwards, overlap, lost, damaged;
    for (Bytes* b : {&in_order, &backwards, &overlap, &lost, &damaged}) b->u8(v6);
    for (unsigned i = 0; i < 4; ++i) {
      const unsigned size = 16 + 80 * 37, last = i == 3;
      in_order.raw({last ? 0U : 1U, 80}).u16(i * 744).u16(last ? size - 3 * 744 : 744);
      const unsigned j = 3 - i;
      backwards.raw({j == 3 ? 8U : 9U, 80}).u16(j * 744).u16(j == 3 ? size - 3 * 744 : 744);
      overlap.raw({last ? 0U : 1U, 80}).u16(i * 744).u16(last ? size - 3 * 744 : 800);
      if (i != 1) lost.raw({3, static_cast<unsigned>(80 + i), 100}).u16(i * 744).u16(744);
      damaged.raw({last ? 4U : 5U, 80}).u16(i * 744).u16(last ? size - 3 * 744 : 744).u8(i);
    }
    seeds.write("frag", "in-order" + f, in_order);
    seeds.write("frag", "backwards" + f, backwards);
    seeds.write("frag", "overlap" + f, overlap);
    seeds.write("frag", "lost" + f, lost);
    seeds.write("frag", "damaged" + f, damaged);
    Bytes tiny, end, options;
    tiny.u8(v6), end.u8(v6), options.u8(v6);
    for (unsigned i = 0; i < 40; ++i) tiny.raw({1, 9}).u16(i * 8).u16(8);
    end.raw({0, 9}).u16(0xfff8).u16(1000).raw({1, 9}).u16(0).u16(0).raw({32, 9}).u16(8).u16(8);
    options.raw({64 | 1, 9}).u16(0).u16(64).raw({64, 9}).u16(64).u16(285);
    seeds.write("frag", "tiny" + f, tiny);
    seeds.write("frag", "at-the-end" + f, end);
    seeds.write("frag", "with-options" + f, options);

    Bytes echo, errors, router;
    echo.u8(v6).raw({0, v6 != 0 ? 128U : 8U, 0, 8, 0, 1, 0, 2, 'e', 'c', 'h', 'o'});
    echo.raw({2, v6 != 0 ? 128U : 8U, 0, 4, 0, 1, 0, 2})
        .raw({4, v6 != 0 ? 128U : 8U, 3, 4, 1, 1, 1, 1});
    errors.u8(v6);
    for (unsigned type = 0; type < 13; ++type) {
      errors.raw({1, v6 != 0 ? type & 7U : type, type & 7, 8, 0, 0, type * 20, 68, 0, 0, 0, 0});
    }
    router.u8(v6);
    for (unsigned type = 9; type < 20; ++type) router.raw({0, type, 0, 4, 1, 2, 3, 4});
    for (unsigned type = 127; type < 140; ++type) router.raw({0, type, 0, 4, 1, 2, 3, 4});
    seeds.write("icmp", "echo" + f, echo);
    seeds.write("icmp", "errors" + f, errors);
    seeds.write("icmp", "others" + f, router);

    const unsigned who = 8 * v6;
    seeds.write("neighbour", "asks" + f, Bytes().raw({0, who, 2, who, 3, 0, 10}));
    seeds.write("neighbour", "is-asked" + f,
                Bytes().raw({2, who + 1, 3, 0, 5, 0x11, who + 1, 0x60, 2, who + 1, 3, 0, 255}));
    seeds.write("neighbour", "unsolicited" + f, Bytes().raw({1, who + 2, 0x60, 1, who + 3, 0xe0}));
    seeds.write("neighbour", "silent" + f, Bytes().raw({2, who + 4, 3, 0, 60, 3, 0, 60, 3, 0, 60}));
    seeds.write("neighbour", "damaged" + f,
                Bytes().raw({4, who, 2, 20, 3, 30, 4, 40, 5, 12, who, 1, 60, 0, 60, 0}));
    seeds.write("neighbour", "changes" + f,
                Bytes().raw({0, who, 0x10, who, 1,   who, 0,   0x21, who, 0x20,
                             3, 0,   255,  2,   who, 6,   who, 7,    who, 3}));
  }
  Bytes advertisements;
  for (unsigned type = 0; type < 5; ++type) {
    advertisements.raw({0x0d, 1, type, 36}).u32(0).raw(our_address(Family::v6).bytes);
    advertisements.raw({1, 1, 2, 0, 0, 0, 9, 9, 2, 0, 2, 0, 0, 0, 9, 9});
  }
  seeds.write("neighbour", "options", advertisements);

  seeds.write("options", "syn",
              Bytes().raw({2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}));
  seeds.write("options", "sack",
              Bytes().raw({1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4}));
  seeds.write("options", "five-blocks", Bytes().raw(Octets{5, 42}).raw(Octets(40, 7)));
  seeds.write("options", "length-zero", Bytes().raw({1, 2, 0, 3, 3, 7}));
  seeds.write("options", "length-beyond", Bytes().raw({3, 3, 15, 8, 11, 0, 0}));
  seeds.write("options", "unknown", Bytes().raw({254, 6, 1, 2, 3, 4, 34, 2, 2, 4, 0, 0, 0, 9}));
}

}  // namespace
}  // namespace weir::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make-seeds DIRECTORY\n";
    return 2;
  }
  weir::fuzz::failures_are_findings();
  weir::fuzz::Seeds seeds(argv[1]);
  weir::fuzz::frames(seeds);
  weir::fuzz::evil_frames(seeds);
  weir::fuzz::segments(seeds);
  weir::fuzz::programs(seeds);
  weir::fuzz::others(seeds);
}
