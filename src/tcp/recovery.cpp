// ACK → what was delivered → RTT, loss, congestion window. RFC 8985 §6 and §7 give the order.
#include "tcp/recovery.hpp"

#include <algorithm>

#include "tcp/context.hpp"
#include "tcp/isn.hpp"
#include "tcp/path_mtu.hpp"
#include "tcp/tcb.hpp"

namespace weir::tcp {
namespace {

constexpr std::uint32_t kDupThresh = 3;

std::uint32_t in_flight(const Flow& flow) noexcept {
  return static_cast<std::uint32_t>(flow.snd_nxt - flow.snd_una);
}

// RFC 2883 §4: the first block tells of a duplicate when it lies below the ACK or within the
// second block.
bool is_dsack(const TcpOptions& options, Seq ack) noexcept {
  const SackBlock& first = options.sack[0];
  if (first.left < ack) return first.right <= ack;
  if (options.sack_count < 2) return false;
  const SackBlock& second = options.sack[1];
  return second.left <= first.left && first.right <= second.right;
}

// Row 136: blocks that are empty, inverted, or not within [SND.UNA, SND.NXT] are no news.
bool is_sane(SackBlock block, Seq ack, Seq nxt) noexcept {
  return block.left < block.right && ack <= block.left && block.right <= nxt;
}

// Reads the SACK option; true when it reports a duplicate.
bool read_sacks(Flow& flow, Recovery& r, const Segment& seg, Context& ctx, Delivery& d) noexcept {
  const TcpOptions& options = seg.options;
  if (!flow.sack || options.sack_count == 0) return false;
  const bool dsack = is_dsack(options, seg.ack);
  for (unsigned i = dsack ? 1 : 0; i < options.sack_count; ++i) {
    if (is_sane(options.sack[i], seg.ack, flow.snd_nxt)) {
      r.board.sack(ctx.ranges, options.sack[i], d);
    }
  }
  return dsack;
}

// RFC 6298, Karn: from text that was sent once; else from the timestamp echo, which tells which
// sending was answered (RFC 7323 §4.1). In microseconds, 0 without a sample.
std::uint32_t measure(Flow& flow, Cold& cold, const Segment& seg, const Delivery& d,
                      Context& ctx) noexcept {
  const std::uint32_t now = us_of(ctx.now);
  std::uint32_t rtt = 0;
  if (d.has_first && !d.resent_acked) {
    rtt = std::max(now - d.first_sent_us, 1U);
    cold.recovery.min_rtt.sample(now - d.last_sent_us, now);
  } else if (d.acked != 0 && flow.timestamps && seg.options.has_timestamps) {
    const std::uint32_t clock = cold.ts_offset + ctx.tick().value();
    const std::uint32_t elapsed = clock - seg.options.ts_echo;
    if (elapsed < kMaxRtoMs) rtt = elapsed * 1000 + 500;
  }
  if (rtt == 0) return 0;
  cold.rtt.sample(rtt);
  cold.rto_ms = cold.rtt.rto_ms(cold.rto_floor_ms);
  return rtt;
}

// Without SACK a duplicate says that some segment was delivered (RFC 6582).
void guess_delivery(Flow& flow, Recovery& r, const Delivery& d, bool duplicate,
                    std::uint32_t mss) noexcept {
  if (d.acked != 0) {
    r.guessed -= std::min(r.guessed, d.acked > mss ? d.acked - mss : 0);
    if (flow.snd_nxt == flow.snd_una) r.guessed = 0;
  } else if (duplicate) {
    r.guessed = std::min(r.guessed + mss, in_flight(flow) - std::min(in_flight(flow), mss));
  }
}

void find_losses(Flow& flow, Cold& cold, const Delivery& d, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  const std::uint32_t mss = effective_mss(flow);
  if (!flow.sack) {
    const bool partial = r.phase == Phase::recovery && d.acked != 0 && flow.snd_una < r.point;
    // RFC 6582 §3.2 step 1: not again for what the last recovery covered.
    const bool third =
        r.phase == Phase::open && r.duplicates == kDupThresh && flow.snd_una >= r.point;
    if (partial || third) r.board.lose_head(ctx.ranges, mss);
    return;
  }
  r.reordering.cancel();
  if (!r.rack.valid || (r.phase == Phase::open && r.board.sacked() == 0)) return;
  const bool many = r.phase != Phase::open || r.board.sacked() > (kDupThresh - 1) * mss ||
                    r.duplicates >= kDupThresh;
  const std::uint32_t window =
      r.rack.reordering_window(r.board.reordering_seen(), many, r.min_rtt.get(), cold.rtt.srtt_us);
  const std::uint32_t wait = r.board.detect_loss(ctx.ranges, r.rack.sent_us, r.rack.end,
                                                 r.rack.rtt_us + window, us_of(ctx.now));
  if (wait != 0) r.reordering.arm(ctx.tick() + (wait + 999) / 1000);
}

void enter_recovery(Flow& flow, Cold& cold, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  r.spurious.begin(cold.congestion);
  cold.congestion.reduce(in_flight(flow), effective_mss(flow));
  r.prr.start(in_flight(flow));
  r.phase = Phase::recovery;
  r.point = flow.snd_nxt;
  r.ecn_point = flow.snd_nxt;  // one reduction a window, whatever asks for it
  r.ecn_reduced = true;
  r.cwr_due = flow.ecn;
  r.pto.cancel();
  ctx.mib.add(Mib::TcpFastRetrans);
}

void leave_episode(Recovery& r) noexcept {
  if (r.phase == Phase::recovery) r.rack.recovery_ended();
  r.phase = Phase::open;
  r.duplicates = 0;
  r.guessed = 0;
  r.spurious.end();
}

// RFC 4015 §3.2: the window is what it was; the losses that were only presumed are forgotten.
void undo(Flow& flow, Cold& cold, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  const std::uint32_t cwnd = cold.congestion.cwnd;
  cold.congestion = r.spurious.before;
  cold.congestion.cwnd = std::max(cold.congestion.cwnd, cwnd);
  cold.rto_ms = cold.rtt.rto_ms(cold.rto_floor_ms);
  r.board.keep_all(ctx.ranges);
  leave_episode(r);
  r.point = flow.snd_una;
  ctx.mib.add(Mib::TcpSpuriousRecoveries);
}

// F-RTO, RFC 5682 §2.1 and §3.1: after a timeout the first ACK must move snd.una but not to the
// end, the second must acknowledge what was sent once.
bool frto_says_spurious(Flow& flow, Recovery& r, const Delivery& d) noexcept {
  switch (r.spurious.frto) {
    case Frto::none:
      return false;
    case Frto::head_resent:
      r.spurious.frto = d.acked != 0 && flow.snd_una < r.point ? Frto::new_text : Frto::none;
      return false;
    case Frto::new_text:
      r.spurious.frto = Frto::none;
      return d.original && (d.acked != 0 || flow.sack) && d.original_end <= r.point;
  }
  return false;
}

void grow(Flow& flow, Cold& cold, const Delivery& d, std::uint32_t rtt, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  const bool used = r.use.validated(cold.congestion.cwnd);
  r.use.acknowledged(flow.snd_una, flow.snd_nxt, in_flight(flow));
  if (!used || d.acked == 0) return;
  PathSample path;
  path.una = flow.snd_una;
  path.nxt = flow.snd_nxt;
  path.mss = effective_mss(flow);
  path.rtt_us = rtt;
  path.srtt_us = cold.rtt.srtt_us;
  path.now_us = ctx.now.microseconds();
  cold.congestion.acknowledged(d.acked, path);
}

void set_window(Flow& flow, Cold& cold, const Delivery& d, std::uint32_t lost_before,
                std::uint32_t rtt, bool duplicate, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  const std::uint32_t mss = effective_mss(flow);
  if (r.phase == Phase::open && r.board.lost() != 0) enter_recovery(flow, cold, ctx);
  switch (r.phase) {
    case Phase::recovery: {
      const std::uint32_t delivered = d.bytes + (!flow.sack && duplicate ? mss : 0);
      const bool safe = d.acked != 0 && r.board.lost() <= lost_before;
      if (delivered == 0 && r.prr.out != 0) break;
      cold.congestion.cwnd = std::max(
          r.prr.window(delivered, pipe(flow, r), cold.congestion.ssthresh, mss, safe), mss);
      // RFC 6582 §3.2 step 3: a partial ACK brings the next hole at once.
      if (!flow.sack && d.acked != 0) {
        cold.congestion.cwnd = std::max(cold.congestion.cwnd, pipe(flow, r) + mss);
      }
      break;
    }
    case Phase::loss:
    case Phase::open:
      grow(flow, cold, d, rtt, ctx);
      break;
  }
}

// The probe repaired a loss by itself: congestion control hears of it (RFC 8985 §7.4.2).
void tail_loss_repaired(Flow& flow, Cold& cold) noexcept {
  cold.congestion.reduce(in_flight(flow), effective_mss(flow));
  cold.congestion.cwnd = std::min(cold.congestion.cwnd, cold.congestion.ssthresh);
}

void end_episode_if_over(Flow& flow, Cold& cold) noexcept {
  Recovery& r = cold.recovery;
  if (r.phase == Phase::open || flow.snd_una < r.point) return;
  // RFC 6937: recovery ends at the threshold; a timeout goes on where slow start has come to.
  if (r.phase == Phase::recovery) cold.congestion.cwnd = cold.congestion.ssthresh;
  end_black_hole(flow, cold);
  leave_episode(r);
}

}  // namespace

std::uint32_t pipe(const Flow& flow, const Recovery& r) noexcept {
  const std::uint32_t gone = r.board.sacked() + r.board.lost() + r.guessed;
  return in_flight(flow) - std::min(in_flight(flow), gone);
}

void begin_recovery(Flow& flow, Cold& cold, Context& ctx) noexcept {
  cold.congestion.start(ctx.settings.congestion, effective_mss(flow), flow.snd_nxt);
  cold.recovery.board.start(flow.snd_nxt);
  cold.recovery.use.start(flow.snd_nxt);
  cold.recovery.point = flow.snd_nxt;
}

std::uint32_t ack_arrived(Flow& flow, Cold& cold, const Segment& seg, bool duplicate,
                          Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  Delivery d;
  const Seq una = flow.snd_una;
  if (seg.ack > una) {
    r.board.acknowledge(ctx.ranges, seg.ack, d);
    flow.snd_una = seg.ack;
    r.duplicates = 0;
  } else if (duplicate && r.duplicates < 0xffff) {
    ++r.duplicates;
  }
  const bool dsack = read_sacks(flow, r, seg, ctx, d);
  const std::uint32_t rtt = measure(flow, cold, seg, d, ctx);
  r.rack.update(d, r.min_rtt.get(), us_of(ctx.now));
  if (!flow.sack) guess_delivery(flow, r, d, duplicate, effective_mss(flow));
  bool spurious = false;
  if (dsack) {
    ctx.mib.add(Mib::TcpDsacksReceived);
    r.rack.duplicate_reported(flow.snd_una, flow.snd_nxt);
    const SackBlock& block = seg.options.sack[0];
    const std::int32_t length = block.right - block.left;
    if (length > 0) spurious = r.spurious.duplicate_reported(static_cast<std::uint32_t>(length));
  }
  if (d.acked != 0 && flow.timestamps && seg.options.has_timestamps) {
    spurious = spurious || r.spurious.echoes_original(seg.options.ts_echo);
  }
  if (r.phase == Phase::loss) spurious = frto_says_spurious(flow, r, d) || spurious;
  if (spurious && r.phase != Phase::open) undo(flow, cold, ctx);
  end_episode_if_over(flow, cold);
  const std::uint32_t lost_before = r.board.lost();
  find_losses(flow, cold, d, ctx);
  set_window(flow, cold, d, lost_before, rtt, duplicate, ctx);
  const bool plain = duplicate && seg.options.sack_count == 0;
  if (r.tlp.acknowledged(seg.ack, dsack, plain) && r.phase == Phase::open) {
    tail_loss_repaired(flow, cold);
  }
  if (d.any) arm_probe(flow, cold, ctx);
  return rtt;
}

bool sent_first(Flow& flow, Cold& cold, Seq seq, std::uint32_t length, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  if (!r.board.append(ctx.ranges, seq, length, us_of(ctx.now))) return false;
  if (r.phase == Phase::recovery) r.prr.sent(length);
  r.use.in_flight(in_flight(flow) + length);
  return true;
}

void sent_again(Flow& flow, Cold& cold, Scoreboard::Run run, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  r.board.resend(ctx.ranges, run, us_of(ctx.now));
  if (r.phase == Phase::recovery) r.prr.sent(run.length);
  const std::uint32_t stamp = flow.timestamps ? cold.ts_offset + ctx.tick().value() : 0;
  r.spurious.sent_again(run.length, flow.timestamps, stamp);
}

void retransmission_timed_out(Flow& flow, Cold& cold, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  const std::uint32_t mss = effective_mss(flow);
  const bool first = cold.retries == 0;
  // RFC 5681 §3.1: the threshold is set once for a loss, whoever found it.
  const bool new_loss = first && r.phase == Phase::open;
  if (new_loss) {
    r.spurious.begin(cold.congestion);
  } else {
    r.spurious.end();
  }
  cold.congestion.timed_out(in_flight(flow), mss, new_loss);
  const bool reneged = r.board.head_is_sacked(ctx.ranges) || !first;
  r.board.lose_all(ctx.ranges, reneged);
  r.guessed = 0;
  r.duplicates = 0;
  r.phase = Phase::loss;
  r.point = flow.snd_nxt;
  r.spurious.frto = new_loss && in_flight(flow) > mss ? Frto::head_resent : Frto::none;
  r.tlp.outstanding = false;
  r.probe_due = false;
  r.pto.cancel();
  r.reordering.cancel();
}

void reordering_timed_out(Flow& flow, Cold& cold, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  r.reordering.cancel();
  const std::uint32_t lost_before = r.board.lost();
  const Delivery nothing;
  find_losses(flow, cold, nothing, ctx);
  set_window(flow, cold, nothing, lost_before, 0, false, ctx);
}

void congestion_echoed(Flow& flow, Cold& cold, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  if (flow.snd_una == flow.snd_nxt) return;
  if (r.ecn_reduced && flow.snd_una < r.ecn_point) return;
  ctx.mib.add(Mib::TcpEcnReductions);
  r.ecn_reduced = true;
  r.ecn_point = flow.snd_nxt;
  r.cwr_due = true;
  if (r.phase != Phase::open) return;  // the loss has reduced it already
  cold.congestion.reduce(in_flight(flow), effective_mss(flow));
  cold.congestion.cwnd = std::min(cold.congestion.cwnd, cold.congestion.ssthresh);
}

void path_narrowed(Flow& flow, Cold& cold, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  if (flow.snd_una == flow.snd_nxt) return;
  r.board.lose_all(ctx.ranges, false);
  r.guessed = 0;
  // RFC 1191 §6.5: no loss by congestion, but no burst of everything either.
  cold.congestion.restart_after_idle(effective_mss(flow));
  if (r.phase != Phase::open) return;
  r.phase = Phase::loss;  // until what was too large has arrived: no second opinion on it
  r.point = flow.snd_nxt;
}

// RFC 8985 §7.2: for the last text of a burst, when nothing is being repaired.
void arm_probe(Flow& flow, Cold& cold, Context& ctx) noexcept {
  Recovery& r = cold.recovery;
  r.pto.cancel();
  if (!flow.sack || flow.snd_una == flow.snd_nxt || r.phase != Phase::open) return;
  if (r.board.sacked() != 0 || r.tlp.outstanding || flow.snd_wnd == 0) return;
  const bool one = in_flight(flow) <= effective_mss(flow);
  const Tick at = ctx.tick() + TailLossProbe::timeout_ms(cold.rtt.srtt_us, one);
  // §7.2: not later than the retransmission timer, which then does the same and more.
  if (cold.rto.set && cold.rto.at <= at) return;
  r.pto.arm(at);
}

}  // namespace weir::tcp
