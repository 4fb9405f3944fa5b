// The control socket's place in the file system: one daemon a path, and nothing left behind.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"
#include "control/config.hpp"

namespace weir {

/// A file descriptor with one owner.
class Descriptor {
 public:
  Descriptor() noexcept = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int release() noexcept;

 private:
  int fd_ = -1;
};

/// A sentence for the operator and the exit code that belongs to it.
struct ControlError {
  std::string message;
  int exit_code = 69;
};

/// A listening socket under a lock: SOCKET.lock is held as long as the object lives, and carries
/// the daemon's pid for those who find it held. Both files go with the object.
class ControlSocket {
 public:
  /// Exit code 75 when another daemon holds the path, 77 without permission, 78 for a path that can
  /// be no socket, else 69. A directory that is missing below /run is made.
  [[nodiscard]] static Result<ControlSocket, ControlError> open(const ControlConfig& config);

  ControlSocket(ControlSocket&&) noexcept = default;
  ControlSocket& operator=(ControlSocket&&) noexcept = default;
  ~ControlSocket();

  /// Socket and lock belong to that user from now on, as does a directory below /run that root has,
  /// so that he can remove them.
  void give_to(uid_t user) const;

  [[nodiscard]] int fd() const noexcept { return listener_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  ControlSocket(std::string path, Descriptor lock, Descriptor listener)
      : path_(std::move(path)), lock_(std::move(lock)), listener_(std::move(listener)) {}

  std::string path_;
  bool made_directory_ = false;  // for this socket
  Descriptor lock_, listener_;
};

}  // namespace weir
