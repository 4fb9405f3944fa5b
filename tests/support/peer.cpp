// Translating between the test's numbers and the wire's.
#include "support/peer.hpp"

namespace weir::test {

Peer::Peer(Family f, Setup setup)
    : family_(f), setup_(std::move(setup)), irs_(f == Family::v4 ? kIrs : 0xfffffff0U) {
  stack_ = setup_.shared;
  if (!stack_) {
    if (setup_.tune) setup_.stack.tune = setup_.tune;
    stack_ = std::make_shared<Stack>(setup_.stack);
  }
  if (setup_.script) setup_.script(stack_->script());
}

std::uint32_t Peer::ts_now() const { return 7'000'000 + stack_->now().milliseconds(); }

Octets Peer::encode(Seg& seg) {
  const bool has_ack = (seg.flags & kAck) != 0;
  if (!seg.seq_) {
    seg.seq(next_);
    next_ += seg.length();
  }
  if (has_ack && !seg.ack_) seg.ack(received_);
  if (timestamps_ && !seg.ts_ && !seg.no_ts_ && !seg.raw_options_) {
    seg.ts(ts_now(), ts_recent_);
  }
  Seg wire = seg;
  wire.seq(*seg.seq_ - kIrs + irs_);
  if (seg.ack_) wire.ack(*seg.ack_ - kIss + iss_);
  if (seg.sack_) {
    for (auto& [left, right] : *wire.sack_) left += iss_ - kIss, right += iss_ - kIss;
  }
  wire.source_port = setup_.source_port;
  wire.destination_port = setup_.port;
  Ends ends = from_peer(family_);
  ends.traffic_class = wire.traffic_class_;
  return tcp_frame(ends, wire);
}

void Peer::sends(Seg seg) { stack_->receive(encode(seg)); }

void Peer::sends_burst(std::vector<Seg> segs) {
  std::vector<Octets> frames;
  for (Seg& seg : segs) frames.push_back(encode(seg));
  stack_->receive_burst(frames);
}

void Peer::note(Sent& s) {
  const bool has_syn = (s.flags & kSyn) != 0;
  if (has_syn) {
    iss_ = s.seq;
    timestamps_ = s.options.has_timestamps;
    scale_ = s.options.has_window_scale ? s.options.window_scale : std::uint8_t{0};
  }
  s.seq = s.seq - iss_ + kIss;
  if ((s.flags & kAck) != 0) s.ack = s.ack - irs_ + kIrs;
  for (std::size_t i = 0; i < s.options.sack_count; ++i) {
    SackBlock& block = s.options.sack[i];
    block = {block.left - irs_ + kIrs, block.right - irs_ + kIrs};
  }
  if (s.options.has_timestamps) ts_recent_ = s.options.ts_value;
  // Row 138: timestamps in every segment but an RST.
  if (timestamps_ && (s.flags & kRst) == 0) {
    EXPECT_TRUE(s.options.has_timestamps) << describe(s);
  }
  window_ = std::uint32_t{s.window} << (has_syn ? 0 : scale_);
  if (has_syn) received_ = kIss;
  const auto ahead = static_cast<std::int32_t>(s.seq - received_);
  const auto end = static_cast<std::int32_t>(s.seq + s.length() - received_);
  if (ahead <= 0 && end > 0) received_ = s.seq + s.length();
}

Sent Peer::expects(const Seg& like) {
  auto& sent = stack_->sent();
  if (sent.empty()) {
    ADD_FAILURE() << "expected a segment, nothing was sent";
    return {};
  }
  Sent s = std::move(sent.front());
  sent.pop_front();
  EXPECT_EQ(s.kind, Sent::Kind::tcp) << describe(s);
  EXPECT_EQ(s.source, our_address(family_));
  EXPECT_EQ(s.destination, peer_address(family_));
  EXPECT_EQ(s.source_port, setup_.port);
  EXPECT_EQ(s.destination_port, setup_.source_port);
  note(s);
  SCOPED_TRACE(describe(s));
  EXPECT_EQ(s.flags & ~kPsh, like.flags & ~kPsh);
  if ((like.flags & kPsh) != 0) {
    EXPECT_TRUE(s.flags & kPsh);
  }
  if (like.seq_) {
    EXPECT_EQ(s.seq, *like.seq_);
  }
  if (like.ack_) {
    EXPECT_EQ(s.ack, *like.ack_);
  }
  if (like.window_) {
    EXPECT_EQ(s.window, *like.window_);
  }
  if (like.mss_) {
    EXPECT_EQ(s.options.mss, *like.mss_);
  }
  if (like.text_) {
    EXPECT_EQ(s.text, *like.text_);
  }
  if (!like.text_) {
    EXPECT_EQ(s.text.size(), 0U);
  }
  if (like.ts_) {
    EXPECT_EQ(s.options.ts_echo, like.ts_->second);
  }
  if (like.sack_) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks;
    for (std::size_t i = 0; i < s.options.sack_count; ++i) {
      blocks.emplace_back(s.options.sack[i].left.value(), s.options.sack[i].right.value());
    }
    EXPECT_EQ(blocks, *like.sack_);
  }
  return s;
}

