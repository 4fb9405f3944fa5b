// A program for both ends of one connection, in virtual time; what must hold whatever they do.
//
// An input is [setup 4] and a list of operations, each [code 1][arguments]: see Conversation::step
// for the codes and Conversation::setup for the bits. Text of the peer is a pattern of its sequence
// numbers, so whatever is delivered tells where it came from.
#include <algorithm>

#include "small_stack.hpp"
#include "tcp/fast_open.hpp"

namespace weir::fuzz {
namespace {

constexpr std::size_t kMostOperations = 256, kMostReplies = 64, kMostSent = 24 * 1024;
constexpr std::uint32_t kMinute = 60'000;
constexpr std::uint16_t kOurPort = 50000, kScripted = 4;
constexpr std::uint16_t kOffers[] = {0, 1, 88, 256, 536, 1220, 1400, 1460};
constexpr std::uint16_t kWindows[] = {65535, 4096, 1000, 100, 16384, 2000, 0, 1};
constexpr std::uint32_t kBuffers[] = {1024, 4096, 16384, 65535, 200'000, 1460, 3000, 8192};

std::string peer_text(std::uint32_t seq, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>(pattern_byte(seq + static_cast<std::uint32_t>(i)));
  }
  return text;
}

std::int32_t distance(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b); }

class Conversation {
 public:
  explicit Conversation(Input& in) : in_(in), stack_(setup(in)) {
    ScriptedService& script = stack_.script();
    script.polls = polls_;
    script.at_open = [this](Connection& c) { opens(c); };
    script.at_text = [this](Connection& c, Text& t) { return reads(c, t); };
    script.at_peer_close = [this](Connection& c) { do_calls(c); };
    script.at_sent = [this](Connection& c) { do_calls(c); };
    script.at_timeout = [this](Connection& c) {
      do_calls(c);
      c.resume();
    };
    if (active_) {
      place_ = stack_.snapshot().listeners.find(Transport::tcp, our_address(family_), kOurPort);
    }
    open();
  }

  void run() {
    for (std::size_t n = 0; n < kMostOperations && !in_.done(); ++n) step();
    switch (ending_) {
      case 0:
        recovers();
        break;
      case 1:
        is_reset();
        break;
      default:
        break;
    }
    nothing_is_left(stack_);
    const auto opened = static_cast<std::size_t>(stack_.script().opened);
    const std::size_t ended = stack_.script().ends.size();  // of what we called, failures too
    must(active_ ? opened <= ended : opened == ended, "each open connection ends once");
  }

 private:
  // Bits of the four bytes: family, timestamps, scaling, SACK, polls, Nagle off, few frames, idle
  // for ever | shift of the peer's window 4, its MSS 3, we open 1 | receive buffer 3, keep-alive 1,
  // send buffer 3, fast open 1 | where the numbers begin 1, how it ends 2, window 3, spread 1,
  // a receive buffer that grows 1.
  Stack::Config setup(Input& in) {
    const unsigned flags = in.u8(), offer = in.u8(), buffers = in.u8(), rest = in.u8();
    family_ = (flags & 1) != 0 ? Family::v6 : Family::v4;
    timestamps_ = (flags & 2) != 0;
    scaling_ = (flags & 4) != 0;
    sack_ = (flags & 8) != 0;
    polls_ = (flags & 16) != 0;
    scarce_ = (flags & 64) != 0;
    idles_ = (flags & 128) == 0;
    shift_ = offer & 15;
    mss_ = kOffers[offer >> 4 & 7];
    receive_buffer_ = kBuffers[buffers & 7];
    send_buffer_ = kBuffers[buffers >> 4 & 7];
    nxt_ = (rest & 1) != 0 ? 0xffffff00U : 5000;
    ending_ = rest >> 1 & 3;
    window_ = kWindows[rest >> 3 & 7];
    most_unread_ = (rest & 128) != 0 ? 4 * receive_buffer_ : receive_buffer_;
    active_ = (offer & 128) != 0;
    fast_ = !active_ && (buffers & 128) != 0;
    keep_alive_ = (buffers & 8) != 0;
    Stack::Config config = small_stack();
    config.pool = scarce_ ? 40 : 256;
    config.tune = [=, this](Snapshot& s) {
      s.max_flows = 8;
      s.tcp.cookies = tcp::Cookies::off;
      s.tcp.receive_buffer = receive_buffer_;
      s.tcp.receive_buffer_max = most_unread_;
      s.tcp.send_buffer = send_buffer_;
      s.tcp.rto_min_spread_ms = (rest & 64) != 0 ? 100 : 0;
      s.listeners.add({our_address(family_), kOurPort, Transport::tcp, kScripted, false});
      for (ServiceLimits& service : s.services) {
        service.tcp.idle_ms = idles_ ? 30'000 : 0;
        service.tcp.nagle = (flags & 32) == 0;
        service.tcp.keep_alive_ms = keep_alive_ ? 10'000 : 0;
        service.fast_opens = fast_ ? 2 : 0;
      }
    };
    return config;
  }

