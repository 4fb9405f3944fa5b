#include "control/server.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace weir {
namespace {

constexpr int kAcceptsPerRound = 16;

}  // namespace

ControlServer::ControlServer(const ControlSocket& socket, Handler handler)
    : socket_(socket), handler_(std::move(handler)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.valid()) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  epoll_event event{};
  event.data.fd = socket_.fd();
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket_.fd(), &event);
  watch_listener(true);
}

void ControlServer::watch_listener(bool on) {
  epoll_event event{};
  event.events = on ? std::uint32_t{EPOLLIN} : 0;
  event.data.fd = socket_.fd();
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, socket_.fd(), &event);
}

void ControlServer::serve(Time now) {
  std::array<epoll_event, 32> events;
  const int ready = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const auto found = clients_.find(event.data.fd);
    if (found == clients_.end()) {
      if (event.data.fd == socket_.fd()) accept_clients(now);
      continue;
    }
    // A hang-up of a UNIX socket means that nobody is left to read the reply.
    if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) found->second.abandon();
    if ((event.events & EPOLLIN) != 0) found->second.receive(now);
  }
  busy_ = false;
  tasks_ = static_cast<std::size_t>(std::count_if(
      clients_.begin(), clients_.end(), [](const auto& c) { return c.second.task_started(); }));
  for (auto it = clients_.begin(); it != clients_.end();) {
    advance(it->second, now);
    if (!it->second.done()) {
      watch(it->second);
      ++it;
      continue;
    }
    watched_.erase(it->first);
    it = clients_.erase(it);
  }
}

void ControlServer::advance(ControlClient& client, Time now) {
  if (client.has_task()) {
    if (!client.task_started() && tasks_++ >= kMaxTasks) {
      busy_ = true;  // its turn comes
      return;
    }
    client.step();
    (void)bound_buffers(client);
  } else if (client.streams()) {
    // There is more where that came from; else the next tick is soon enough.
    busy_ = client.step_stream() || busy_;
  } else if (auto line = client.next_line()) {
    if (!line->empty()) answer(client, *line);
  } else if (client.line_too_long()) {
    client.reply(error_reply(
        "too_long", fmt::format("a request has at most {} bytes", ControlClient::kMaxLine - 1)));
    client.finish();
  }
  client.send(now);
  busy_ = busy_ || client.has_task() || (client.idle() && client.has_line());
}

void ControlServer::answer(ControlClient& client, std::string_view line) {
  Reply reply = handler_(line);
  if (reply.task != nullptr) {
    client.reply_later(std::move(reply.task));
  } else {
    client.reply(std::move(reply.text));
  }
  if (bound_buffers(client) && reply.stream != nullptr) client.stream(std::move(reply.stream));
}

bool ControlServer::bound_buffers(ControlClient& client) {
  std::size_t sum = 0;
  for (const auto& [fd, other] : clients_) sum += other.buffered();
  if (sum <= kMaxBuffered) return true;
  client.reply(error_reply("busy", "other clients' replies fill the memory set aside; try again"));
  return false;
}

void ControlServer::accept_clients(Time now) {
  for (int i = 0; i < kAcceptsPerRound; ++i) {
    Descriptor fd(accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) {
      // Out of descriptors, the listener would stay readable and spin: it rests until the next
      // tick.
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) watch_listener(false);
      return;
    }
    if (clients_.size() >= kMaxClients && !make_room()) {
      const std::string text = error_reply("busy", "too many clients; try again") + "\n";
      (void)send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      continue;
    }
    epoll_event event{};
    event.data.fd = fd.get();
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0) return;
    const int key = fd.get();
    clients_.emplace(key, ControlClient(std::move(fd), now));
  }
}

bool ControlServer::make_room() {
  auto oldest = clients_.end();
  for (auto it = clients_.begin(); it != clients_.end(); ++it) {
    const bool quiet = it->second.idle() && !it->second.has_line();
    if (quiet &&
        (oldest == clients_.end() || it->second.last_active() < oldest->second.last_active())) {
      oldest = it;
    }
  }
  if (oldest == clients_.end()) return false;
  watched_.erase(oldest->first);
  clients_.erase(oldest);
  return true;
}

void ControlServer::watch(const ControlClient& client) {
  epoll_event event{};
  event.events = (client.wants_input() ? std::uint32_t{EPOLLIN} : 0) |
                 (client.wants_output() ? std::uint32_t{EPOLLOUT} : 0);
  event.data.fd = client.fd();
  const auto [known, fresh] = watched_.try_emplace(client.fd(), 0);
  if (!fresh && known->second == event.events) return;
  known->second = event.events;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, client.fd(), &event);
}

void ControlServer::tick(Time now) {
  watch_listener(true);
  for (auto it = clients_.begin(); it != clients_.end();) {
    it->second.tick_stream();
    if (it->second.wants_output() && now - it->second.last_active() > kStallTimeout) {
      watched_.erase(it->first);
      it = clients_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace weir
