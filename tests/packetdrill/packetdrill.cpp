// The exported table: each entry finds its endpoint behind `userdata`.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "packetdrill/endpoint.hpp"
#include "packetdrill/interface.hpp"

namespace weir::packetdrill {
namespace {

/// The virtual clock as a time of day: packetdrill only looks at differences.
constexpr long kEpochSeconds = 1'700'000'000;

Endpoint& of(void* userdata) { return *static_cast<Endpoint*>(userdata); }
int fail(int error) {
  errno = error;
  return -1;
}
std::span<std::uint8_t> bytes(void* at, std::size_t size) {
  return {static_cast<std::uint8_t*>(at), size};
}
std::span<const std::uint8_t> bytes(const void* at, std::size_t size) {
  return {static_cast<const std::uint8_t*>(at), size};
}

ssize_t read_pieces(Endpoint& endpoint, int fd, const iovec* iov, int count, int flags) {
  ssize_t sum = 0;
  for (int i = 0; i < count; ++i) {
    // Blocks for the first one only.
    const int more = sum == 0 ? 0 : MSG_DONTWAIT;
    const ssize_t n = endpoint.read(fd, bytes(iov[i].iov_base, iov[i].iov_len), flags | more);
    if (n < 0) return sum != 0 ? sum : n;
    sum += n;
    if (static_cast<std::size_t>(n) < iov[i].iov_len) break;
  }
  return sum;
}
ssize_t write_pieces(Endpoint& endpoint, int fd, const iovec* iov, int count, int flags) {
  std::vector<std::uint8_t> all;
  for (int i = 0; i < count; ++i) {
    const auto piece = bytes(static_cast<const void*>(iov[i].iov_base), iov[i].iov_len);
    all.insert(all.end(), piece.begin(), piece.end());
  }
  return endpoint.write(fd, all, flags);
}

int set_option(void* u, int fd, int level, int name, const void* value, socklen_t size) {
  if (level == SOL_SOCKET && name == SO_LINGER && size >= sizeof(linger)) {
    return of(u).set_linger(fd, *static_cast<const linger*>(value));
  }
  // What says nothing about the wire here, or is so anyway.
  if (level == SOL_SOCKET && (name == SO_REUSEADDR || name == SO_REUSEPORT)) return 0;
  return fail(ENOPROTOOPT);
}
int get_option(void* u, int fd, int level, int name, void* value, socklen_t* size) {
  if (level != SOL_SOCKET || name != SO_ERROR || *size < sizeof(int)) return fail(ENOPROTOOPT);
  int error = 0;
  if (of(u).take_error(fd, error) < 0) return -1;
  std::memcpy(value, &error, sizeof error);
  *size = sizeof error;
  return 0;
}

int control(void* u, int fd, int command, ...) {
  va_list args;
  va_start(args, command);
  const int flags = command == F_SETFL ? va_arg(args, int) : 0;
  va_end(args);
  if (command == F_SETFL) return of(u).set_blocking(fd, (flags & O_NONBLOCK) == 0);
  if (command != F_GETFL) return fail(EINVAL);
  const int blocking = of(u).is_blocking(fd);
  if (blocking < 0) return -1;
  return O_RDWR | (blocking != 0 ? 0 : O_NONBLOCK);
}

int receive_packet(void* u, void* buffer, std::size_t* size, long long* time_us) {
  const auto left = of(u).receive();
  if (!left) return *size = 0, 0;
  *size = std::min(*size, left->packet.size());
  std::memcpy(buffer, left->packet.data(), *size);
  *time_us = kEpochSeconds * 1'000'000LL + static_cast<long long>(left->at.microseconds());
  return 0;
}
int time_of_day(void* u, timeval* tv, struct timezone*) {
  const std::uint64_t us = of(u).look_at_clock().microseconds();
  tv->tv_sec = kEpochSeconds + static_cast<time_t>(us / 1'000'000);
  tv->tv_usec = static_cast<suseconds_t>(us % 1'000'000);
  return 0;
}

template <class R, class... Args>
R not_here(Args...) {
  errno = ENOSYS;
  return R{-1};
}
int no_ioctl(void*, int, unsigned long, ...) { return fail(ENOSYS); }

Interface table() {
  Interface t{};
  t.free = [](void* u) { delete &of(u); };
  t.socket = [](void* u, int domain, int type, int) { return of(u).socket(domain, type); };
  t.bind = [](void* u, int fd, const sockaddr* a, socklen_t n) { return of(u).bind(fd, a, n); };
  t.listen = [](void* u, int fd, int backlog) { return of(u).listen(fd, backlog); };
  t.accept = [](void* u, int fd, sockaddr* a, socklen_t* n) { return of(u).accept(fd, a, n); };
  t.connect = [](void* u, int fd, const sockaddr* a, socklen_t n) {
    return of(u).connect(fd, a, n);
  };
  t.read = [](void* u, int fd, void* b, std::size_t n) { return of(u).read(fd, bytes(b, n), 0); };
  t.readv = [](void* u, int fd, const iovec* v, int n) { return read_pieces(of(u), fd, v, n, 0); };
  t.recv = [](void* u, int fd, void* b, std::size_t n, int flags) {
    return of(u).read(fd, bytes(b, n), flags);
  };
  t.recvfrom = [](void* u, int fd, void* b, std::size_t n, int flags, sockaddr*, socklen_t*) {
    return of(u).read(fd, bytes(b, n), flags);
  };
  t.recvmsg = [](void* u, int fd, msghdr* m, int flags) {
    return read_pieces(of(u), fd, m->msg_iov, static_cast<int>(m->msg_iovlen), flags);
  };
  t.write = [](void* u, int fd, const void* b, std::size_t n) {
    return of(u).write(fd, bytes(b, n), 0);
  };
  t.writev = [](void* u, int fd, const iovec* v, int n) {
    return write_pieces(of(u), fd, v, n, 0);
  };
  t.send = [](void* u, int fd, const void* b, std::size_t n, int flags) {
    return of(u).write(fd, bytes(b, n), flags);
  };
  t.sendto = [](void* u, int fd, const void* b, std::size_t n, int flags, const sockaddr*,
                socklen_t) { return of(u).write(fd, bytes(b, n), flags); };
  t.sendmsg = [](void* u, int fd, const msghdr* m, int flags) {
    return write_pieces(of(u), fd, m->msg_iov, static_cast<int>(m->msg_iovlen), flags);
  };
  t.fcntl = control;
  t.ioctl = no_ioctl;
  t.close = [](void* u, int fd) { return of(u).close(fd); };
  t.shutdown = [](void* u, int fd, int how) { return of(u).shutdown(fd, how); };
  t.getsockopt = get_option;
  t.setsockopt = set_option;
  t.poll = [](void* u, pollfd* fds, nfds_t n, int ms) { return of(u).poll(fds, n, ms); };
  t.netdev_send = [](void* u, const void* b, std::size_t n) {
    of(u).send(bytes(b, n));
    return 0;
  };
  t.netdev_receive = receive_packet;
  t.usleep = [](void* u, useconds_t us) {
    of(u).sleep(std::chrono::microseconds(us));
    return 0;
  };
  t.gettimeofday = time_of_day;
  t.epoll_create = not_here<int>;
  t.epoll_ctl = not_here<int>;
  t.epoll_wait = not_here<int>;
  t.pipe = not_here<int>;
  t.splice = not_here<int>;
  return t;
}

}  // namespace
}  // namespace weir::packetdrill

void packetdrill_interface_init(const char* flags, weir::packetdrill::Interface* interface) {
  using namespace weir::packetdrill;
  try {
    auto endpoint = std::make_unique<Endpoint>(Options::parse(flags));
    *interface = table();
    interface->userdata = endpoint.release();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "weir: --so_flags: %s\n", e.what());
    std::exit(78);
  }
}
