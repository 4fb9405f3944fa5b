// Lock first, then look at what stands at the path: only the lock tells a dead daemon's socket from
// a live one's.
#include "control/server_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

namespace weir {
namespace {

ControlError failure(const std::string& what, int error, std::string_view advice) {
  const bool permission = error == EACCES || error == EPERM || error == EROFS;
  return {fmt::format("{}: {}; {}", what, std::strerror(error), advice), permission ? 77 : 69};
}

std::optional<gid_t> group_id(const std::string& name) {
  const group* entry = name.empty() ? nullptr : getgrnam(name.c_str());
  if (entry == nullptr) return std::nullopt;
  return entry->gr_gid;
}

// A group that we may not give the socket to is as good as none: the owner can still use it.
void give_to_group(const std::string& path, const std::optional<gid_t>& group) {
  if (group && chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) return;
}

// Sets `made` when there was none.
std::optional<ControlError> make_directory(const std::string& socket,
                                           const std::optional<gid_t>& group, bool& made) {
  const std::filesystem::path directory = std::filesystem::path(socket).parent_path();
  std::error_code error;
  if (directory.empty() || std::filesystem::exists(directory, error)) return std::nullopt;
  if (!directory.string().starts_with("/run/")) {
    return ControlError{fmt::format("control socket {}: there is no directory {}; make it, or set "
                                    "[control] socket to another path",
                                    socket, directory.string()),
                        78};
  }
  if (!std::filesystem::create_directories(directory, error) && error) {
    return failure(fmt::format("cannot make {}", directory.string()), error.value(),
                   "start weir as root, or set [control] socket to a path that you may write");
  }
  made = true;
  give_to_group(directory.string(), group);
  return std::nullopt;
}

ControlError already_running(int lock, const std::string& path) {
  char text[16] = {};
  const ssize_t length = pread(lock, text, sizeof text - 1, 0);
  const std::string pid(text, length > 0 ? std::strcspn(text, "\n") : 0);
  return {fmt::format("weir is already running (pid {}) with the control socket {}; a second one "
                      "needs its own: --set control.socket=PATH",
                      pid.empty() ? "unknown" : pid, path),
          75};
}

bool same_file(int fd, const std::string& path) {
  struct stat open_file {
  }, named{};
  return fstat(fd, &open_file) == 0 && stat(path.c_str(), &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

Result<Descriptor, ControlError> take_lock(const std::string& socket) {
  const std::string path = socket + ".lock";
  for (;;) {
    Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!lock.valid()) {
      return failure(fmt::format("cannot open {}", path), errno,
                     "start weir as root, or set [control] socket to a path that you may write");
    }
    if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return already_running(lock.get(), socket);
    // The daemon before us may have removed the file between our open and our lock.
    if (!same_file(lock.get(), path)) continue;
    const std::string pid = fmt::format("{}\n", getpid());
    if (ftruncate(lock.get(), 0) != 0 ||
        pwrite(lock.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
      return failure(fmt::format("cannot write {}", path), errno, "is the file system full?");
    }
    return lock;
  }
}

// Somebody who listens without holding the lock is no weir of ours, but must not be pushed aside.
std::optional<ControlError> clear_path(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return std::nullopt;
  if (!S_ISSOCK(status.st_mode)) {
    return ControlError{fmt::format("control socket {}: a file that is no socket stands there; set "
                                    "[control] socket to another path",
                                    path),
                        78};
  }
  const Descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return ControlError{fmt::format("control socket {}: another program listens there; set "
                                    "[control] socket to another path",
                                    path),
                        75};
  }
  unlink(path.c_str());
  return std::nullopt;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

int Descriptor::release() noexcept { return std::exchange(fd_, -1); }

Result<ControlSocket, ControlError> ControlSocket::open(const ControlConfig& config) {
  const std::string& path = config.socket;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return ControlError{fmt::format("control socket '{}': a socket's path has 1 to {} characters",
                                    path, sizeof address.sun_path - 1),
                        78};
  }
  path.copy(address.sun_path, path.size());

  const auto group = group_id(config.group);
  bool made_directory = false;
  if (auto error = make_directory(path, group, made_directory)) return *error;
  auto lock = take_lock(path);
  if (!lock) return lock.error();
  if (auto error = clear_path(path, address)) return *error;

  Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // The mode must be right from the first moment on, hence the mask rather than a chmod.
  const mode_t mask = umask(0117);
  const int bound =
      bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  umask(mask);
  if (bound != 0 || listen(listener.get(), 64) != 0) {
    return failure(fmt::format("cannot listen on {}", path), bound != 0 ? error : errno,
                   "set [control] socket to a path that you may write");
  }
  give_to_group(path, group);
  ControlSocket made(path, std::move(lock).value(), std::move(listener));
  made.made_directory_ = made_directory;
  return made;
}

void ControlSocket::give_to(uid_t user) const {
  constexpr auto kSameGroup = static_cast<gid_t>(-1);
  const std::filesystem::path directory = std::filesystem::path(path_).parent_path();
  // Where the directory is another's the files stay behind, and the next start clears them away.
  if (made_directory_ && chown(directory.c_str(), user, kSameGroup) != 0) return;
  if (fchown(lock_.get(), user, kSameGroup) != 0) return;
  if (lchown(path_.c_str(), user, kSameGroup) != 0) return;
}

ControlSocket::~ControlSocket() {
  if (!lock_.valid()) return;
  unlink(path_.c_str());
  unlink((path_ + ".lock").c_str());  // still locked: nobody else can believe that it is theirs
}

}  // namespace weir
