// The user calls of RFC 9293 §3.9.1 on a flow: SEND, CLOSE, ABORT.
#pragma once

#include <cstdint>
#include <span>

#include "service/service.hpp"
#include "tcp/info.hpp"
#include "tcp/tcb.hpp"

namespace weir::tcp {

/// A flow as its service sees it, for the length of one call into the service.
class FlowConnection final : public Connection {
 public:
  FlowConnection(Flow& flow, Context& ctx, Outbox& out) noexcept
      : flow_(flow), ctx_(ctx), out_(out) {}

  [[nodiscard]] std::size_t room() const noexcept override;
  using Connection::send;
  std::size_t send(std::span<const std::uint8_t> bytes) noexcept override;
  [[nodiscard]] bool send_static(std::span<const std::uint8_t> bytes,
                                 const TransmitMemory* memory) noexcept override;
  using Connection::send_static;
  std::size_t send_text(Text& text) noexcept override;
  [[nodiscard]] std::uint64_t queued() const noexcept override;
  void close() noexcept override;
  void end_sending() noexcept override;
  void abort() noexcept override;
  void resume() noexcept override { resume_ = true; }
  void set_timeout(Duration delay) noexcept override;
  void answered(Instant since) noexcept override;
  [[nodiscard]] bool peer_closed() const noexcept override { return peer_has_closed(flow_.state); }
  [[nodiscard]] std::uint32_t& word() noexcept override { return flow_.service_word; }
  [[nodiscard]] Instant now() const noexcept override { return ctx_.now; }
  [[nodiscard]] Address remote_address() const noexcept override { return flow_.remote; }
  [[nodiscard]] std::uint16_t remote_port() const noexcept override { return flow_.remote_port; }
  [[nodiscard]] Address local_address() const noexcept override { return place().address; }
  [[nodiscard]] std::uint16_t local_port() const noexcept override { return place().port; }
  [[nodiscard]] ConnectionId id() const noexcept override {
    return static_cast<ConnectionId>(&flow_ - ctx_.flows);
  }
  [[nodiscard]] TcpInfo info() const noexcept override { return info_of(flow_, ctx_); }

  /// The service asked for its unread text.
  [[nodiscard]] bool take_resume() noexcept { return std::exchange(resume_, false); }
  /// The service called close() when it still could send.
  [[nodiscard]] bool has_closed() const noexcept { return closed_; }

 private:
  /// The cold object of a flow that may send, or nullptr.
  [[nodiscard]] Cold* sendable() noexcept;
  [[nodiscard]] const Listener& place() const noexcept { return (*ctx_.listeners)[flow_.local]; }

  Flow& flow_;
  Context& ctx_;
  Outbox& out_;
  bool resume_ = false, closed_ = false;
};

}  // namespace weir::tcp
