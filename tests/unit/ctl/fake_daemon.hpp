// A control thread over a fake engine, on a socket in a directory of its own.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "control/commands.hpp"
#include "control/server.hpp"
#include "fake_engine.hpp"

namespace weir {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = "/tmp/weir-ctl-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class FakeDaemon {
 public:
  explicit FakeDaemon(std::size_t flows = 0, bool accounts = true) : socket_(open()) {
    engine.accounts = accounts;
    engine.add_flows(flows);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeDaemon() {
    stop_ = true;
    thread_.join();
  }
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  [[nodiscard]] std::string path() const { return directory_.path() + "/weir.sock"; }
  FakeEngine engine;
  Log log{{LogLevel::error, LogFormat::text}};  ///< quiet: it writes to stderr

 private:
  ControlSocket open() {
    auto socket = ControlSocket::open({path(), ""});
    if (!socket) throw std::runtime_error(socket.error().message);
    return std::move(socket).value();
  }
  void serve() {
    Commands commands(engine, {"0.1.0", "22.11", "weir.conf", "[workers]\n", {}}, log);
    commands.set_metrics([] { return std::string("weir_ready 1\n"); });
    ControlServer server(socket_, [&](std::string_view line) { return commands.execute(line); });
    while (!stop_) {
      pollfd fd{server.fd(), POLLIN, 0};
      poll(&fd, 1, server.busy() ? 0 : 5);
      server.serve(std::chrono::steady_clock::now());
    }
  }

  TemporaryDirectory directory_;
  ControlSocket socket_;
  std::atomic<bool> stop_{false};  // test: writes, daemon's thread: reads
  std::thread thread_;
};

/// A client that says whatever it likes.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    const timeval patience{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("connect");
    }
  }
  RawClient(RawClient&& other) noexcept : fd_(other.fd_), buffer_(std::move(other.buffer_)) {
    other.fd_ = -1;
  }
  ~RawClient() {
    if (fd_ >= 0) close(fd_);
  }

  /// As much of it as the other side takes.
  std::size_t say(const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t n = send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<std::size_t>(n);
    }
    return sent;
  }
  void end() { shutdown(fd_, SHUT_WR); }
  /// One line, or what came before the end.
  std::string hear() {
    std::array<char, 4096> bytes;
    for (;;) {
      const std::size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      const ssize_t n = recv(fd_, bytes.data(), bytes.size(), 0);
      if (n <= 0) return std::exchange(buffer_, "");
      buffer_.append(bytes.data(), static_cast<std::size_t>(n));
    }
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
  std::string buffer_;
};

}  // namespace weir