  void open() {
    if (active_) return answer();
    Seg seg = offered(syn());
    if (fast_) {
      seg.options(fast_options()).text(peer_text(nxt_ + 1, 100));
      opening_irs_ = nxt_;
    }
    nxt_ += seg.length();
    sends({seg});
    opening_irs_.reset();
    while (!replies_.empty()) takes(0);
    sends({stamped(ack().seq(nxt_).ack(received_))});
  }
  Seg offered(Seg seg) {
    seg.seq(nxt_).win(window_);
    if (mss_ != 0) seg.mss(mss_);
    if (scaling_) seg.ws(static_cast<std::uint8_t>(shift_));
    if (sack_) seg.sack_ok();
    if (timestamps_) seg.ts(clock(), 0);
    return seg;
  }
  /// We open, and the peer answers as is right; unless there is a connection already.
  void answer() {
    Pipeline& pipeline = stack_.pipeline();
    if (pipeline.connect(place_, peer_address(family_), Seg{}.source_port, stack_.now()) == kNoFlow)
      return;
    stack_.round();
    hear(false);
    while (!replies_.empty()) takes(0);
    Seg seg = offered(syn_ack()).ack(received_);
    ++nxt_;
    sends({seg});
    while (!replies_.empty()) takes(0);
  }
  /// MSS 1400 and a cookie that is right: the stack's secrets are known.
  [[nodiscard]] Octets fast_options() const {
    const Secrets secrets = Secrets::derive(Stack::Config{}.seed, 0x5eed);
    const std::uint64_t cookie =
        tcp::fast_open_cookie(secrets, peer_address(family_), tcp::fast_open_period(stack_.now()));
    Octets options{2, 4, 5, 120, 1, 1, 34, 10};
    for (int at = 56; at >= 0; at -= 8) options.push_back(static_cast<std::uint8_t>(cookie >> at));
    return options;
  }

  // --- the service ---
  void opens(Connection& c) {
    sent_text_.clear();
    stream_irs_ = opening_irs_.value_or(irs_);
    delivered_before_ = stack_.script().text.size();
    do_calls(c);
  }
  std::size_t reads(Connection& c, Text& t) {
    if (calls_first_) do_calls(c);
    const std::size_t size = t.bytes.size();
    std::size_t n = std::min(size, reads_at_most_);
    if (echoes_ && sent_text_.size() < kMostSent) {
      const std::string text(t.bytes.begin(), t.bytes.end());
      n = c.send_text(t);
      must(n <= text.size(), "send_text takes no more than there is");
      sent_text_ += text.substr(0, n);
    }
    if (!calls_first_) do_calls(c);
    if (n < size) c.set_timeout(1s);  // as whoever leaves text must, to come back for it
    return n;
  }
  void do_calls(Connection& c) {
    std::deque<ScriptedService::Call> now = std::move(calls_);
    calls_.clear();
    for (const auto& call : now) call(c);
  }
  void will_send(std::size_t n, bool by_reference) {
    calls_.push_back([this, n, by_reference](Connection& c) {
      static const std::string kText = pattern(0, 2 * kMostSent, 3);
      const std::size_t from = sent_text_.size();
      const std::size_t size = std::min(n, kMostSent - std::min(kMostSent, from));
      const std::string_view text = std::string_view(kText).substr(from, size);
      std::size_t taken = 0;
      if (by_reference) {
        const auto* at = reinterpret_cast<const std::uint8_t*>(text.data());
        taken = c.send_static({at, size}) ? size : 0;
        ++references_;
      } else {
        const std::size_t room = c.room();
        taken = c.send(text);
        must(taken <= size && taken <= room, "send takes no more than there is room for");
      }
      sent_text_ += text.substr(0, taken);
    });
  }

