// Filling the frames, and looking at what came of them.
#include "packets.hpp"

#include <unistd.h>
#include <x86intrin.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "limit.hpp"
#include "service/respond.hpp"

namespace weir::bench {
namespace {

constexpr std::uint32_t kHosts = 1 << 23;

Result result_of(const char* name, const char* unit, const Shape& shape) {
  Result r;
  r.name = name;
  r.unit = unit;
  r.flows = shape.flows;
  r.frames = shape.frames;
  r.burst = shape.burst;
  r.offload = shape.offload;
  return r;
}

RigSettings settings_of(const Shape& shape) {
  RigSettings s;
  s.frames = shape.frames;
  s.offload = shape.offload;
  s.v6 = shape.v6;
  s.recorded = shape.recorded;
  s.max_flows = std::max(1U << 16, shape.flows + shape.flows / 16);
  return s;
}

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "the benchmark is void: %s\n", what);
  std::exit(1);
}

// One repeat: fill, run and look, as often as there is work for.
template <class Fill, class Look>
double repeat(Rig& rig, const Shape& shape, const Effort& effort, Fill&& fill, Look&& look) {
  const std::uint32_t loops = std::max(1U, effort.work / shape.frames);
  std::uint64_t cycles = 0;
  for (std::uint32_t i = 0; i < loops; ++i) {
    fill();
    cycles += rig.run(shape.burst);
    look();
    rig.recycle();
  }
  return static_cast<double>(cycles) / loops / shape.frames;
}

// The same through the limit loop, over the same frames.
template <class Fill, class Answer>
double repeat_limit(Rig& rig, const Shape& shape, const Effort& effort, Fill&& fill,
                    Answer&& answer) {
  const std::uint32_t loops = std::max(1U, effort.work / shape.frames);
  std::uint64_t cycles = 0;
  for (std::uint32_t i = 0; i < loops; ++i) {
    fill();
    const std::span<Frame> all = rig.frames();
    std::uint32_t answered = 0;
    const std::uint64_t begin = __rdtsc();
    for (std::size_t at = 0; at < all.size(); at += shape.burst) {
      answered += answer(all.subspan(at, std::min<std::size_t>(shape.burst, all.size() - at)));
    }
    cycles += __rdtsc() - begin;
    must(answered == all.size(), "the limit loop did not answer");
  }
  return static_cast<double>(cycles) / loops / shape.frames;
}

}  // namespace

Result syn_to_cookie(const Shape& shape, const Effort& effort) {
  RigSettings settings = settings_of(shape);
  settings.tune = [](Snapshot& s) { s.tcp.cookies = tcp::Cookies::always; };
  Rig rig(settings);
  Limit limit(1024, shape.offload);
  SplitMix64 dice{1};
  const auto fill = [&] {
    for (Frame& f : rig.frames()) {
      rig.write_syn(f, dice.up_to(kHosts), kDiscard, static_cast<std::uint32_t>(dice.next()));
    }
  };
  Result result = result_of("SYN -> SYN-ACK with cookie", "frame", shape);
  measure_pairs(
      result, effort,
      [&] {
        return repeat(rig, shape, effort, fill,
                      [&] { must(rig.sent().size() == shape.frames, "a SYN was not answered"); });
      },
      [&] {
        return repeat_limit(rig, shape, effort, fill,
                            [&](std::span<Frame> b) { return limit.answer_syns(b); });
      });
  return result;
}

Result text_to_ack(const Shape& shape, const Effort& effort) {
  RigSettings settings = settings_of(shape);
  settings.tune = [](Snapshot& s) { s.tcp.delayed_ack_ms = 0; };
  Rig rig(settings);
  rig.open(shape.flows, kDiscard);
  Limit limit(settings.max_flows, shape.offload);
  std::vector<Peer> limit_peers = rig.peers();
  for (std::uint32_t i = 0; !shape.v6 && i < shape.flows; ++i)
    limit.open(rig.key(i, 0), limit_peers[i]);
  SplitMix64 dice{1};
  const auto fill = [&](std::vector<Peer>& peers) {
    for (Frame& f : rig.frames()) {
      const std::uint32_t peer = dice.up_to(shape.flows - 1);
      rig.write_segment(f, peer, peers[peer], kDiscard, 10, kPsh);
      peers[peer].seq += 10;
    }
  };
  Result result = result_of(shape.v6 ? "data -> ACK, IPv6" : "data -> ACK", "frame", shape);
  measure_pairs(
      result, effort,
      [&] {
        return repeat(
            rig, shape, effort, [&] { fill(rig.peers()); },
            [&] {
              // Two segments of a flow in one burst have one ACK.
              must(rig.sent().size() > shape.frames / 2, "text was not acknowledged");
              must(rig.counters().dropped_total() == 0, "text was dropped");
            });
      },
      [&] {
        if (shape.v6) return 0.0;
        return repeat_limit(
            rig, shape, effort, [&] { fill(limit_peers); },
            [&](std::span<Frame> b) { return limit.answer_text(b); });
      });
  return result;
}

