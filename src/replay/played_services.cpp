#include "replay/played_services.hpp"

#include <algorithm>

namespace weir {

/// Any service of any worker: who is meant is known from the call before.
class PlayedService final : public TcpService {
 public:
  explicit PlayedService(PlayedServices& all) : all_(all) {}

  void on_open(Connection& connection) noexcept override { all_.play(connection); }
  std::size_t on_text(Connection& connection, Text& text) noexcept override {
    all_.play(connection);
    return all_.consume(text.bytes.size());
  }
  void on_sent(Connection& connection) noexcept override { all_.play(connection); }
  void on_peer_close(Connection& connection) noexcept override { all_.play(connection); }
  void on_timeout(Connection& connection) noexcept override { all_.play(connection); }

 private:
  PlayedServices& all_;
};

std::unique_ptr<TcpService> PlayedServices::make_service() {
  return std::make_unique<PlayedService>(*this);
}

void PlayedServices::serving(const Flow& flow) noexcept {
  const Listener& local = snapshot_.listeners[flow.local];
  const FlightTuple name{local.address, flow.remote, local.port, flow.remote_port};
  const auto found = deeds_.find(name);
  due_ = found != deeds_.end() && !found->second.empty() && !found->second.front().empty();
  now_ = due_ ? found->second.front().front() : ServeFacts{};
  if (due_) found->second.front().pop_front();
}

void PlayedServices::born(const FlightTuple& tuple) noexcept {
  const auto found = deeds_.find(tuple);
  if (found != deeds_.end() && found->second.size() > 1) found->second.pop_front();
}

void PlayedServices::play(Connection& connection) noexcept {
  if (!due_) return;
  due_ = false;
  act(connection, now_);
}

void PlayedServices::act(Connection& connection, const ServeFacts& facts) noexcept {
  now_ = facts;
  if (facts.aborted) return connection.abort();
  const std::size_t length = std::min<std::size_t>(facts.queued, text_.size());
  if (length != 0) (void)connection.send_static(text_.first(length));
  if (facts.timeout_ms >= 0) connection.set_timeout(facts.timeout_ms * 1ms);
  if (facts.ended_sending) connection.end_sending();
  if (facts.closed) connection.close();
  if (facts.consumed != 0) connection.resume();
}

std::size_t PlayedServices::consume(std::size_t text) noexcept {
  const auto some = static_cast<std::uint32_t>(std::min<std::size_t>(text, now_.consumed));
  now_.consumed -= some;
  return some;
}

}  // namespace weir