  // --- the peer ---
  [[nodiscard]] std::uint32_t clock() const { return 7'000'000 + stack_.now().milliseconds(); }
  Seg stamped(Seg seg) {
    if (!seg.window_) seg.win(window_);
    if (timestamps_) seg.ts(highest_ts_ = std::max(highest_ts_, clock()), ts_recent_);
    return seg;
  }

  // As is right but for what the shape says: | options 1 | text 2 | window 1 | ack 2 | seq 2 |
  Seg segment() {
    // A fast open's SYN is the one of open(): who else's text it was could not be told.
    Seg seg = test::flags(static_cast<std::uint8_t>(in_.u8() & ~(fast_ ? kSyn : 0)));
    const unsigned shape = in_.u8();
    std::uint32_t seq = nxt_;
    if ((shape & 3) == 1) seq += static_cast<std::uint32_t>(in_.i8());
    if ((shape & 3) == 2) seq += static_cast<std::uint32_t>(in_.i16());
    if ((shape & 3) == 3) seq = in_.u32();
    std::uint32_t acknowledges = received_;
    if ((shape >> 2 & 3) == 1) acknowledges += static_cast<std::uint32_t>(in_.i8());
    if ((shape >> 2 & 3) == 2) acknowledges += static_cast<std::uint32_t>(in_.i16());
    if ((shape >> 2 & 3) == 3) acknowledges = in_.u32();
    seg.seq(seq);
    if ((seg.flags & kAck) != 0) seg.ack(acknowledges);
    if ((shape & 16) != 0) seg.win(in_.u16());
    std::size_t length = 0;
    if ((shape >> 5 & 3) == 1) length = in_.u8();
    if ((shape >> 5 & 3) == 2) length = in_.u16() % 1401;
    if ((shape >> 5 & 3) == 3) length = in_.u8() * 8U % 1401;
    const bool is_syn = (seg.flags & kSyn) != 0;
    if (length != 0) seg.text(peer_text(seq + is_syn, length));
    seg = stamped(seg);
    if ((shape & 128) != 0) set_options(seg);
    if ((shape & 3) == 0 && (seg.flags & (kSyn | kRst)) == 0) nxt_ += seg.length();
    return seg;
  }
  void set_options(Seg& seg) {
    const unsigned which = in_.u8();
    if ((which & 1) != 0 && seg.ts_) {
      seg.ts_->first += static_cast<std::uint32_t>(in_.i16());
      if (distance(seg.ts_->first, highest_ts_) > 0) highest_ts_ = seg.ts_->first;
    }
    if ((which & 2) != 0) seg.ts_.reset();
    if ((which & 4) != 0) {
      std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks(1 + (which >> 6));
      if (seg.ts_ && blocks.size() > 3) blocks.resize(3);
      for (auto& [left, right] : blocks) {
        left = received_ + static_cast<std::uint32_t>(in_.i16());
        right = left + static_cast<std::uint32_t>(in_.i16());
      }
      seg.sack(blocks);
    }
    if ((which & 8) != 0) {
      const auto raw = in_.take(in_.below(41));
      seg.options(Octets(raw.begin(), raw.end()));
      wild_ts_ = true;  // whatever it said of timestamps, it is the peer's own fault
    }
    if ((which & 16) != 0) seg.urgent(in_.u16());
    if ((which & 32) != 0) seg.reserved(static_cast<std::uint8_t>(in_.u8() & 15));
  }

