#include "load/client.hpp"

#include <algorithm>

namespace weir::load {
namespace {

constexpr std::uint32_t kActionsARound = kMaxBurst / 2;  // of two kinds
constexpr std::uint32_t kTuplesARound = 256;             // looked at for one that is free
constexpr std::uint64_t kAhead = 4 << 16;                // bytes that an upload keeps queued

}  // namespace

class Client::Service final : public TcpService {
 public:
  explicit Service(Client& client) : client_(client) {}
  void on_open(Connection& c) noexcept override { client_.opened(c); }
  std::size_t on_text(Connection& c, Text& text) noexcept override {
    return client_.heard(c, text);
  }
  void on_sent(Connection& c) noexcept override { client_.sent(c); }
  void on_peer_close(Connection& c) noexcept override { client_.peer_closed(c); }
  void on_end(Connection& c, EndReason reason) noexcept override { client_.ended(c, reason); }

 private:
  Client& client_;
};

Client::Client(const Share& share)
    : plan_(share.plan),
      share_(share),
      conversation_(make_conversation(share.plan)),
      calls_(share.connections()),
      starts_(std::size_t{calls_.size()} * share.plan.pipeline),
      schedule_(share.rate(), share.plan.ramp),
      salt_(share.worker * 7919U) {
  for (std::uint32_t i = 0; i < calls_.size(); ++i) free_.push_back(i);
}

std::unique_ptr<TcpService> Client::make_service() { return std::make_unique<Service>(*this); }

std::uint32_t Client::act(Pipeline& pipeline, Instant now) noexcept {
  if (!share_.going.load(std::memory_order_relaxed) || calls_.empty()) return 0;
  if (is_stopping()) return close_calls(pipeline, now);
  // The load begins when there is an answer to compare the others with.
  if (conversation_->is_ready()) schedule_.advance(now);
  counters_.behind.set(schedule_.behind());
  return open_calls(pipeline, now) + ask_when_due(pipeline, now);
}

std::uint32_t Client::open_calls(Pipeline& pipeline, Instant now) noexcept {
  std::uint32_t done = 0;
  const bool ready = conversation_->is_ready();
  const std::size_t most = ready ? schedule_.allowed(calls_.size(), now) : 1;
  const bool planned = ready && schedule_.is_open_loop() && schedules_connections();
  while (done < kActionsARound && !free_.empty() && calls_.size() - free_.size() < most) {
    if (planned && !schedule_.is_due()) break;
    const auto due = planned ? std::optional(schedule_.due()) : std::nullopt;
    if (!begin_call(pipeline, due, now)) break;
    if (planned) schedule_.take();
    ++done;
  }
  return done;
}

bool Client::begin_call(Pipeline& pipeline, std::optional<Instant> due, Instant now) noexcept {
  const std::uint32_t number = free_.front();
  Call& call = calls_[number];
  const std::size_t targets = plan_.targets.size();
  for (std::uint32_t i = 0; i < kTuplesARound; ++i) {
    const std::uint64_t tuple = next_tuple_++;
    const Target& target = plan_.targets[tuple % targets];
    const auto place = static_cast<std::uint16_t>(tuple / targets % share_.places);
    const bool ours = pipeline.owns(place, target.address, target.port);
    const FlowId flow =
        ours ? pipeline.connect(place, target.address, target.port, now, number + 1) : kNoFlow;
    if (flow == kNoFlow) {
      if (++in_use_ % (targets * share_.places) == 0) counters_.no_tuple.add();
      continue;
    }
    in_use_ = 0;
    free_.pop_front();
    call.flow = flow;
    call.open = call.closing = call.spoilt = false;
    call.in_flight = call.first = 0;
    call.left = plan_.requests != 0 ? plan_.requests : ~std::uint64_t{0};
    call.began = due.value_or(now);
    call.due = due;
    call.progress.begin(salt_ += 104'729);
    counters_.opening.add();
    return true;
  }
  return false;
}

// The requests whose time has come, on connections that have room for one.
std::uint32_t Client::ask_when_due(Pipeline& pipeline, Instant now) noexcept {
  if (schedules_connections()) return 0;
  std::uint32_t done = 0;
  while (schedule_.is_due() && !idle_.empty() && done < kActionsARound) {
    Call& call = calls_[idle_.front()];
    idle_.pop_front();
    call.listed = false;
    if (!call.open || call.closing) continue;
    pipeline.call(
        call.flow, [this, &call](Connection& connection) { go_on(call, connection); }, now);
    ++done;
  }
  return done;
}

std::uint32_t Client::close_calls(Pipeline& pipeline, Instant now) noexcept {
  std::uint32_t done = 0;
  for (; closed_up_to_ < calls_.size() && done < kActionsARound; ++closed_up_to_) {
    Call& call = calls_[closed_up_to_];
    // One with a request in flight closes when it is answered.
    if (!call.open || call.closing || (call.in_flight != 0 && !is_stream())) continue;
    pipeline.call(
        call.flow,
        [this, &call](Connection& connection) {
          close(call, connection);
          if (is_stream()) connection.abort();
        },
        now);
    ++done;
  }
  return done;
}

void Client::opened(Connection& connection) noexcept {
  Call& call = call_of(connection);
  call.open = true;
  counters_.opening.subtract();
  counters_.open.add();
  counters_.opened.add();
  counters_.handshake.record(connection.now() - call.began);
  if (plan_.mode == Mode::connect) return close(call, connection);
  go_on(call, connection);
}

std::size_t Client::heard(Connection& connection, const Text& text) noexcept {
  Call& call = call_of(connection);
  const Heard heard = conversation_->hear(call.progress, text.bytes);
  counters_.text_in.add(text.bytes.size());
  counters_.bad_status.add(heard.bad_status);
  const std::uint32_t answers = std::min<std::uint32_t>(heard.answers, call.in_flight);
  for (std::uint32_t i = 0; i < answers; ++i) {
    counters_.answer.record(connection.now() - start_of(connection.word(), call.first));
    call.first = static_cast<std::uint8_t>((call.first + 1U) % plan_.pipeline);
  }
  call.in_flight = static_cast<std::uint8_t>(call.in_flight - answers);
  counters_.in_flight.subtract(answers);
  counters_.answers.add(answers);
  if (heard.wrong || heard.answers > answers) {
    spoil(call, connection);
  } else {
    go_on(call, connection);
  }
  return text.bytes.size();
}

// What is wrong stands for the request that it should have answered; the others have no answer.
void Client::spoil(Call& call, Connection& connection) noexcept {
  counters_.wrong.add();
  if (call.in_flight != 0) {
    --call.in_flight;
    counters_.in_flight.subtract();
  }
  call.spoilt = true;
  connection.abort();
}

void Client::sent(Connection& connection) noexcept { go_on(call_of(connection), connection); }

// As many requests as may be in flight, and the end when there are no more.
void Client::go_on(Call& call, Connection& connection) noexcept {
  if (call.closing) return;
  if (plan_.mode == Mode::upload) return upload(call, connection);
  const bool over = is_stopping() || call.progress.over || connection.peer_closed();
  const bool quiet = plan_.mode == Mode::download || plan_.mode == Mode::idle;
  const bool ready = conversation_->is_ready();
  const bool planned = ready && schedule_.is_open_loop() && !schedules_connections();
  const std::uint32_t depth = ready ? plan_.pipeline : 1;
  while (!over && !quiet && call.in_flight < depth && call.left != 0) {
    if (planned && !schedule_.is_due()) break;
    const Instant due = planned ? schedule_.due() : call.due.value_or(connection.now());
    if (!ask(call, connection, due)) return;  // on_sent comes when there is room
    if (planned) schedule_.take();
    call.due.reset();
  }
  if (call.in_flight == 0 && (over || call.left == 0)) return close(call, connection);
  if (planned && !quiet && !call.listed && call.in_flight < depth) {
    call.listed = true;
    idle_.push_back(connection.word() - 1);
  }
}

void Client::upload(Call& call, Connection& connection) noexcept {
  while (!is_stopping() && connection.queued() < kAhead) {
    const std::size_t queued = conversation_->ask(connection, call.progress);
    if (queued == 0) return;
    counters_.text_out.add(queued);
  }
}

bool Client::ask(Call& call, Connection& connection, Instant due) noexcept {
  const std::size_t queued = conversation_->ask(connection, call.progress);
  if (queued == 0) return false;
  counters_.text_out.add(queued);
  start_of(connection.word(), call.first + call.in_flight) = due;
  ++call.in_flight;
  --call.left;
  counters_.in_flight.add();
  counters_.requests.add();
  return true;
}

void Client::close(Call& call, Connection& connection) noexcept {
  call.closing = true;
  connection.close();
}

void Client::peer_closed(Connection& connection) noexcept {
  Call& call = call_of(connection);
  // A server may close when nothing is owed; what it owes is counted in ended().
  if (call.in_flight == 0 && plan_.mode != Mode::idle && !is_stream()) call.closing = true;
  connection.close();
}

void Client::ended(Connection& connection, EndReason reason) noexcept {
  Call& call = call_of(connection);
  if (!call.open) {
    counters_.opening.subtract();
    (reason == EndReason::reset ? counters_.refused : counters_.unanswered).add();
  } else {
    counters_.open.subtract();
    const bool meant = call.closing && reason != EndReason::timed_out;
    if (!call.spoilt) (meant ? counters_.closed : counters_.lost).add();
    counters_.failed.add(call.in_flight);
    counters_.in_flight.subtract(call.in_flight);
  }
  call.open = false;
  call.in_flight = 0;
  call.flow = kNoFlow;
  free_.push_back(connection.word() - 1);
}

}  // namespace weir::load
