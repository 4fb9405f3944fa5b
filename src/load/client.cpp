#include "load/client.hpp"

#include <algorithm>

namespace weir::load {
namespace {

constexpr std::uint32_t kActionsARound = kMaxBurst;
constexpr std::uint32_t kTuplesARound = 256;  // looked at for one that is free
constexpr std::size_t kMostDue = 1 << 20;     // beyond that the server is not behind but gone
constexpr std::uint64_t kAhead = 4 << 16;     // bytes that an upload keeps queued

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
      calls_(share.of(share.plan.connections)),
      starts_(std::size_t{calls_.size()} * share.plan.pipeline) {
  for (std::size_t i = calls_.size(); i > 0; --i)
    free_.push_back(static_cast<std::uint32_t>(i - 1));
  paces_connections_ =
      plan_.requests != 0 || plan_.mode == Mode::connect || plan_.mode == Mode::idle;
  if (plan_.rate > 0 && !is_stream()) pace_.emplace(plan_.rate / share.workers, plan_.ramp);
  salt_ = share.worker * 7919U;
}

std::unique_ptr<TcpService> Client::make_service() { return std::make_unique<Service>(*this); }

std::uint32_t Client::act(Pipeline& pipeline, Instant now) noexcept {
  if (!share_.going.load(std::memory_order_relaxed)) return 0;
  if (share_.stopping.load(std::memory_order_relaxed)) return close_calls(pipeline, now);
  if (!begun_) {
    begun_ = true;
    started_ = now;
  }
  if (pace_ && conversation_->is_ready()) {
    if (!paces_) {  // the clock of an open loop starts when there is something to compare with
      paces_ = true;
      pace_->start(now);
    }
    while (const auto due = pace_->next(now)) {
      if (due_.size() < kMostDue) due_.push_back(*due);
    }
  }
  return open_calls(pipeline, now) + ask_when_due(pipeline, now);
}

// How many connections there should be now.
std::uint32_t Client::wanted(Instant now) const noexcept {
  if (!conversation_->is_ready()) return 1;
  const auto all = static_cast<std::uint32_t>(calls_.size());
  const Duration passed = now - started_;
  if (passed >= plan_.ramp || pace_) return all;
  const double part = static_cast<double>(passed.count()) / static_cast<double>(plan_.ramp.count());
  return std::max(1U, static_cast<std::uint32_t>(part * all));
}

std::uint32_t Client::open_calls(Pipeline& pipeline, Instant now) noexcept {
  std::uint32_t done = 0;
  const std::uint32_t most = wanted(now);
  const bool paced = pace_ && paces_connections_ && conversation_->is_ready();
  while (done < kActionsARound && calls_.size() - free_.size() < most) {
    if (paced && due_.empty()) break;
    if (!begin_call(pipeline, paced ? due_.front() : now, now)) break;
    if (paced) due_.pop_front();
    ++done;
  }
  return done;
}

bool Client::begin_call(Pipeline& pipeline, Instant due, Instant now) noexcept {
  const std::uint32_t number = free_.back();
  Call& call = calls_[number];
  for (std::uint32_t i = 0; i < kTuplesARound; ++i) {
    const std::uint64_t tuple = next_tuple_++;
    const auto place = static_cast<std::uint16_t>(tuple % share_.places);
    const Target& target = plan_.targets[tuple / share_.places % plan_.targets.size()];
    if (!pipeline.owns(place, target.address, target.port)) continue;
    const FlowId flow = pipeline.connect(place, target.address, target.port, now, number + 1);
    if (flow == kNoFlow) continue;
    free_.pop_back();
    call.flow = flow;
    call.open = call.closing = call.listed = false;
    call.in_flight = call.first = 0;
    call.left = plan_.requests != 0 ? plan_.requests : ~std::uint64_t{0};
    call.began = now;
    call.due = due;
    call.progress.begin(salt_ += 104'729);
    counters_.opening.add();
    return true;
  }
  counters_.no_tuple.add();
  return false;
}

// The requests whose time has come, on connections that have room for one.
std::uint32_t Client::ask_when_due(Pipeline& pipeline, Instant now) noexcept {
  if (!pace_ || paces_connections_) return 0;
  std::uint32_t done = 0;
  while (!due_.empty() && !idle_.empty() && done < kActionsARound) {
    Call& call = calls_[idle_.back()];
    idle_.pop_back();
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
          is_stream() ? connection.abort() : close(call, connection);
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
  if (plan_.mode == Mode::connect || share_.stopping.load(std::memory_order_relaxed)) {
    return close(call, connection);
  }
  go_on(call, connection);
}

std::size_t Client::heard(Connection& connection, const Text& text) noexcept {
  Call& call = call_of(connection);
  const Heard heard = conversation_->hear(call.progress, text.bytes);
  counters_.text_in.add(text.bytes.size());
  counters_.bad_status.add(heard.bad_status);
  bool wrong = heard.wrong;
  for (std::uint32_t i = 0; i < heard.answers; ++i) {
    if (call.in_flight == 0) {
      wrong = true;  // an answer to nothing
      break;
    }
    const Instant start =
        starts_[(connection.word() - 1) * std::size_t{plan_.pipeline} + call.first];
    call.first = static_cast<std::uint8_t>((call.first + 1) % plan_.pipeline);
    --call.in_flight;
    counters_.answers.add();
    counters_.answer.record(connection.now() - start);
  }
  if (wrong) {
    counters_.wrong.add();
    call.in_flight = 0;  // counted as wrong, not as failed
    connection.abort();
  } else {
    go_on(call, connection);
  }
  return text.bytes.size();
}

void Client::sent(Connection& connection) noexcept { go_on(call_of(connection), connection); }

// As many requests as may be in flight, and the end when there are no more.
void Client::go_on(Call& call, Connection& connection) noexcept {
  if (call.closing) return;
  const bool stopping = share_.stopping.load(std::memory_order_relaxed);
  if (plan_.mode == Mode::upload) {
    while (!stopping && connection.queued() < kAhead) {
      const std::size_t queued = conversation_->ask(connection, call.progress);
      if (queued == 0) break;
      counters_.text_out.add(queued);
    }
    return;
  }
  if (is_stream() || plan_.mode == Mode::idle) return;
  const bool paced = pace_ && !paces_connections_ && conversation_->is_ready();
  const std::uint32_t depth = conversation_->is_ready() ? plan_.pipeline : 1;
  while (!stopping && call.in_flight < depth && call.left != 0) {
    if (paced && due_.empty()) break;
    const Instant due = paced ? due_.front() : call.due > Instant{} ? call.due : connection.now();
    if (!ask(call, connection, due)) return;  // on_sent comes when there is room
    if (paced) due_.pop_front();
    call.due = Instant{};
  }
  if (call.in_flight == 0 && (stopping || call.left == 0)) return close(call, connection);
  if (paced && !call.listed && call.in_flight < depth) {
    call.listed = true;
    idle_.push_back(connection.word() - 1);
  }
}

bool Client::ask(Call& call, Connection& connection, Instant due) noexcept {
  const std::size_t queued = conversation_->ask(connection, call.progress);
  if (queued == 0) return false;
  counters_.text_out.add(queued);
  const std::size_t at = (call.first + call.in_flight) % plan_.pipeline;
  starts_[(connection.word() - 1) * std::size_t{plan_.pipeline} + at] = due;
  ++call.in_flight;
  --call.left;
  counters_.requests.add();
  return true;
}

void Client::close(Call& call, Connection& connection) noexcept {
  call.closing = true;
  connection.close();
}

void Client::peer_closed(Connection& connection) noexcept {
  Call& call = call_of(connection);
  // A server may close when nothing is owed; who sent requests hears of them in ended().
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
    const bool meant =
        call.closing || reason == EndReason::aborted || reason == EndReason::shut_down;
    (meant && reason != EndReason::timed_out ? counters_.closed : counters_.lost).add();
    counters_.failed.add(call.in_flight);
  }
  call.open = false;
  call.flow = kNoFlow;
  free_.push_back(connection.word() - 1);
}

}  // namespace weir::load
