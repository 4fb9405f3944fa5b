// The client's half of TCP, as simple as it can be.
#include "support/model_client.hpp"

#include <algorithm>

namespace weir::test {

bool is_intact(const Octets& f) {
  if (f.size() < 54) return false;
  const bool macs = std::equal(kPeerMac.bytes.begin(), kPeerMac.bytes.end(), f.begin()) &&
                    std::equal(kOurMac.bytes.begin(), kOurMac.bytes.end(), f.begin() + 6);
  const unsigned type = static_cast<unsigned>(f[12] << 8 | f[13]);
  if (!macs || (type != 0x0800 && type != 0x86dd)) return false;
  const bool v4 = type == 0x0800;
  const std::size_t length = static_cast<std::size_t>(v4 ? f[16] << 8 | f[17] : f[18] << 8 | f[19]);
  if ((v4 ? 14 : 54) + length != f.size() || f[14] >> 4 != (v4 ? 4 : 6)) return false;
  if ((v4 ? f[22] : f[21]) == 0 || (v4 ? f[23] : f[20]) != kProtoTcp) return false;
  if (v4 && f[14] != 0x45) return false;
  Octets mended = f;
  mend_checksums(mended);
  return mended == f;
}

void ModelClient::send(std::uint8_t flags, std::uint64_t pos, std::size_t length, Instant now) {
  Seg seg = test::flags(flags);
  seg.source_port = config_.source_port;
  seg.destination_port = config_.port;
  const bool is_syn = (flags & kSyn) != 0;
  seg.seq(is_syn ? isn_ : isn_ + 1 + static_cast<std::uint32_t>(pos));
  if (is_syn) {
    seg.mss(config_.mss);
    if (config_.scale) seg.ws(*config_.scale);
    if (config_.sack) seg.sack_ok();
    seg.win(static_cast<std::uint16_t>(std::min<std::uint32_t>(config_.receive_buffer, 0xffff)));
  } else {
    seg.ack(irs_ + 1 + static_cast<std::uint32_t>(rcv_) + (peer_fin_ ? 1 : 0));
    const std::uint8_t scale = scaling_ ? *config_.scale : std::uint8_t{0};
    seg.win(static_cast<std::uint16_t>(std::min<std::uint32_t>(window() >> scale, 0xffff)));
    if (sack_ && length == 0 && !gaps_.empty()) {
      std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks;
      for (const auto& [b, e] : gaps_) {
        if (blocks.size() == 3) break;
        blocks.emplace_back(irs_ + 1 + static_cast<std::uint32_t>(b),
                            irs_ + 1 + static_cast<std::uint32_t>(e));
      }
      seg.sack(blocks);
    }
    unacked_ = 0;
    ack_at_.reset();
  }
  if (is_syn ? config_.timestamps : timestamps_) {
    seg.ts(9'000'000 + now.milliseconds(), is_syn ? 0 : ts_recent_);
  }
  if (length != 0) seg.text(pattern(pos, length));
  Ends ends = from_peer(config_.family);
  out_.push_back(tcp_frame(ends, seg));
}

void ModelClient::start(Instant now) {
  state_ = State::syn_sent;
  send(kSyn, 0, 0, now);
  rto_at_ = now + rto_;
}

// The right edge never goes back and moves by a segment or half the buffer at least.
std::uint32_t ModelClient::window() {
  const std::uint64_t free_to = read_ + config_.receive_buffer;
  const std::uint64_t step = std::min<std::uint64_t>(config_.mss, config_.receive_buffer / 2);
  if (free_to >= offered_ + step) offered_ = free_to;
  return offered_ > rcv_ ? static_cast<std::uint32_t>(offered_ - rcv_) : 0;
}

void ModelClient::arrives(const Sent& s, Instant now) {
  if (s.destination_port != config_.source_port || s.source_port != config_.port) return;
  if ((s.flags & kRst) != 0) {
    reset_ = describe(s);
    rto_at_.reset();
    return;
  }
  if (state_ == State::syn_sent) {
    if ((s.flags & (kSyn | kAck)) != (kSyn | kAck) || s.ack != isn_ + 1) return;
    state_ = State::open;
    irs_ = s.seq;
    timestamps_ = s.options.has_timestamps;
    scaling_ = s.options.has_window_scale;
    sack_ = s.options.sack_permitted;
    peer_scale_ = s.options.window_scale;
    peer_mss_ = s.options.mss;
    peer_window_ = s.window;
    wl1_ = s.seq;
    wl2_ = s.ack;
    ts_recent_ = s.options.ts_value;
    offered_ = std::min<std::uint32_t>(config_.receive_buffer, 0xffff);
    rto_ = 300ms;
    rto_at_.reset();
    send_ack(now);
    return fill_window(now, false);
  }
  if ((s.flags & kSyn) != 0) return send_ack(now);
  if (timestamps_ && static_cast<std::int32_t>(s.seq - (irs_ + 1 + std::uint32_t(rcv_))) <= 0 &&
      static_cast<std::int32_t>(s.options.ts_value - ts_recent_) > 0) {
    ts_recent_ = s.options.ts_value;
  }
  take_ack(s, now);
  take_text(s, now);
  fill_window(now, false);
}

void ModelClient::take_ack(const Sent& s, Instant now) {
  const std::int32_t ahead =
      static_cast<std::int32_t>(s.ack - (isn_ + 1 + static_cast<std::uint32_t>(una_)));
  if (ahead < 0) return;
  const std::uint64_t pos = una_ + static_cast<std::uint64_t>(ahead);
  if (pos > max_) {
    ADD_FAILURE() << "acknowledged what was never sent: " << describe(s);
    return;
  }
  const std::uint32_t before = peer_window_;
  const bool newer = static_cast<std::int32_t>(s.seq - wl1_) > 0 ||
                     (s.seq == wl1_ && static_cast<std::int32_t>(s.ack - wl2_) >= 0);
  if (newer) {
    wl1_ = s.seq;
    wl2_ = s.ack;
    peer_window_ = std::uint32_t{s.window} << (scaling_ ? peer_scale_ : 0);
  }
  if (ahead > 0) {
    una_ = pos;
    nxt_ = std::max(nxt_, una_);
    dups_ = 0;
    rto_ = 300ms;
    rto_at_.reset();
    if (una_ == config_.send_total + 1) fin_acked_ = true;
    return;
  }
  if (s.length() != 0 || nxt_ == una_ || peer_window_ != before) return;
  if (++dups_ == 3) {
    ++retransmissions_;
    const std::size_t n =
        static_cast<std::size_t>(std::min<std::uint64_t>(config_.send_total - una_, eff_mss()));
    if (n != 0) send(kAck, una_, n, now);
  }
}

void ModelClient::take_text(const Sent& s, Instant now) {
  if (s.length() == 0) return;
  const std::int64_t offset =
      static_cast<std::int32_t>(s.seq - (irs_ + 1 + static_cast<std::uint32_t>(rcv_)));
  const auto pos = static_cast<std::uint64_t>(static_cast<std::int64_t>(rcv_) + offset);
  // Whatever arrives, now or again, is what the stream holds there.
  for (std::size_t i = 0; i < s.text.size(); ++i) {
    if (static_cast<std::uint8_t>(s.text[i]) != pattern_byte(pos + i)) ++damaged_;
  }
  std::uint64_t to = pos + s.text.size();
  if ((s.flags & kFin) != 0) {
    if (fin_at_) {
      EXPECT_EQ(*fin_at_, to) << "the FIN moved";
    }
    fin_at_ = to;
  }
  if (fin_at_) {
    EXPECT_LE(to, *fin_at_) << "row 152: text beyond the FIN";
  }
  const bool in_order = offset <= 0 && to > rcv_;
  to = std::min(to, std::max(offered_, rcv_));
  const bool had_gaps = !gaps_.empty();
  if (to > rcv_ && to > pos) {
    std::uint64_t begin = std::max(pos, rcv_);
    for (auto it = gaps_.begin(); it != gaps_.end();) {
      if (it->second < begin || it->first > to) {
        ++it;
        continue;
      }
      begin = std::min(begin, it->first);
      to = std::max(to, it->second);
      it = gaps_.erase(it);
    }
    if (begin == rcv_) {
      rcv_ = to;
      if (!read_at_) read_at_ = now + 1ms;
    } else {
      gaps_[begin] = to;
    }
  }
  if (fin_at_ && rcv_ == *fin_at_) peer_fin_ = true;
  ++unacked_;
  if (!in_order || had_gaps || peer_fin_ || unacked_ >= 2) return send_ack(now);
  if (!ack_at_) ack_at_ = now + config_.delayed_ack;
}

void ModelClient::fill_window(Instant now, bool probe) {
  if (state_ != State::open || !reset_.empty()) return;
  const std::uint64_t limit = una_ + std::min<std::uint64_t>(peer_window_, config_.flight);
  while (nxt_ < end()) {
    const std::uint64_t left = config_.send_total - std::min(nxt_, config_.send_total);
    std::uint64_t n = std::min<std::uint64_t>({left, eff_mss(), limit > nxt_ ? limit - nxt_ : 0});
    if (n == 0 && left != 0 && probe) n = 1;
    if (n == 0 && left != 0) break;
    // Sender's silly window avoidance: no slivers while something is in flight.
    if (n < left && n < eff_mss() && nxt_ != una_) break;
    const bool is_last = nxt_ + n == config_.send_total && may_close();
    if (nxt_ < max_) ++retransmissions_;
    send(is_last ? kAck | kPsh | kFin : kAck | kPsh, nxt_, static_cast<std::size_t>(n), now);
    nxt_ += n + (is_last ? 1 : 0);
    max_ = std::max(max_, nxt_);
    probe = false;
  }
  if (!rto_at_ && (una_ < nxt_ || nxt_ < end())) rto_at_ = now + rto_;
}

void ModelClient::read(Instant now) {
  read_at_.reset();
  const std::uint64_t before = offered_;
  read_ = std::min<std::uint64_t>(rcv_, read_ + 5ULL * config_.read_per_ms);
  const bool was_closed = offered_ <= rcv_ + config_.mss;
  (void)window();
  if (was_closed && offered_ > before && !peer_fin_) send_ack(now);
  if (read_ < rcv_ && config_.read_per_ms != 0) read_at_ = now + 5ms;
}

void ModelClient::tick(Instant now) {
  if (!reset_.empty()) return;
  if (read_ < rcv_ && config_.read_per_ms != 0 && !read_at_) read_at_ = now;
  if (read_at_ && *read_at_ <= now) read(now);
  if (ack_at_ && *ack_at_ <= now) send_ack(now);
  if (rto_at_ && *rto_at_ <= now) {
    rto_ = std::min<Duration>(rto_ * 2, 5s);
    rto_at_.reset();
    if (state_ == State::syn_sent) {
      send(kSyn, 0, 0, now);
      rto_at_ = now + rto_;
      return;
    }
    nxt_ = una_;
    dups_ = 0;
    fill_window(now, true);
    return;
  }
  fill_window(now, false);
}

std::optional<Instant> ModelClient::next_timer() const {
  std::optional<Instant> best;
  for (const auto& t : {rto_at_, ack_at_, read_at_}) {
    if (t && (!best || *t < *best)) best = t;
  }
  return best;
}

}  // namespace weir::test
