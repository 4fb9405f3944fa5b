// A question is a connection of its own: nothing is left open between two of them.
#include "doctor/daemon.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace weir::doctor {
namespace {

constexpr timeval kPatience{5, 0};  // for the next bytes; a stream says something each second

class Socket {
 public:
  Socket() : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    (void)setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    (void)setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  }
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  [[nodiscard]] bool reach(const std::string& path) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    errno = ENAMETOOLONG;
    if (path.size() >= sizeof address.sun_path) return false;
    path.copy(address.sun_path, path.size());
    return connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  [[nodiscard]] bool say(std::string_view line) const {
    while (!line.empty()) {
      const ssize_t n = send(fd_, line.data(), line.size(), MSG_NOSIGNAL);
      if (n < 0 && errno != EINTR) return false;
      line.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    return true;
  }
  /// Appends what comes next; 0 at the end, negative for an error.
  [[nodiscard]] ssize_t hear(std::string& text) const {
    std::array<char, 65536> bytes;
    ssize_t n = 0;
    do {
      n = recv(fd_, bytes.data(), bytes.size(), 0);
    } while (n < 0 && errno == EINTR);
    if (n > 0) text.append(bytes.data(), static_cast<std::size_t>(n));
    return n;
  }

 private:
  int fd_;
};

/// Nothing comes behind it, and the connection stays open for the next request.
bool is_refusal(const std::string& line) {
  const Json reply = Json::parse(line, nullptr, false);
  return reply.is_object() && reply.contains("error");
}

class RealDaemon final : public Daemon {
 public:
  explicit RealDaemon(std::string path) : path_(std::move(path)) {}

  Result<std::vector<Json>> ask(std::string_view command, const Json& args, Until until) override {
    const Socket socket;
    if (!socket.reach(path_)) {
      return Error{fmt::format("weir is not running: {}: {}", path_, std::strerror(errno))};
    }
    const Json request{{"v", 1}, {"cmd", command}, {"args", args}};
    if (!socket.say(to_line(request) + '\n')) return silent();
    std::string text;
    for (;;) {
      const std::size_t end = text.find('\n');
      const bool has_line = end != std::string::npos;
      if (has_line && (until == Until::first_line || is_refusal(text.substr(0, end)))) break;
      const ssize_t n = socket.hear(text);
      if (n < 0) return silent();
      if (n == 0) break;
    }
    return lines_of(text);
  }

 private:
  [[nodiscard]] Error silent() const {
    return {fmt::format("weir does not answer on {}: {}", path_, std::strerror(errno))};
  }
  [[nodiscard]] Result<std::vector<Json>> lines_of(const std::string& text) const {
    std::vector<Json> lines;
    for (std::size_t from = 0, to; (to = text.find('\n', from)) != std::string::npos;
         from = to + 1) {
      lines.push_back(Json::parse(text.substr(from, to - from), nullptr, false));
      if (!lines.back().is_object()) return Error{path_ + " is no control socket of weir"};
    }
    if (lines.empty()) return Error{"weir closed the connection to " + path_};
    if (const auto error = lines.front().find("error"); error != lines.front().end()) {
      return Error{error->value("message", "weir refused to answer")};
    }
    return lines;
  }

  std::string path_;
};

}  // namespace

std::unique_ptr<Daemon> daemon_at(std::string socket) {
  return std::make_unique<RealDaemon>(std::move(socket));
}

}  // namespace weir::doctor