  void sends(std::vector<Seg> segs) {
    std::vector<Octets> frames;
    bool only_resets = true, only_wild_resets = true;
    const FlowEntry before = flow();
    if (before.state == State::syn_sent) {
      segs.resize(1);  // whose number is known to begin it all
      opening_irs_ = segs[0].seq_;
    }
    end_behind_a_new_syn(segs, before.state);
    for (Seg& seg : segs) {
      if (active_) seg.destination_port = kOurPort;
      const bool is_reset = (seg.flags & kRst) != 0;
      only_resets = only_resets && is_reset;
      const std::uint32_t beyond = seg.seq_.value_or(0) - rcv_nxt(before);
      only_wild_resets = only_wild_resets && is_reset && before.state >= State::established &&
                         beyond > before.rcv_wnd && !seg.text_;
      note_window(seg);
      if ((seg.flags & kSyn) != 0) note_syn(seg);
      frames.push_back(tcp_frame(from_peer(family_), seg));
    }
    const std::uint64_t answered = stack_.counters().answered.get();
    stack_.receive_burst(frames);
    const bool was_answered = stack_.counters().answered.get() != answered;
    must(!only_wild_resets || !was_answered, "an RST outside the window is not answered");
    if (before.state == State::syn_sent) {
      note_answer(segs[0]);
      opening_irs_.reset();
    }
    hear(only_resets);
  }
  /// A SYN that may open, behind a reset or where nothing is, ends its burst: its SYN-ACK has to be
  /// seen before the service hears of the connection, or nobody knows where its text begins.
  static void end_behind_a_new_syn(std::vector<Seg>& segs, State before) {
    bool nothing = before == State::free;
    for (std::size_t i = 0; i < segs.size(); ++i) {
      const bool is_syn = (segs[i].flags & kSyn) != 0;
      if (nothing && is_syn) segs.resize(i + 1);
      nothing = nothing || (segs[i].flags & kRst) != 0;
    }
  }
  /// Of a SYN that opened, or half opened, what we had begun.
  void note_answer(const Seg& seg) {
    const FlowEntry f = flow();
    if (f.state < State::syn_received || (seg.flags & kSyn) == 0) return;
    irs_ = seg.seq_.value_or(0);
    edge_ = irs_ + 1 + our_syn_window_;
    scaling_agreed_ = f.window_scale;
    our_shift_ = scaling_agreed_ ? tcp::kRcvScale : 0U;
    peer_edge_ = iss_ + 1 + syn_window_;
  }
  void note_syn(const Seg& seg) {
    const Octets raw = seg.raw_options_.value_or(Octets{});
    const std::uint16_t mss = seg.raw_options_ ? TcpOptions::parse(raw).mss : seg.mss_.value_or(0);
    longest_ = std::max<std::size_t>({longest_, mss == 0 ? 1220U : mss, 88U});
    syn_window_ = std::max<std::uint32_t>(syn_window_, seg.window_.value_or(0xffff));
  }
  // Where the peer's window may at most have let us send to.
  void note_window(const Seg& seg) {
    if ((seg.flags & kAck) == 0 || !seg.ack_) return;
    if (distance(*seg.ack_, iss_) < 0 || distance(*seg.ack_, highest_) > 0) return;
    const std::uint32_t window = seg.window_.value_or(0xffff);
    const std::uint32_t edge =
        *seg.ack_ + (window << (scaling_agreed_ ? std::min(shift_, 14U) : 0));
    if (distance(edge, peer_edge_) > 0) peer_edge_ = edge;
  }
  /// Takes the reply at `i` out of the network and receives it.
  void takes(std::size_t i) {
    if (i >= replies_.size()) return;
    const Sent s = replies_[i];
    replies_.erase(replies_.begin() + static_cast<std::ptrdiff_t>(i));
    if ((s.flags & kRst) != 0) return;
    if (s.options.has_timestamps) ts_recent_ = s.options.ts_value;
    if ((s.flags & kSyn) != 0) received_ = s.seq;
    if (distance(s.seq, received_) > 0) return;
    const std::uint32_t end = s.seq + s.length();
    if (distance(end, received_) > 0) received_ = end;
  }

