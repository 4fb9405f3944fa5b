// The loop: client, cable, stack, cable, client.
#include "conversation.hpp"

#include <algorithm>

namespace weir::test {
namespace {

PortInfo memory_info() {
  PortInfo info;
  info.name = "cable";
  info.driver = "memory";
  info.mac = kOurMac;
  return info;
}

}  // namespace

Conversation::Conversation(ModelClient::Config client, Stack::Config stack, const Faults& faults,
                           std::uint64_t seed)
    : stack_([&] {
        stack.seed = seed;
        return std::make_unique<Stack>(std::move(stack));
      }()),
      port_(memory_info()),
      cable_(port_, faults, seed * 77 + 1),
      client_(client),
      started_(stack_->now()) {
  stack_->on_sent = [this](Frame& frame, const Sent& s) {
    watch(s);
    (void)cable_.tx_burst(0, {&frame, 1});
  };
  client_.start(now());
}

void Conversation::watch(const Sent& s) {
  if (s.kind != Sent::Kind::tcp || (s.flags & kRst) != 0) return;
  if ((s.flags & kSyn) != 0) {
    scale_ = s.options.has_window_scale ? s.options.window_scale : std::uint8_t{0};
    edge_known_ = false;  // another handshake: a cookie's SYN-ACK may come twice
    return;
  }
  const std::uint32_t edge = s.ack + (std::uint32_t{s.window} << scale_);
  if (edge_known_) {
    // Row 109. A scaled window cannot name every edge (RFC 7323 §2.4): less than a unit is allowed.
    const std::int32_t unit = scale_ == 0 ? 0 : (1 << scale_) - 1;
    EXPECT_GE(static_cast<std::int32_t>(edge - edge_), -unit) << "row 109: " << describe(s);
    if (static_cast<std::int32_t>(edge - edge_) > 0) edge_ = edge;
  } else {
    edge_ = edge;
    edge_known_ = true;
  }
  if (s.text.empty()) return;
  const std::size_t options = s.header_size - 20;
  EXPECT_LE(s.text.size() + options, std::max<std::size_t>(client_.config().mss, 88)) << "row 65";
  if (client_.established()) {
    // One octet beyond may probe a closed window.
    const auto beyond = static_cast<std::int32_t>(
        s.seq + static_cast<std::uint32_t>(s.text.size()) - client_.offered_edge());
    EXPECT_LE(beyond, 1) << "beyond the peer's window: " << describe(s);
  }
}

bool Conversation::over() {
  if (!client_.reset().empty()) return true;
  if (!client_.done()) return false;
  const auto flows = stack_->flows();
  return flows.empty() || flows[0].state == State::time_wait;
}

void Conversation::step() {
  cable_.set_now(now());
  (void)cable_.tx_burst(0, {});
  auto& arrived = port_.sent(0);
  while (!arrived.empty()) {
    const Octets bytes(arrived.front().bytes().begin(), arrived.front().bytes().end());
    arrived.pop_front();
    if (is_intact(bytes)) client_.arrives(read_sent(bytes), now());
  }
  client_.tick(now());
  for (const Octets& bytes : client_.take_out()) {
    if (Frame frame = stack_->pool().make(bytes); frame) port_.inject(0, std::move(frame));
  }
  Burst burst;
  if (cable_.rx_burst(0, burst) != 0) {
    stack_->receive(burst);
  } else {
    stack_->round();
  }
}

Instant Conversation::next_step() const {
  if (stack_->is_busy()) return now() + 1ms;
  std::optional<Instant> best;
  const auto consider = [&](std::optional<Instant> t) {
    if (t && (!best || *t < *best)) best = t;
  };
  consider(client_.next_timer());
  consider(cable_.next());
  if (const auto due = stack_->pipeline().next_due()) {
    const std::int32_t ms = std::max(*due - Tick(now()), 1);
    consider(now() + Duration(std::chrono::milliseconds(ms)));
  }
  return std::max(best.value_or(now() + 1s), now() + 100us);
}

bool Conversation::run_until(Instant end, bool stop_when_done) {
  for (unsigned n = 0; now() < end; ++n) {
    step();
    if (stop_when_done && over()) return true;
    if (testing::Test::HasFailure() && n % 16 == 0) return false;  // one failure tells enough
    stack_->set_time(std::min(next_step(), end));
  }
  return false;
}

bool Conversation::run(Duration most) { return run_until(now() + most, true); }

}  // namespace weir::test