Result datagram_echo(const Shape& shape, const Effort& effort) {
  Rig rig(settings_of(shape));
  Limit limit(1024, shape.offload);
  SplitMix64 dice{1};
  const auto fill = [&] {
    for (Frame& f : rig.frames()) rig.write_datagram(f, dice.up_to(kHosts), kEcho, 10);
  };
  Result result = result_of("UDP echo", "frame", shape);
  measure_pairs(
      result, effort,
      [&] {
        return repeat(rig, shape, effort, fill, [&] {
          must(rig.sent().size() == shape.frames, "a datagram was not answered");
        });
      },
      [&] {
        return repeat_limit(rig, shape, effort, fill,
                            [&](std::span<Frame> b) { return limit.answer_datagrams(b); });
      });
  return result;
}

namespace {

// A directory with one file, for as long as the content is loaded from it.
class OneFile {
 public:
  OneFile(const char* name, std::size_t bytes)
      : root_(std::filesystem::temp_directory_path() / ("weir-bench-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(root_);
    std::ofstream(root_ / name) << std::string(bytes, 'x');
  }
  ~OneFile() { std::filesystem::remove_all(root_); }
  OneFile(const OneFile&) = delete;
  OneFile& operator=(const OneFile&) = delete;
  [[nodiscard]] std::string root() const { return root_; }

 private:
  std::filesystem::path root_;
};

}  // namespace

Result http_get(const Shape& shape, const Effort& effort) {
  const OneFile file("hundred.txt", 100);
  RigSettings settings = settings_of(shape);
  settings.root = file.root();
  Rig rig(settings);
  rig.open(shape.frames, kHttp);
  constexpr std::string_view kGet = "GET /hundred.txt HTTP/1.1\r\nHost: bench\r\n\r\n";
  const auto fill = [&] {
    for (std::uint32_t i = 0; i < shape.frames; ++i) {
      rig.write_text(rig.frames()[i], i, rig.peers()[i], kHttp, kGet);
      rig.peers()[i].seq += static_cast<std::uint32_t>(kGet.size());
    }
  };
  const auto look = [&] {
    must(rig.sent().size() == shape.frames, "a request was not answered");
    const std::uint32_t text = rig.read_sent(rig.sent()[0]).text;
    must(text > 200, "the response is no file");
    for (Peer& peer : rig.peers()) peer.ack += text;
  };
  Result result = result_of("HTTP GET of 100 bytes", "request", shape);
  measure_pairs(
      result, effort, [&] { return repeat(rig, shape, effort, fill, look); }, [] { return 0.0; });
  return result;
}

Result bulk_send(const Shape& shape, const Effort& effort) {
  constexpr std::size_t kFile = 64 << 20;
  const OneFile file("big.bin", kFile);
  RigSettings settings = settings_of(shape);
  settings.root = file.root();
  Rig rig(settings);
  rig.open(shape.frames, kHttp);
  constexpr std::string_view kGet = "GET /big.bin HTTP/1.1\r\nHost: bench\r\n\r\n";
  std::vector<std::uint64_t> owed(shape.frames);  // bytes of the answer that are still to come
  const auto fill = [&] {
    for (std::uint32_t i = 0; i < shape.frames; ++i) {
      Peer& peer = rig.peers()[i];
      if (owed[i] != 0) {
        rig.write_segment(rig.frames()[i], i, peer, kHttp, 0);
        continue;
      }
      rig.write_text(rig.frames()[i], i, peer, kHttp, kGet);
      peer.seq += static_cast<std::uint32_t>(kGet.size());
      owed[i] = kFile;  // and the header, which ends it a little early
    }
  };
  const auto look = [&] {
    std::uint64_t n = 0;
    for (const Frame& frame : rig.sent()) {
      const Rig::Left left = rig.read_sent(frame);
      Peer& peer = rig.peers()[left.peer];
      must(left.seq == peer.ack, "text was sent twice or not in order");
      peer.ack += left.text;
      owed[left.peer] -= std::min<std::uint64_t>(owed[left.peer], left.text);
      n += frame.segment_size() == 0 ? 1 : left.text / frame.segment_size();
    }
    rig.recycle();
    return n;
  };
  for (int i = 0; i < 64; ++i) {  // until the windows are open
    fill();
    rig.warm_up(shape.burst);
    (void)look();
  }
  Result result = result_of("text sent, full segments", "segment", shape);
  measure_pairs(
      result, effort,
      [&] {
        std::uint64_t cycles = 0, segments = 0;
        while (segments < effort.work) {
          fill();
          cycles += rig.run(shape.burst);
          const std::uint64_t n = look();
          must(n != 0, "nothing was sent");
          segments += n;
        }
        return static_cast<double>(cycles) / static_cast<double>(segments);
      },
      [] { return 0.0; });
  return result;
}

Result whole_connection(const Shape& shape, const Effort& effort) {
  RigSettings settings = settings_of(shape);
  settings.max_flows += shape.frames;
  Rig rig(settings);
  if (shape.flows != 0) rig.open(shape.flows, kDiscard);
  const std::uint64_t open = rig.counters().flows.get();
  const std::uint32_t loops = std::max(1U, effort.work / shape.frames / 4);
  std::vector<Peer> peers(shape.frames);
  std::uint32_t first = shape.flows;
  const auto connections = [&] {
    std::uint64_t cycles = 0;
    const auto pass = [&](auto&& write, std::size_t answers) {
      for (std::uint32_t i = 0; i < shape.frames; ++i) write(rig.frames()[i], first + i, peers[i]);
      cycles += rig.run(shape.burst);
      must(rig.sent().size() == answers, "a connection went astray");
    };
    for (std::uint32_t loop = 0; loop < loops; ++loop) {
      pass([&](Frame& f, std::uint32_t peer, Peer&) { rig.write_syn(f, peer, kEcho, 1000); },
           shape.frames);
      for (std::uint32_t i = 0; i < shape.frames; ++i) {
        peers[i] = {1001, rig.read_sent(rig.sent()[i]).seq + 1};
      }
      rig.recycle();
      pass([&](Frame& f, std::uint32_t n, Peer& p) { rig.write_segment(f, n, p, kEcho, 10, kPsh); },
           shape.frames);
      for (Peer& p : peers) p = {p.seq + 10, p.ack + 10};
      rig.recycle();
      pass([&](Frame& f, std::uint32_t n, Peer& p) { rig.write_segment(f, n, p, kEcho, 0, kFin); },
           shape.frames);
      for (Peer& p : peers) p = {p.seq + 1, p.ack + 1};
      rig.recycle();
      pass([&](Frame& f, std::uint32_t n, Peer& p) { rig.write_segment(f, n, p, kEcho, 0); }, 0);
      rig.recycle();
      must(rig.counters().flows.get() == open, "a connection did not end");
      first = shape.flows + (first - shape.flows + shape.frames) % (kHosts / 2);
    }
    return static_cast<double>(cycles) / loops / shape.frames;
  };
  Result result = result_of("connection of 7 frames, echo", "connection", shape);
  measure_pairs(result, effort, connections, [] { return 0.0; });
  return result;
}

Result short_connection(const Shape& shape, const Effort& effort) {
  RigSettings settings = settings_of(shape);
  settings.max_flows = shape.flows + shape.flows / 4 + 4 * shape.frames;
  settings.discard = [] { return std::make_unique<RespondService>(RespondSettings{1, true}); };
  // A loop of three passes takes so long by the rig's clock, and makes a connection a frame.
  const Duration loop = 3 * (shape.frames / shape.burst) * Rig::kRound;
  const Duration standing = shape.flows * loop / shape.frames;
  settings.tune = [standing](Snapshot& s) { s.tcp.msl_ms = std::max(1U, to_ms(standing / 2)); };
  Rig rig(settings);
  std::vector<Peer> peers(shape.frames);
  std::uint32_t first = 0;
  bool counts = false;
  const auto open_and_close = [&] {
    std::uint64_t cycles = 0;
    const auto pass = [&](auto&& write) {
      for (std::uint32_t i = 0; i < shape.frames; ++i) write(rig.frames()[i], first + i, peers[i]);
      if (counts) {
        cycles += rig.run(shape.burst);
      } else {
        rig.warm_up(shape.burst);
      }
      must(rig.sent().size() == shape.frames, "a connection went astray");
    };
    pass([&](Frame& f, std::uint32_t n, Peer&) { rig.write_syn(f, n, kDiscard, 1000); });
    for (std::uint32_t i = 0; i < shape.frames; ++i) {
      peers[i] = {1001, rig.read_sent(rig.sent()[i]).seq + 1};
    }
    rig.recycle();
    pass(
        [&](Frame& f, std::uint32_t n, Peer& p) { rig.write_segment(f, n, p, kDiscard, 1, kPsh); });
    for (Peer& p : peers) p = {p.seq + 1, p.ack + 2};  // a byte and the FIN
    rig.recycle();
    pass(
        [&](Frame& f, std::uint32_t n, Peer& p) { rig.write_segment(f, n, p, kDiscard, 0, kFin); });
    rig.recycle();
    first = (first + shape.frames) % kHosts;
    return static_cast<double>(cycles) / shape.frames;
  };
  for (std::uint32_t done = 0; done < 2 * shape.flows; done += shape.frames) (void)open_and_close();
  const std::uint64_t open = rig.counters().flows.get();
  must(open > shape.flows - shape.flows / 8 &&
           open < shape.flows + shape.flows / 8 + 2 * shape.frames,
       "too few or too many are in TIME-WAIT");
  counts = true;
  const std::uint32_t loops = std::max(1U, effort.work / shape.frames / 4);
  const auto connections = [&] {
    double cycles = 0;
    for (std::uint32_t i = 0; i < loops; ++i) cycles += open_and_close();
    return cycles / loops;
  };
  Result result = result_of("connection of 6 frames that we close", "connection", shape);
  measure_pairs(result, effort, connections, [] { return 0.0; });
  return result;
}

}  // namespace weir::bench