  // --- what leaves ---
  void hear(bool answers_reset) {
    for (Sent& s : stack_.sent()) {
      if (s.kind != Sent::Kind::tcp) continue;
      must(!answers_reset || (s.flags & kRst) == 0, "no RST answers an RST");
      if ((s.flags & kRst) == 0) check(s);
      if (replies_.size() < kMostReplies) replies_.push_back(std::move(s));
    }
    stack_.sent().clear();
    check_state();
  }
  void check(const Sent& s) {
    if ((s.flags & kSyn) != 0) {
      iss_ = s.seq;
      if ((s.flags & kAck) == 0) {
        highest_ = iss_ + 1;
        our_syn_window_ = s.window;
        return;
      }
      if (!fast_ || s.ack != syn_acked_) irs_ = s.ack - 1;
      if (fast_ && opening_irs_ && s.ack == *opening_irs_ + 101) irs_ = *opening_irs_;
      syn_acked_ = s.ack;
      highest_ = iss_ + 1;
      edge_ = s.ack + s.window;
      scaling_agreed_ = s.options.has_window_scale;
      our_shift_ = scaling_agreed_ ? s.options.window_scale : 0U;
      peer_edge_ = iss_ + 1 + syn_window_;  // which is never scaled
      return;
    }
    must((s.flags & kAck) != 0, "a segment acknowledges");
    const std::uint32_t edge = s.ack + (std::uint32_t{s.window} << our_shift_);
    // RFC 7323 §2.4: a scaled window cannot name every edge.
    const std::int32_t unit = (1 << our_shift_) - 1;
    must(distance(edge, edge_) >= -unit, "the right edge of the window does not shrink");
    if (distance(edge, edge_) > 0) edge_ = edge;
    must(distance(s.ack, irs_ + 1) >= 0, "nothing before the SYN is acknowledged");
    if (s.length() == 0) return;
    const std::uint32_t end = s.seq + s.length();
    if (distance(end, highest_) > 0) highest_ = end;
    must(s.text.size() + s.header_size - 20 <= longest_, "a segment is not longer than the MSS");
    const std::uint32_t at = s.seq - (iss_ + 1);
    must(at + s.text.size() <= sent_text_.size(), "no text leaves that the service did not send");
    must(sent_text_.compare(at, s.text.size(), s.text) == 0, "text leaves as the service sent it");
    must((s.flags & kFin) == 0 || at + s.text.size() == sent_text_.size(),
         "the FIN follows all of the text");
    if (s.text.empty()) return;
    const std::uint32_t text_end = s.seq + static_cast<std::uint32_t>(s.text.size());
    must(distance(text_end, peer_edge_) <= 1, "the peer's window is obeyed, but for a probe");
  }

  [[nodiscard]] FlowEntry flow() {
    const auto flows = stack_.flows();
    must(flows.size() <= 1, "one tuple is one flow");
    return flows.empty() ? FlowEntry{} : flows[0];
  }
  [[nodiscard]] std::uint32_t rcv_nxt(const FlowEntry& f) const { return irs_ + 1 + f.rx_bytes; }

  void check_state() {
    const FlowEntry f = flow();
    const PipelineMemory memory = stack_.pipeline().memory();
    must(memory.cold_objects <= memory.flows, "a flow has one cold object at most");
    must(memory.pieces <= stack_.pool().in_use() + references_,
         "a piece of text holds a frame or is the service's own");
    check_delivered();
    if (f.state == State::free) return;
    must(distance(f.inflight, 0) >= 0, "snd.una <= snd.nxt");
    must(f.inflight <= sent_text_.size() + 1, "no more in flight than was sent");
    must(f.rto_ms <= kMinute, "the RTO is a minute at most");
    must(f.unread <= most_unread_ + 128, "the receive buffer is bounded");
    check_received(f);
    check_deadline(f);
  }
  void check_delivered() {
    const std::string& all = stack_.script().text;
    for (; checked_ < all.size(); ++checked_) {
      if (checked_ < delivered_before_) continue;
      const auto at = static_cast<std::uint32_t>(checked_ - delivered_before_);
      must(static_cast<std::uint8_t>(all[checked_]) == pattern_byte(stream_irs_ + 1 + at),
           "text is delivered in order, each byte once");
    }
  }
  void check_received(const FlowEntry& f) {
    if (f.state <= State::syn_received || f.state == State::time_wait) return;
    const bool fin =
        f.state == State::close_wait || f.state == State::closing || f.state == State::last_ack;
    const std::size_t delivered = stack_.script().text.size() - delivered_before_;
    const std::size_t accepted = f.rx_bytes - (fin ? 1 : 0);
    must(delivered <= accepted, "what is delivered was accepted");
    must(accepted - delivered <= f.unread, "what was accepted is delivered or kept");
  }
  void check_deadline(const FlowEntry& f) {
    const auto due = stack_.pipeline().next_due();
    must(due.has_value(), "a flow has a deadline");
    const bool waits = f.inflight != 0 || f.queued != 0 || f.state == State::time_wait ||
                       f.state == State::fin_wait_2 || f.state <= State::syn_received;
    const std::uint32_t most = idles_ || waits ? kMinute + 1000 : tcp::kQuietStepMs + kMinute;
    must(*due - Tick(stack_.now()) <= static_cast<std::int32_t>(most),
         "a deadline is not later than its maximum");
  }

