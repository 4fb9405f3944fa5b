#include "ctl/client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "ctl/interrupt_mask.hpp"

namespace weir::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kNothing = -1, kEnd = -2;

AskError cannot_connect(const std::string& path, int error) {
  if (error == EACCES || error == EPERM) {
    return {fmt::format("no permission for {}: run weirctl as root, or join the group that owns it "
                        "(ls -l {})",
                        path, path),
            kNoPermission};
  }
  // A full backlog is the only thing for which a UNIX socket's connect would have to wait.
  if (error == EAGAIN) return {"weir does not accept connections: it is stuck", kTimeout};
  return {fmt::format("weir is not running: {}: {} (another socket: weirctl -S PATH)", path,
                      std::strerror(error)),
          kNotRunning};
}

AskError timed_out() { return {"weir does not answer in time (--timeout SEC)", kTimeout, true}; }

AskError lost(int error) {
  return {fmt::format("weir closed the connection{}{}", error != 0 ? ": " : "",
                      error != 0 ? std::strerror(error) : ""),
          kRefused};
}

// A signal that has come is taken, so that the next one is another.
bool was_interrupted(int signals) {
  signalfd_siginfo heard;
  return signals >= 0 && read(signals, &heard, sizeof heard) == ssize_t{sizeof heard};
}

// The error is what keeps us from waiting on.
std::optional<AskError> wait_for(int fd, short events, Clock::time_point deadline,
                                 int interrupt = -1) {
  const std::chrono::nanoseconds left = deadline - Clock::now();
  if (left.count() <= 0) return timed_out();
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec time{whole.count(), (left - whole).count()};
  const sigset_t mask = mask_for_waiting();
  pollfd fds[] = {{fd, events, 0}, {interrupt, POLLIN, 0}};  // one of -1 is passed over
  const int ready = ppoll(fds, 2, &time, &mask);
  if (ready > 0 && !was_interrupted(interrupt)) return std::nullopt;
  return ready == 0 ? timed_out() : AskError{"interrupted", kInterrupted, true};
}

}  // namespace

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

Result<Connection, AskError> Connection::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return AskError{fmt::format("'{}' cannot be the path of a socket", path), kUsage};
  }
  path.copy(address.sun_path, path.size());
  Connection connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (connect(connection.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return cannot_connect(path, errno);
  }
  return connection;
}

std::optional<AskError> Connection::send_line(const std::string& line, Deadline deadline) {
  const std::string request = line + "\n";
  for (std::size_t sent = 0; sent < request.size();) {
    const ssize_t n = send(fd_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
    } else if (errno != EAGAIN && errno != EINTR) {
      return lost(errno);
    } else if (auto why = wait_for(fd_, POLLOUT, deadline)) {
      return why;
    }
  }
  return std::nullopt;
}

Result<std::string, AskError> Connection::read_line(Deadline deadline, int interrupt) {
  for (;;) {
    if (const std::size_t end = rest_.find('\n'); end != std::string::npos) {
      std::string line = rest_.substr(0, end);
      rest_.erase(0, end + 1);
      return line;
    }
    const int error = receive();
    if (error > 0) return lost(error);
    if (error == kEnd) return lost(0);
    if (error != kNothing) continue;
    if (auto why = wait_for(fd_, POLLIN, deadline, interrupt)) return *why;
  }
}

// 0: something came; kNothing, kEnd, or the error's number.
int Connection::receive() {
  std::array<char, 65536> bytes;
  const ssize_t n = recv(fd_, bytes.data(), bytes.size(), 0);
  if (n > 0) return rest_.append(bytes.data(), static_cast<std::size_t>(n)), 0;
  if (n == 0) return kEnd;
  return errno == EAGAIN || errno == EINTR ? kNothing : errno;
}

Result<std::string, AskError> Connection::read_more(int interrupt, OnInterrupt how) {
  while (rest_.empty()) {
    if (was_interrupted(interrupt)) {
      if (finished_ || how == OnInterrupt::break_off) return AskError{"interrupted", kInterrupted};
      finish();
    }
    const int error = receive();
    if (error > 0) return lost(error);
    if (error == kEnd) return std::string();
    if (error != kNothing) continue;
    pollfd fds[] = {{fd_, POLLIN, 0}, {interrupt, POLLIN, 0}};
    (void)poll(fds, 2, -1);
  }
  return std::exchange(rest_, {});
}

void Connection::finish() {
  if (!finished_) shutdown(fd_, SHUT_WR);
  finished_ = true;
}

bool Connection::has_ended() const noexcept {
  pollfd end{fd_, POLLRDHUP, 0};
  return poll(&end, 1, 0) > 0;
}

Result<std::string, AskError> ask(const std::string& path, const std::string& line,
                                  std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  auto connection = Connection::open(path);
  if (!connection) return connection.error();
  if (auto error = connection->send_line(line, deadline)) return *error;
  return connection->read_line(deadline);
}

}  // namespace weir::ctl
