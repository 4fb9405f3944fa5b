// What the control thread and one worker say to each other, without either holding the other up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "dpdk/queue_ring.hpp"
#include "ip/neighbour_keeper.hpp"
#include "runtime/doorbell.hpp"

namespace weir {

class Pipeline;

/// Something done by a worker between two bursts. It must be short: it delays packets.
using WorkerTask = std::function<void(Pipeline&)>;

/// Tasks travel to the worker, neighbour news come back. One control thread, one worker; rings
/// without locks between them. A task and all that it holds is freed by the control thread alone.
class Mailbox {
 public:
  /// Tasks that can wait for a worker that stands still.
  static constexpr std::size_t kMostTasks = 63;

  /// Needs EAL. Each task rings `bell`, if there is one, which outlives the mailbox.
  [[nodiscard]] static Result<std::unique_ptr<Mailbox>> create(Doorbell* bell = nullptr);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Control thread.

  /// Has the task done and waits for it. False when the worker did not finish it in time, or
  /// kMostTasks wait: it is not begun any more then. One that was begun may still be at it, so let
  /// the task own what it writes to.
  [[nodiscard]] bool call(WorkerTask task, Duration patience);
  /// Has the task done some time, without waiting; false when kMostTasks wait.
  [[nodiscard]] bool post(WorkerTask task);
  /// Frees the tasks that are through; call it now and then. Returns how many are not.
  std::size_t collect();
  /// Appends what the worker learnt about neighbours.
  void take_news(std::vector<NeighbourNews>& out);

  // The worker.

  /// Does the tasks that wait.
  void serve(Pipeline& pipeline) noexcept;
  /// Tells control. A full ring loses it: it is a hint, and it will be said again.
  void tell(const NeighbourNews& news) noexcept;

 private:
  struct Envelope;
  struct NewsMessage;
  struct TaskMessage;
  Mailbox(MessageRing tasks, MessageRing news, Doorbell* bell) noexcept;
  [[nodiscard]] Envelope* send(WorkerTask task);

  MessageRing tasks_, news_;
  Doorbell* bell_;
  std::vector<std::unique_ptr<Envelope>> sent_;  // control's, in order of sending
};

}  // namespace weir
