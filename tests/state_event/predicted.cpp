// Header prediction changes what the steps of RFC 9293 §3.10.7.4 change, to the bit, or nothing.
#include "tcp/predicted.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "frame/memory_pool.hpp"
#include "tcp/segment_arrives.hpp"

namespace weir::test {
namespace {

constexpr std::uint32_t kFlows = 4;

class Predicted : public testing::Test {
 protected:
  // An established connection at rest, with any numbers that it could have.
  Flow any_flow() {
    Flow f{};
    f.remote = Address::v4(0xc6120001U);
    f.remote_port = 40000;
    f.state = dice_.up_to(9) == 0 ? State::fin_wait_2 : State::established;
    f.scaling = coin();
    f.snd_scale = f.scaling ? dice_.up_to(14) & 0xf : 0;
    f.timestamps = coin();
    f.sack = coin();
    f.ecn = coin();
    f.ecn_echo = f.ecn && coin();
    f.snd_una = f.snd_nxt = Seq(static_cast<std::uint32_t>(dice_.next()));
    f.rcv_nxt = Seq(static_cast<std::uint32_t>(dice_.next()));
    f.rcv_wnd = static_cast<std::uint16_t>(coin() ? dice_.up_to(40) : dice_.next());
    f.rcv_level = dice_.up_to(3) & 0xf;
    f.rcv_mark = dice_.up_to(0xfff) & 0xfff;
    f.mss = 1460;
    f.ack_due = dice_.up_to(1) & 3;
    f.quiet = dice_.up_to(3) & 3;
    f.ts_recent = static_cast<std::uint32_t>(dice_.next());
    f.snd_wnd = dice_.up_to(70'000);
    f.deadline = ctx_.tick() + dice_.up_to(50);
    f.cold_or_rtt = static_cast<std::uint32_t>(dice_.next());
    return f;
  }
  // Mostly the expected one, each of its marks wrong now and then.
  Segment any_segment(const Flow& f) {
    Segment s;
    s.seq = f.rcv_nxt + off();
    s.ack = f.snd_nxt + off();
    s.window = static_cast<std::uint16_t>(dice_.next());
    s.flags = kAck;
    if (coin()) s.flags |= kPsh;
    if (rarely()) s.flags = static_cast<std::uint8_t>(dice_.next());
    s.traffic_class = static_cast<std::uint8_t>(dice_.up_to(3));
    s.options.has_timestamps = rarely() ? coin() : f.timestamps;
    s.options.ts_value = f.ts_recent + off();
    s.text = std::span<const std::uint8_t>(text_).first(rarely() ? dice_.up_to(1)
                                                                 : 1 + dice_.up_to(5000));
    return s;
  }
  bool coin() { return dice_.up_to(1) == 0; }
  bool rarely() { return dice_.up_to(15) == 0; }
  std::uint32_t off() { return rarely() ? dice_.up_to(4) - 2U : 0U; }

  SplitMix64 dice_{17};
  std::vector<std::uint8_t> text_ = std::vector<std::uint8_t>(6000, 'x');
  Secrets secrets_ = Secrets::derive(1, 2);
  tcp::Settings settings_;
  MemoryPool pool_{16};
  std::vector<Flow> flows_ = std::vector<Flow>(kFlows);
  tcp::ColdSlab cold_{kFlows};
  tcp::PieceSlab pieces_{kFlows};
  tcp::RangeSlab ranges_{kFlows};
  tcp::Throttle throttle_{kFlows, flows_.data()};
  MibCounters mib_;
  tcp::Context ctx_{.now = Instant(1h),
                    .secrets = secrets_,
                    .settings = settings_,
                    .cold = cold_,
                    .pieces = pieces_,
                    .ranges = ranges_,
                    .pool = pool_.pool(),
                    .throttle = throttle_,
                    .mib = mib_,
                    .tuples = TupleHashes(secrets_.tuple),
                    .lot = SplitMix64(1)};
};

TEST_F(Predicted, DoesWhatTheStepsDoOrNothing) {
  unsigned taken = 0, left = 0;
  for (unsigned i = 0; i < 200'000; ++i) {
    if (rarely()) settings_.delayed_ack_ms = settings_.delayed_ack_ms == 0 ? 40 : 0;
    Flow& predicted = flows_[0] = any_flow();
    Flow& stepped = flows_[1] = predicted;
    const Flow before = predicted;
    Segment seg = any_segment(predicted);
    tcp::Outbox out, expected;
    if (!tcp::take_predicted(predicted, seg, ctx_, out)) {
      ++left;
      ASSERT_EQ(std::memcmp(&predicted, &before, sizeof before), 0) << "touched, case " << i;
      ASSERT_EQ(out.events, 0);
      continue;
    }
    ++taken;
    tcp::segment_arrives(stepped, seg, ctx_, expected);
    ASSERT_EQ(std::memcmp(&predicted, &stepped, sizeof stepped), 0) << "case " << i;
    ASSERT_EQ(out.has_reply, expected.has_reply);
    ASSERT_EQ(out.events, expected.events);
    ASSERT_EQ(out.text.data(), expected.text.data());
    ASSERT_EQ(out.text.size(), expected.text.size());
    ASSERT_EQ(out.text_seq, expected.text_seq);
    ASSERT_EQ(out.outcome.verdict, expected.outcome.verdict);
    ASSERT_EQ(out.outcome.has_reason, expected.outcome.has_reason);
    ASSERT_EQ(out.transmit, expected.transmit);
    ASSERT_EQ(out.released, expected.released);
  }
  EXPECT_GT(taken, 20'000U);
  EXPECT_GT(left, 20'000U);
}

}  // namespace
}  // namespace weir::test