void Peer::expects_nothing() {
  for (const Sent& s : stack_->sent()) ADD_FAILURE() << "unexpected: " << describe(s);
  stack_->sent().clear();
}

std::vector<Sent> Peer::takes_all() {
  std::vector<Sent> all(stack_->sent().begin(), stack_->sent().end());
  stack_->sent().clear();
  for (Sent& s : all) note(s);
  return all;
}

void Peer::calls(ScriptedService::Call call) {
  service().calls.push_back(std::move(call));
  advance(10ms);
  EXPECT_TRUE(service().calls.empty()) << "the service did not poll";
}

FlowEntry Peer::flow() const {
  for (const FlowEntry& f : stack_->flows()) {
    if (f.remote == peer_address(family_) && f.remote_port == setup_.source_port &&
        f.local_port == setup_.port) {
      return f;
    }
  }
  return {};
}

State Peer::state() const { return flow().state; }

void Peer::connects() {
  sends(Seg(setup_.syn));
  expects(syn_ack().with(setup_.syn.flags & kEce).seq(kIss).ack(kIrs + 1));  // RFC 3168 §6.1.1
  sends(test::ack());
}

Peer Peer::after_syn(Family f, Setup setup) {
  Peer p(f, std::move(setup));
  p.sends(Seg(p.setup_.syn));
  p.expects(syn_ack().with(p.setup_.syn.flags & kEce).seq(kIss).ack(kIrs + 1));
  EXPECT_EQ(p.state(), State::syn_received);
  return p;
}

Peer Peer::established(Family f, Setup setup) {
  Peer p = after_syn(f, std::move(setup));
  p.sends(test::ack());
  EXPECT_EQ(p.state(), State::established);
  p.expects_nothing();
  return p;
}

Peer Peer::fin_wait_1(Family f, Setup setup) {
  Peer p = after_syn(f, std::move(setup));
  p.service().at_open = [](Connection& c) { c.close(); };
  p.sends(test::ack());
  p.expects(fin().seq(kIss + 1).ack(kIrs + 1));
  EXPECT_EQ(p.state(), State::fin_wait_1);
  return p;
}

Peer Peer::fin_wait_2(Family f, Setup setup) {
  Peer p = fin_wait_1(f, std::move(setup));
  p.sends(test::ack().ack(kIss + 2));
  p.expects_nothing();
  EXPECT_EQ(p.state(), State::fin_wait_2);
  return p;
}

Peer Peer::close_wait(Family f, Setup setup) {
  Peer p = established(f, std::move(setup));
  p.sends(fin());
  p.expects(test::ack().seq(kIss + 1).ack(kIrs + 2));
  EXPECT_EQ(p.state(), State::close_wait);
  return p;
}

Peer Peer::closing(Family f, Setup setup) {
  Peer p = fin_wait_1(f, std::move(setup));
  p.sends(fin().ack(kIss + 1));
  p.expects(test::ack().seq(kIss + 2).ack(kIrs + 2));
  EXPECT_EQ(p.state(), State::closing);
  return p;
}

Peer Peer::last_ack(Family f, Setup setup) {
  Peer p = after_syn(f, std::move(setup));
  p.service().at_peer_close = [](Connection& c) { c.close(); };
  p.sends(test::ack());
  p.sends(fin());
  p.expects(fin().seq(kIss + 1).ack(kIrs + 2));
  EXPECT_EQ(p.state(), State::last_ack);
  return p;
}

Peer Peer::time_wait(Family f, Setup setup) {
  Peer p = fin_wait_2(f, std::move(setup));
  p.sends(fin());
  p.expects(test::ack().seq(kIss + 2).ack(kIrs + 2));
  EXPECT_EQ(p.state(), State::time_wait);
  return p;
}

}  // namespace weir::test
