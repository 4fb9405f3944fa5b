// Straight through each frame, three passes over a burst.
#include "limit.hpp"

#include <array>
#include <cstring>

#include "wire/checksum.hpp"
#include "wire/tcp_header.hpp"

namespace weir::bench {
namespace {

constexpr std::uint32_t kBurst = SipBurst::kMost;

template <class Word>
Word get(const std::uint8_t* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return on_the_wire(word);
}
template <class Word>
void put(std::uint8_t* at, Word value) noexcept {
  const Word word = on_the_wire(value);
  std::memcpy(at, &word, sizeof word);
}
std::uint64_t sum_of(const std::uint8_t* at, std::uint32_t size) noexcept {
  std::uint64_t sum = 0;
  std::uint32_t word;
  for (; size >= 4; at += 4, size -= 4) {
    std::memcpy(&word, at, sizeof word);
    sum += word;
  }
  if (size == 0) return sum;
  word = 0;
  std::memcpy(&word, at, size);
  return sum + word;
}
std::uint16_t folded(std::uint64_t sum) noexcept {
  sum = (sum & 0xffffffffU) + (sum >> 32);
  sum = (sum & 0xffffU) + (sum >> 16);
  sum = (sum & 0xffffU) + (sum >> 16);
  sum = (sum & 0xffffU) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

constexpr std::uint32_t kOptionsOfOurs = 0x0101080a;

}  // namespace

struct Limit::Read {
  std::uint8_t* at;
  std::uint32_t source, destination, seq, ack, ts_value = 0;
  std::uint16_t source_port, destination_port, window, text, mss = 536;
  std::uint8_t flags, scale = 0;
  bool timestamps = false, sack = false, scaling = false;
};

Limit::Limit(std::uint32_t max_flows, bool offload)
    : key_{1, 2}, flows_(max_flows, key_), offload_(offload) {}

void Limit::open(const FlowKey& key, const Peer& peer) {
  const FlowId id = flows_.insert(key, flows_.hash(key));
  Flow& flow = flows_[id];
  flow.state = State::established;
  flow.rcv_nxt = Seq(peer.seq);
  flow.snd_una = flow.snd_nxt = Seq(peer.ack);
  flow.rcv_wnd = 0xffff;
}

inline bool Limit::read(Frame& frame, Read& in) const noexcept {
  std::uint8_t* const at = frame.bytes().data();
  if (get<std::uint32_t>(at + 12) != 0x08004500 || at[23] != kProtoTcp) return false;
  if ((get<std::uint16_t>(at + 20) & 0x3fff) != 0) return false;
  const std::uint32_t total = get<std::uint16_t>(at + 16), size = frame.size();
  const std::uint32_t header = (at[46] >> 4) * 4U;
  if (total + 14 > size || total < 20 + header || header < 20) return false;
  const std::uint32_t l4 = total - 20;
  if (!offload_) {
    if (folded(sum_of(at + 14, 20)) != 0xffff) return false;
    const std::uint64_t pseudo = sum_of(at + 26, 8) + (std::uint64_t{kProtoTcp} << 8) +
                                 on_the_wire(static_cast<std::uint16_t>(l4));
    if (folded(pseudo + sum_of(at + 34, l4)) != 0xffff) return false;
  }
  in.at = at;
  in.source = get<std::uint32_t>(at + 26);
  in.destination = get<std::uint32_t>(at + 30);
  in.source_port = get<std::uint16_t>(at + 34);
  in.destination_port = get<std::uint16_t>(at + 36);
  in.seq = get<std::uint32_t>(at + 38);
  in.ack = get<std::uint32_t>(at + 42);
  in.flags = at[47];
  in.window = get<std::uint16_t>(at + 48);
  in.text = static_cast<std::uint16_t>(l4 - header);
  in.timestamps = header >= 32;
  if (header == 32 && get<std::uint32_t>(at + 54) == kOptionsOfOurs) {
    in.ts_value = get<std::uint32_t>(at + 58);
    return true;
  }
  for (std::uint32_t i = 54; i + 1 < 34 + header;) {
    if (at[i] == 0) break;
    if (at[i] == 1) {
      ++i;
      continue;
    }
    const std::uint8_t length = at[i + 1];
    if (length < 2 || i + length > 34 + header) break;
    switch (at[i]) {
      case 2:
        in.mss = get<std::uint16_t>(at + i + 2);
        break;
      case 3:
        in.scaling = true, in.scale = at[i + 2];
        break;
      case 4:
        in.sack = true;
        break;
      case 8:
        in.timestamps = true, in.ts_value = get<std::uint32_t>(at + i + 2);
        break;
      default:
        break;
    }
    i += length;
  }
  return true;
}

inline void Limit::reply(Frame& frame, const Read& in, std::uint32_t seq, std::uint32_t ack,
                         std::uint8_t flags, std::uint32_t ts_value, bool syn) const noexcept {
  std::uint8_t* const at = in.at;
  std::array<std::uint8_t, 6> mac;
  std::memcpy(mac.data(), at, 6);
  std::memcpy(at, at + 6, 6);
  std::memcpy(at + 6, mac.data(), 6);
  const std::uint32_t options = syn ? (in.timestamps ? 20 : 12) : (in.timestamps ? 12 : 0);
  const std::uint32_t total = 40 + options;
  put<std::uint16_t>(at + 16, static_cast<std::uint16_t>(total));
  put<std::uint32_t>(at + 18, 0x00004000);
  put<std::uint32_t>(at + 22, 0x40060000);
  put<std::uint32_t>(at + 26, in.destination);
  put<std::uint32_t>(at + 30, in.source);
  put<std::uint32_t>(at + 34, std::uint32_t{in.destination_port} << 16 | in.source_port);
  put<std::uint32_t>(at + 38, seq);
  put<std::uint32_t>(at + 42, ack);
  const std::uint32_t word = (20 + options) / 4 << 28 | std::uint32_t{flags} << 16 | 0xffff;
  put<std::uint32_t>(at + 46, word);
  put<std::uint32_t>(at + 50, 0);
  std::uint64_t sum = std::uint64_t{in.source} + in.destination + kProtoTcp + 20 + options;
  if (syn) {
    put<std::uint32_t>(at + 54, 0x020405b4);
    sum += 0x020405b4;
  }
  std::uint32_t next = syn ? 58 : 54;
  if (in.timestamps) {
    put<std::uint32_t>(at + next, syn ? 0x0402080a : kOptionsOfOurs);
    put<std::uint32_t>(at + next + 4, ts_value);
    put<std::uint32_t>(at + next + 8, in.ts_value);
    sum += std::uint64_t{syn ? 0x0402080aU : kOptionsOfOurs} + ts_value + in.ts_value;
    next += 12;
  }
  if (syn) {
    put<std::uint32_t>(at + next, 0x01030307);
    sum += 0x01030307;
  }
  if (!offload_) {
    const std::uint64_t tcp = sum + (std::uint32_t{in.destination_port} << 16 | in.source_port) +
                              std::uint64_t{seq} + ack + word;
    const std::uint64_t ip =
        0x45000000ULL + total + 0x4000 + 0x40060000 + in.source + std::uint64_t{in.destination};
    put<std::uint16_t>(at + 50, static_cast<std::uint16_t>(~folded(tcp)));
    put<std::uint16_t>(at + 24, static_cast<std::uint16_t>(~folded(ip)));
  } else {
    put<std::uint16_t>(at + 50, folded(std::uint64_t{in.source} + in.destination + 26 + options));
  }
  frame.trim_to(14 + std::min(total, frame.size() - 14));
}

std::uint32_t Limit::answer_syns(std::span<Frame> burst) noexcept {
  std::array<Read, kBurst> reads;
  std::uint32_t n = 0;
  ++clock_;
  for (std::size_t i = 0; i < burst.size(); ++i) {
    if (i + 4 < burst.size()) __builtin_prefetch(burst[i + 4].bytes().data());
    Read& in = reads[n];
    if (!read(burst[i], in) || (in.flags & 0x17) != kSyn || in.destination_port != kDiscard)
      continue;
    const std::uint64_t ports = std::uint64_t{in.source_port} << 16;
    tuples_.word[0][n] = 0;
    tuples_.word[1][n] = std::uint64_t{on_the_wire(in.source)} << 32 | 0xffff0000;
    tuples_.word[2][n] = ports;
    cookies_.word[0][n] = std::uint64_t{in.source} << 32 | in.destination;
    cookies_.word[1][n] = std::uint64_t{in.seq} << 32 | ports;
    cookies_.word[2][n] = clock_ >> 16;
    ++n;
  }
  siphash128_burst(key_, tuples_, n);
  siphash128_burst(key_, cookies_, n);
  for (std::uint32_t i = 0; i < n; ++i) {
    const Read& in = reads[i];
    const auto seq = static_cast<std::uint32_t>(cookies_.first[i]) & ~7U;
    const auto stamp = (static_cast<std::uint32_t>(tuples_.second[i]) + clock_) & ~31U;
    reply(burst[i], in, seq, in.seq + 1, kSyn | kAck, stamp | in.scale, true);
  }
  return n;
}

std::uint32_t Limit::answer_text(std::span<Frame> burst) noexcept {
  std::array<Read, kBurst> reads;
  std::array<FlowKey, kBurst> keys;
  std::array<FlowId, kBurst> guesses;
  std::uint32_t n = 0, answered = 0;
  ++clock_;
  for (std::size_t i = 0; i < burst.size(); ++i) {
    if (i + 4 < burst.size()) __builtin_prefetch(burst[i + 4].bytes().data());
    Read& in = reads[n];
    if (!read(burst[i], in) || in.destination_port != kDiscard) continue;
    keys[n] = {Address::v4(in.source), in.source_port, 0};
    write_tuple(tuples_, n, keys[n]);
    ++n;
  }
  siphash128_burst(key_, tuples_, n);
  for (std::uint32_t i = 0; i < n; ++i) flows_.prefetch_bucket(tuples_.first[i]);
  for (std::uint32_t i = 0; i < n; ++i) {
    guesses[i] = flows_.candidate(tuples_.first[i]);
    flows_.prefetch(guesses[i]);
  }
  for (std::uint32_t i = 0; i < n; ++i) {
    const FlowId id = flows_.find(keys[i], tuples_.first[i], guesses[i]);
    if (id == kNoFlow) continue;
    Flow& flow = flows_[id];
    const Read& in = reads[i];
    if (flow.state != State::established || Seq(in.seq) != flow.rcv_nxt ||
        Seq(in.ack) != flow.snd_nxt || in.text > flow.rcv_wnd || (in.flags & 0x37) != kAck ||
        (in.timestamps && static_cast<std::int32_t>(in.ts_value - flow.ts_recent) < 0)) {
      continue;
    }
    flow.rcv_nxt += in.text;
    flow.snd_wnd = in.window;
    flow.ts_recent = in.ts_value;
    flow.deadline = Tick(clock_);
    const auto stamp = static_cast<std::uint32_t>(tuples_.second[i]) + clock_;
    reply(burst[i], in, flow.snd_nxt.value(), flow.rcv_nxt.value(), kAck, stamp, false);
    ++answered;
  }
  return answered;
}

std::uint32_t Limit::answer_datagrams(std::span<Frame> burst) noexcept {
  std::uint32_t answered = 0;
  for (std::size_t i = 0; i < burst.size(); ++i) {
    if (i + 4 < burst.size()) __builtin_prefetch(burst[i + 4].bytes().data());
    std::uint8_t* const at = burst[i].bytes().data();
    if (get<std::uint32_t>(at + 12) != 0x08004500 || at[23] != kProtoUdp) continue;
    if ((get<std::uint16_t>(at + 20) & 0x3fff) != 0) continue;
    const std::uint32_t total = get<std::uint16_t>(at + 16), l4 = get<std::uint16_t>(at + 38);
    if (total + 14 > burst[i].size() || l4 + 20 > total || l4 < 8) continue;
    if (get<std::uint16_t>(at + 36) != kEcho) continue;
    const std::uint64_t pseudo = sum_of(at + 26, 8) + (std::uint64_t{kProtoUdp} << 8) +
                                 on_the_wire(static_cast<std::uint16_t>(l4));
    if (!offload_) {
      if (folded(sum_of(at + 14, 20)) != 0xffff) continue;
      if (folded(pseudo + sum_of(at + 34, l4)) != 0xffff) continue;
    }
    std::array<std::uint8_t, 6> mac;
    std::memcpy(mac.data(), at, 6);
    std::memcpy(at, at + 6, 6);
    std::memcpy(at + 6, mac.data(), 6);
    const auto source = get<std::uint32_t>(at + 26), destination = get<std::uint32_t>(at + 30);
    put<std::uint32_t>(at + 18, 0x00004000);
    put<std::uint32_t>(at + 22, 0x40110000);
    put<std::uint32_t>(at + 26, destination);
    put<std::uint32_t>(at + 30, source);
    put<std::uint32_t>(at + 34, get<std::uint32_t>(at + 34) << 16 | get<std::uint16_t>(at + 34));
    put<std::uint16_t>(at + 40, 0);
    if (!offload_) {
      const std::uint16_t sum = folded(pseudo + sum_of(at + 34, l4));
      const auto checksum = static_cast<std::uint16_t>(~sum);
      std::memcpy(at + 40, &checksum, 2);
      const std::uint16_t ip = folded(sum_of(at + 14, 20));
      const auto inverted = static_cast<std::uint16_t>(~ip);
      std::memcpy(at + 24, &inverted, 2);
    }
    ++answered;
  }
  return answered;
}

}  // namespace weir::bench
