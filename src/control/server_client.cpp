#include "control/server_client.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "control/json.hpp"

namespace weir {

std::string error_reply(std::string_view code, std::string_view message) {
  Json json = reply_of("error");
  json["error"] = {{"code", code}, {"message", message}};
  return to_line(json);
}

void ControlClient::receive(Time now) {
  std::array<char, 16 * 1024> bytes;
  while (wants_input()) {
    const std::size_t room = std::min(bytes.size(), kMaxLine - in_.size());
    const ssize_t got = recv(fd_.get(), bytes.data(), room, 0);
    if (got > 0) {
      in_.append(bytes.data(), static_cast<std::size_t>(got));
      last_active_ = now;
      continue;
    }
    if (got == 0) {
      ended_ = true;  // it may still wait for replies: `printf … | socat` ends its side first
    } else if (errno == EINTR) {
      continue;
    } else if (errno != EAGAIN) {
      broken_ = true;
    }
    return;
  }
}

bool ControlClient::has_line() const noexcept {
  return in_.find('\n') != std::string::npos || (ended_ && !in_.empty());
}

bool ControlClient::line_too_long() const noexcept {
  return in_.size() >= kMaxLine && in_.find('\n') == std::string::npos;
}

std::optional<std::string> ControlClient::next_line() {
  if (!idle() || !has_line()) return std::nullopt;
  const std::size_t end = std::min(in_.find('\n'), in_.size());
  std::string line = in_.substr(0, end);
  in_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

void ControlClient::reply(std::string text) {
  out_ = std::move(text);
  out_ += '\n';
  sent_ = 0;
}

void ControlClient::step() {
  if (task_ == nullptr) return;
  task_started_ = true;
  if (auto text = task_->step()) {
    task_.reset();
    task_started_ = false;
    reply(std::move(*text));
  }
}

void ControlClient::tick_stream() {
  if (stream_ == nullptr) return;
  int in_socket = 0;  // bytes
  (void)ioctl(fd_.get(), SIOCOUTQ, &in_socket);
  stream_->tick(wants_output() || in_socket != 0 ? Unread::some : Unread::none);
}

bool ControlClient::step_stream() {
  if (broken_ || wants_output()) return false;  // who is gone has not said that it is enough
  auto piece = stream_->more(ended_ || !in_.empty());
  if (!piece) {
    stream_.reset();
    finish();
    return false;
  }
  out_ = std::move(*piece);
  sent_ = 0;
  return wants_output();
}

void ControlClient::send(Time now) {
  while (wants_output()) {
    const ssize_t sent =
        ::send(fd_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      sent_ += static_cast<std::size_t>(sent);
      last_active_ = now;
    } else if (errno == EINTR) {
      continue;
    } else {
      broken_ = errno != EAGAIN;
      return;
    }
  }
  std::string().swap(out_);  // a large reply's memory goes back
  sent_ = 0;
}

}  // namespace weir
