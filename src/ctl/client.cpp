#include "ctl/client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace weir::ctl {
namespace {

using Clock = std::chrono::steady_clock;

class Connection {
 public:
  Connection() : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

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

AskError timed_out() { return {"weir does not answer in time (--timeout SEC)", kTimeout}; }

AskError lost(int error) {
  return {fmt::format("weir closed the connection{}{}", error != 0 ? ": " : "",
                      error != 0 ? std::strerror(error) : ""),
          kRefused};
}

bool wait_for(int fd, short events, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  pollfd poll_fd{fd, events, 0};
  return left.count() > 0 && poll(&poll_fd, 1, static_cast<int>(left.count())) > 0;
}

}  // namespace

Result<std::string, AskError> ask(const std::string& path, const std::string& line,
                                  std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return AskError{fmt::format("'{}' cannot be the path of a socket", path), kUsage};
  }
  path.copy(address.sun_path, path.size());
  const Connection connection;
  if (connect(connection.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return cannot_connect(path, errno);
  }

  const std::string request = line + "\n";
  for (std::size_t sent = 0; sent < request.size();) {
    const ssize_t n =
        send(connection.fd(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
    } else if (errno != EAGAIN && errno != EINTR) {
      return lost(errno);
    } else if (!wait_for(connection.fd(), POLLOUT, deadline)) {
      return timed_out();
    }
  }

  std::string reply;
  std::array<char, 65536> bytes;
  for (;;) {
    const ssize_t n = recv(connection.fd(), bytes.data(), bytes.size(), 0);
    if (n > 0) {
      const std::string_view part(bytes.data(), static_cast<std::size_t>(n));
      const std::size_t end = part.find('\n');
      reply.append(part.substr(0, end));
      if (end != std::string_view::npos) return reply;
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
      return lost(n == 0 ? 0 : errno);
    } else if (!wait_for(connection.fd(), POLLIN, deadline)) {
      return timed_out();
    }
  }
}

}  // namespace weir::ctl