  void passes(Duration d) {
    if (polls_) d = std::min<Duration>(d, 2s);
    stack_.advance(d);
    hear(false);
  }

  void step() {
    switch (in_.u8() % 16) {
      case 0:  // any segment
        return sends({segment()});
      case 1: {  // text that is right
        Seg seg = stamped(test::flags(kAck | kPsh).seq(nxt_).ack(received_));
        seg.text(peer_text(nxt_, 1 + in_.u8() * 4U));
        nxt_ += seg.length();
        return sends({seg});
      }
      case 2:  // an ACK that is right
        return sends({stamped(ack().seq(nxt_).ack(received_).win(in_.u16()))});
      case 3: {  // several in one burst
        std::vector<Seg> segs;
        for (std::size_t n = 2 + in_.below(7); n != 0; --n) segs.push_back(segment());
        return sends(std::move(segs));
      }
      case 4:
        return passes(std::chrono::milliseconds(in_.u8()));
      case 5:
        return passes(std::chrono::milliseconds(in_.u16()));
      case 6:
        return passes(std::chrono::seconds(in_.u8()));
      case 7:
        return will_send(in_.u16() % 8192, false);
      case 8:
        return will_send(in_.u16() % 8192, true);
      case 9: {
        const unsigned how = in_.u8();
        reads_at_most_ = (how & 3) == 0 ? ~std::size_t{0} : in_.u16();
        echoes_ = (how & 4) != 0;
        calls_first_ = (how & 8) != 0;
        return;
      }
      case 10:
        calls_.push_back([](Connection& c) { c.close(); });
        return;
      case 11:
        if (in_.u8() < 200) {
          calls_.push_back([](Connection& c) { c.resume(); });
        } else {
          calls_.push_back([](Connection& c) { c.abort(); });
        }
        return;
      case 12: {
        const auto delay = std::chrono::milliseconds(in_.u16() % kMinute);
        calls_.push_back([delay](Connection& c) { c.set_timeout(delay); });
        return;
      }
      case 13: {  // the network delivers: all in order, one of them, or loses or repeats one
        const unsigned how = in_.u8();
        const std::size_t i = replies_.empty() ? 0 : (how >> 2) % replies_.size();
        if ((how & 3) == 0) {
          while (!replies_.empty()) takes(0);
        } else if ((how & 3) == 1) {
          takes(i);
        } else if (!replies_.empty() && (how & 3) == 2) {
          replies_.erase(replies_.begin() + static_cast<std::ptrdiff_t>(i));
        } else if (!replies_.empty() && replies_.size() < kMostReplies) {
          replies_.push_back(replies_[i]);
        }
        return;
      }
      case 14: {  // closes, as is right
        Seg seg = stamped(fin().seq(nxt_).ack(received_));
        ++nxt_;
        return sends({seg});
      }
      default:  // another handshake on the same tuple
        replies_.clear();
        return open();
    }
  }

