// SEND, CLOSE and ABORT.
#include "tcp/connection.hpp"

#include <algorithm>

namespace weir::tcp {

Cold* FlowConnection::sendable() noexcept {
  if (!may_send(flow_.state)) return nullptr;
  Cold* const cold = ensure_cold(flow_, ctx_);
  if (cold == nullptr || cold->fin_queued) return nullptr;
  return cold;
}

std::size_t FlowConnection::room() const noexcept {
  if (!may_send(flow_.state) || ctx_.frames_scarce) return 0;
  const Cold* cold = cold_of(flow_, ctx_);
  if (cold == nullptr) return ctx_.settings.send_buffer;
  if (cold->fin_queued || cold->send.pieces() >= SendQueue::kMaxPieces) return 0;
  const std::uint64_t used = cold->send.frame_bytes();
  return used >= ctx_.settings.send_buffer
             ? 0
             : static_cast<std::size_t>(ctx_.settings.send_buffer - used);
}

std::size_t FlowConnection::send(std::span<const std::uint8_t> bytes) noexcept {
  const std::size_t n = std::min(bytes.size(), room());
  if (n == 0) return 0;
  Cold* const cold = sendable();
  if (cold == nullptr) return 0;
  out_.transmit = true;
  return cold->send.append_copy(ctx_.pieces, ctx_.pool, bytes.first(n));
}

bool FlowConnection::send_static(std::span<const std::uint8_t> bytes,
                                 const TransmitMemory* memory) noexcept {
  Cold* const cold = sendable();
  if (cold == nullptr) return false;
  out_.transmit = true;
  return cold->send.append_static(ctx_.pieces, bytes, memory);
}

std::size_t FlowConnection::send_text(Text& text) noexcept {
  // Below this size a copy is cheaper than a buffer that is held until the acknowledgement.
  constexpr std::size_t kKeepFrom = 512;
  const std::size_t n = std::min(text.bytes.size(), room());
  if (n != text.bytes.size() || n < kKeepFrom || text.frame == nullptr || !*text.frame) {
    return send(text.bytes.first(n));
  }
  Cold* const cold = sendable();
  if (cold == nullptr || !cold->send.append_frame(ctx_.pieces, *text.frame, text.bytes)) return 0;
  out_.transmit = true;
  return n;
}

std::uint64_t FlowConnection::queued() const noexcept {
  const Cold* cold = cold_of(flow_, ctx_);
  return cold == nullptr ? 0 : cold->send.size();
}

void FlowConnection::close() noexcept {
  closed_ = may_send(flow_.state);
  end_sending();
}

void FlowConnection::end_sending() noexcept {
  // RFC 9293 §3.10.4: the FIN follows what is queued; the state says so at once.
  // In SYN-RECEIVED (a fast open) it does so when the handshake is complete.
  if (flow_.state == State::syn_sent) return end(flow_, EndReason::aborted, ctx_, out_);
  if (!may_send(flow_.state)) return;
  Cold* const cold = ensure_cold(flow_, ctx_);
  if (cold == nullptr) return reset_and_end(flow_, EndReason::aborted, ctx_, out_);
  if (flow_.state == State::established) flow_.state = State::fin_wait_1;
  if (flow_.state == State::close_wait) flow_.state = State::last_ack;
  cold->fin_queued = true;
  cold->service.cancel();
  out_.transmit = true;
}

void FlowConnection::answered(Instant since) noexcept {
  Cold* const cold = cold_of(flow_, ctx_);
  if (cold == nullptr || cold->send.empty()) return;
  // The comparison of sequence numbers goes so far; who queues more is not timed.
  constexpr std::uint64_t kMost = 1U << 30;
  if (cold->send.size() > kMost) return;
  cold->answers.add(since, flow_.snd_una + static_cast<std::uint32_t>(cold->send.size()));
}

void FlowConnection::abort() noexcept {
  // The peer has nothing left that an RST could end.
  if (lingers(flow_)) return end_lingering(flow_, EndReason::aborted, ctx_, out_);
  if (flow_.state == State::free || flow_.state == State::time_wait) return;
  reset_and_end(flow_, EndReason::aborted, ctx_, out_);
}

void FlowConnection::set_timeout(Duration delay) noexcept {
  if (flow_.state == State::free) return;
  if (flow_.state == State::time_wait && !flow_.has_cold) return;
  if (delay <= Duration{0}) {
    if (Cold* cold = cold_of(flow_, ctx_); cold != nullptr) cold->service.cancel();
    return;
  }
  if (Cold* cold = ensure_cold(flow_, ctx_); cold != nullptr) {
    cold->service.arm(ctx_.tick() + to_ms(delay));
  }
}

}  // namespace weir::tcp
