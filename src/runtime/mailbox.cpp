// Two rings and a semaphore a task.
#include "runtime/mailbox.hpp"

#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>

namespace weir {
namespace {

constexpr std::uint32_t kTaskRingSize = Mailbox::kMostTasks + 1;
constexpr std::uint32_t kNewsRingSize = 256;

}  // namespace

/// Control frees it once the worker has set kLeft and looks at it no more. Only kWaiting may become
/// kCancelled, and only by control.
struct Mailbox::Envelope {
  enum State : int { kWaiting, kCancelled, kRunning, kDone, kLeft };

  explicit Envelope(WorkerTask work) : task(std::move(work)) { sem_init(&finished, 0, 0); }
  ~Envelope() { sem_destroy(&finished); }
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;

  WorkerTask task;
  sem_t finished;
  std::atomic<int> state{kWaiting};
};

struct Mailbox::TaskMessage {
  Envelope* envelope = nullptr;
  std::uint8_t padding[MessageRing::kMessageBytes - sizeof(Envelope*)] = {};
};

struct alignas(8) Mailbox::NewsMessage {
  NeighbourNews news;
  std::uint8_t padding[MessageRing::kMessageBytes - sizeof(NeighbourNews)] = {};
};

Mailbox::Mailbox(MessageRing tasks, MessageRing news, Doorbell* bell) noexcept
    : tasks_(std::move(tasks)), news_(std::move(news)), bell_(bell) {}

Mailbox::~Mailbox() = default;

Result<std::unique_ptr<Mailbox>> Mailbox::create(Doorbell* bell) {
  auto tasks = MessageRing::create(kTaskRingSize, Producers::one);
  if (!tasks) return tasks.error();
  auto news = MessageRing::create(kNewsRingSize, Producers::one);
  if (!news) return news.error();
  return std::unique_ptr<Mailbox>(
      new Mailbox(std::move(tasks).value(), std::move(news).value(), bell));
}

Mailbox::Envelope* Mailbox::send(WorkerTask task) {
  (void)collect();
  auto envelope = std::make_unique<Envelope>(std::move(task));
  sent_.reserve(sent_.size() + 1);  // nothing may fail once the worker has it
  TaskMessage message;
  message.envelope = envelope.get();
  if (!tasks_.push_as(message)) return nullptr;
  if (bell_ != nullptr) bell_->ring();
  sent_.push_back(std::move(envelope));
  return sent_.back().get();
}

bool Mailbox::post(WorkerTask task) { return send(std::move(task)) != nullptr; }

bool Mailbox::call(WorkerTask task, Duration patience) {
  Envelope* const envelope = send(std::move(task));
  if (envelope == nullptr) return false;
  // A point in time, not a span: a signal that interrupts the wait does not lengthen it.
  timespec deadline{};
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  const std::int64_t ns =
      deadline.tv_nsec + std::chrono::duration_cast<std::chrono::nanoseconds>(patience).count();
  deadline.tv_sec += ns / 1'000'000'000;
  deadline.tv_nsec = ns % 1'000'000'000;
  while (sem_clockwait(&envelope->finished, CLOCK_MONOTONIC, &deadline) != 0) {
    if (errno == EINTR) continue;
    int state = Envelope::kWaiting;
    if (envelope->state.compare_exchange_strong(state, Envelope::kCancelled,
                                                std::memory_order_relaxed)) {
      return false;
    }
    break;
  }
  // Acquire: what the task wrote is seen here.
  return envelope->state.load(std::memory_order_acquire) >= Envelope::kDone;
}

std::size_t Mailbox::collect() {
  std::erase_if(sent_, [](const std::unique_ptr<Envelope>& envelope) {
    return envelope->state.load(std::memory_order_acquire) == Envelope::kLeft;
  });
  return sent_.size();
}

void Mailbox::take_news(std::vector<NeighbourNews>& out) {
  NewsMessage message;
  while (news_.pop_as(message)) out.push_back(message.news);
}

void Mailbox::serve(Pipeline& pipeline) noexcept {
  TaskMessage message;
  while (tasks_.pop_as(message)) {
    Envelope* const envelope = message.envelope;
    int state = Envelope::kWaiting;
    if (envelope->state.compare_exchange_strong(state, Envelope::kRunning,
                                                std::memory_order_acquire)) {
      envelope->task(pipeline);
      envelope->state.store(Envelope::kDone, std::memory_order_release);
      sem_post(&envelope->finished);  // a system call only if somebody waits
    }
    envelope->state.store(Envelope::kLeft, std::memory_order_release);
  }
}

void Mailbox::tell(const NeighbourNews& news) noexcept {
  NewsMessage message;
  message.news = news;
  (void)news_.push_as(message);
}

}  // namespace weir
