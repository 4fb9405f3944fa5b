#include "dpdk/frame_wait.hpp"

#include <rte_interrupts.h>
#include <sys/epoll.h>

#include <algorithm>

namespace weir {

struct FrameWait::Bell {
  int fd;
  rte_epoll_event event{};  // DPDK keeps a pointer to it
};

FrameWait::FrameWait(int bell) : bell_(std::make_unique<Bell>(Bell{bell})) {
  bell_->event.epdata.event = EPOLLIN;
  (void)rte_epoll_ctl(RTE_EPOLL_PER_THREAD, EPOLL_CTL_ADD, bell, &bell_->event);
}

FrameWait::~FrameWait() {
  for (const Queue& queue : queues_) queue.port->forget_wake(queue.number);
  (void)rte_epoll_ctl(RTE_EPOLL_PER_THREAD, EPOLL_CTL_DEL, bell_->fd, &bell_->event);
}

bool FrameWait::add(EthernetPort& port, std::uint16_t queue) {
  if (!port.wake_this_thread(queue)) return false;
  queues_.push_back({&port, queue});
  return true;
}

void FrameWait::arm() noexcept {
  for (const Queue& queue : queues_) queue.port->arm(queue.number);
}

void FrameWait::disarm() noexcept {
  for (const Queue& queue : queues_) queue.port->disarm(queue.number);
}

void FrameWait::wait(Duration most) noexcept {
  constexpr int kEvents = 16;
  rte_epoll_event events[kEvents];
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(most).count();
  (void)rte_epoll_wait_interruptible(RTE_EPOLL_PER_THREAD, events, kEvents, static_cast<int>(ms));
}

}  // namespace weir
