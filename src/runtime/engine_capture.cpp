// Watching running workers: captures, and what was refused lately.
#include "runtime/engine.hpp"
#include "runtime/engine_parts.hpp"

namespace weir {

// Shared with the tasks: a worker that comes late, or never, finds what it was sent.
Attachment Engine::attach(std::uint16_t worker, std::shared_ptr<TapSink> sink) {
  auto added = std::make_shared<bool>(false);
  Tap& tap = parts_->workers[worker]->tap();
  const bool done = run_on(worker, [sink = std::move(sink), added, &tap](Pipeline& pipeline) {
    *added = tap.add(sink);
    pipeline.observe(&tap);
  });
  if (!done) return Attachment::no_answer;
  return *added ? Attachment::done : Attachment::no_room;
}

// The task holds the sink until the control thread frees the task: no worker frees memory.
void Engine::detach(std::uint16_t worker, const std::shared_ptr<TapSink>& sink) {
  Tap& tap = parts_->workers[worker]->tap();
  const WorkerTask task = [sink, &tap](Pipeline& pipeline) {
    (void)tap.remove(sink.get());
    if (tap.empty()) pipeline.observe(nullptr);
  };
  if (!parts_->running) return task(parts_->workers[worker]->pipeline());
  if (!parts_->workers[worker]->mailbox().post(task)) detaching_.emplace_back(worker, sink);
}

void Engine::detach_again() {
  for (auto& [worker, sink] : std::exchange(detaching_, {})) detach(worker, sink);
}

std::vector<RefusedFrame> Engine::refused_frames(std::uint16_t worker) {
  constexpr std::size_t kMostASlice = 256;
  struct Slice {
    std::vector<RefusedFrame> frames;
    std::uint64_t next = 0, last = 0;
  };
  std::vector<RefusedFrame> all;
  std::uint64_t next = 0, end = 1;
  while (next < end) {
    auto slice = std::make_shared<Slice>();
    slice->frames.reserve(kMostASlice);
    const bool done = run_on(worker, [slice, next](Pipeline& pipeline) {
      const RefusedFrames& kept = pipeline.refused_frames();
      slice->next = kept.copy(next, kMostASlice, slice->frames);
      slice->last = kept.last();
    });
    if (!done) break;
    if (end == 1) end = slice->last + 1;  // what comes while we read is for the next time
    all.insert(all.end(), slice->frames.begin(), slice->frames.end());
    next = slice->next;
  }
  return all;
}

bool Engine::send_echo_request(const EchoRequest& request) {
  auto sent = std::make_shared<bool>(false);
  const bool done = run_on(0, [sent, request, now = parts_->clock->now()](Pipeline& pipeline) {
    *sent = pipeline.send_echo_request(request, now);
  });
  return done && *sent;
}

bool Engine::inquire(const Address& address, std::uint8_t port) {
  return run_on(0, [address, port, now = parts_->clock->now()](Pipeline& pipeline) {
    pipeline.sender().set_now(now);
    pipeline.sender().inquire(address, port);
  });
}

void Engine::expect_echo(std::uint16_t identifier) {
  for (std::uint16_t w = 0; w < worker_count(); ++w) {
    (void)run_on(w, [identifier](Pipeline& pipeline) { pipeline.expect_echo(identifier); });
  }
}

std::chrono::system_clock::time_point Engine::time_at(Instant instant) const {
  return std::chrono::system_clock::now() - parts_->real_time(parts_->clock->now() - instant);
}

std::chrono::system_clock::time_point Engine::time_at_cycles(std::uint64_t cycles) const {
  return time_at(parts_->clock->at(cycles));
}

}  // namespace weir