  // --- how it ends ---
  /// A peer that is right from here on gets everything, and is heard.
  void recovers() {
    calls_.clear();
    reads_at_most_ = ~std::size_t{0};
    echoes_ = false;
    window_ = 0xffff;
    polls_ = stack_.script().polls = false;  // time goes on to what is due
    FlowEntry f = flow();
    if (scarce_ || wild_ts_ || f.state < State::established || f.state == State::time_wait) return;
    catch_up(f);
    const auto drained = [&] {
      return f.state == State::free || (f.queued == 0 && f.inflight == 0);
    };
    for (int n = 0; n < 2000 && !drained(); ++n) {
      sends({stamped(ack().seq(nxt_).ack(received_))});
      while (!replies_.empty()) takes(0);
      f = flow();
      if (drained()) break;
      const auto due = stack_.pipeline().next_due();
      const std::int32_t ms = due ? std::clamp(*due - Tick(stack_.now()), 1, 60'000) : 1;
      passes(std::chrono::milliseconds(ms));
      while (!replies_.empty()) takes(0);
      f = flow();
      catch_up(f);
    }
    must(drained(), "all that was sent reaches a peer that acknowledges");
    const bool hears = f.state == State::established || f.state == State::fin_wait_1 ||
                       f.state == State::fin_wait_2;
    if (!hears) return;
    const std::size_t before = stack_.script().text.size();
    for (int n = 0; n < 3 && f.state != State::free; ++n) {  // a closed window opens in a second
      Seg seg = stamped(test::flags(kAck | kPsh).seq(rcv_nxt(f)).ack(received_));
      sends({seg.text(peer_text(rcv_nxt(f), 64))});
      while (!replies_.empty()) takes(0);
      passes(2s);
      f = flow();
      if (stack_.script().text.size() != before || f.state == State::free) break;
    }
    const bool still = f.state == State::established || f.state == State::fin_wait_1 ||
                       f.state == State::fin_wait_2;
    must(!still || stack_.script().text.size() != before, "text in order is delivered");
  }
  /// The peer may have acknowledged what it never got, and lost count of what it sent.
  void catch_up(const FlowEntry& f) {
    nxt_ = rcv_nxt(f);
    const std::uint32_t una = iss_ + 1 + f.tx_bytes;
    if (distance(una, received_) > 0) received_ = una;
  }
  /// An RST at rcv.nxt ends the flow at once; one in TIME-WAIT ends by itself.
  void is_reset() {
    const FlowEntry f = flow();
    if (f.state == State::free || f.state == State::syn_sent) return;
    sends({rst().seq(rcv_nxt(f))});
    const State after = flow().state;
    must(after == State::free || after == State::time_wait, "an exact RST ends the flow");
    stack_.advance(61s);
    hear(false);
    must(flow().state == State::free, "TIME-WAIT ends");
    must(stack_.pool().in_use() == 0, "frames outlive their flow");
    must(stack_.counters().held.get() == 0, "frames are held for no flow");
    must(!stack_.pipeline().next_due(), "a timer outlives its flow");
  }

  Family family_ = Family::v4;
  bool active_ = false, fast_ = false, keep_alive_ = false;
  std::uint16_t place_ = 0;                   // where we open from
  std::uint32_t stream_irs_ = 0;              // of the connection whose text the service has
  std::optional<std::uint32_t> opening_irs_;  // of the one that this segment may open
  std::uint32_t syn_acked_ = 0;               // by our last SYN-ACK
  std::uint16_t our_syn_window_ = 0;
  bool timestamps_ = false, scaling_ = false, sack_ = false, polls_ = false, scarce_ = false,
       idles_ = true;
  unsigned shift_ = 0, ending_ = 0;
  std::uint16_t mss_ = 0, window_ = 0;
  std::uint32_t receive_buffer_ = 0, most_unread_ = 0, send_buffer_ = 0;
  std::uint32_t nxt_ = 0, received_ = 0;  // the peer's snd.nxt and rcv.nxt
  Input& in_;
  Stack stack_;

  std::deque<ScriptedService::Call> calls_;
  std::size_t reads_at_most_ = ~std::size_t{0};
  bool echoes_ = false, calls_first_ = false;
  std::size_t references_ = 0;
  std::string sent_text_;  // what the connection took from its service

  std::uint32_t highest_ts_ = 0, ts_recent_ = 0;
  bool wild_ts_ = false;
  std::deque<Sent> replies_;  // in the network
  std::uint32_t iss_ = 0, irs_ = 0, highest_ = 0, edge_ = 0, peer_edge_ = 0;
  unsigned our_shift_ = 0;
  std::uint32_t syn_window_ = 0;
  std::size_t longest_ = 0;  // of a segment's options and text, by the largest MSS of any SYN
  bool scaling_agreed_ = false;
  std::size_t delivered_before_ = 0, checked_ = 0;
};

}  // namespace
}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::fuzz;
  failures_are_findings();
  Input in(data, size);
  Conversation(in).run();
  return 0;
}
