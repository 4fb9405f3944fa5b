// What packetdrill asks of a stack that it loads as a shared object: one function to export, and a
// table to fill. The order of the members is the ABI; each is a system call with `userdata` in
// front, or what is said of it here.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

namespace weir::packetdrill {

struct Interface {
  void* userdata;
  void (*free)(void*);  ///< the run is over

  int (*socket)(void*, int domain, int type, int protocol);
  int (*bind)(void*, int fd, const sockaddr*, socklen_t);
  int (*listen)(void*, int fd, int backlog);
  int (*accept)(void*, int fd, sockaddr*, socklen_t*);
  int (*connect)(void*, int fd, const sockaddr*, socklen_t);

  ssize_t (*read)(void*, int fd, void*, size_t);
  ssize_t (*readv)(void*, int fd, const iovec*, int);
  ssize_t (*recv)(void*, int fd, void*, size_t, int flags);
  ssize_t (*recvfrom)(void*, int fd, void*, size_t, int flags, sockaddr*, socklen_t*);
  ssize_t (*recvmsg)(void*, int fd, msghdr*, int flags);

  ssize_t (*write)(void*, int fd, const void*, size_t);
  ssize_t (*writev)(void*, int fd, const iovec*, int);
  ssize_t (*send)(void*, int fd, const void*, size_t, int flags);
  ssize_t (*sendto)(void*, int fd, const void*, size_t, int flags, const sockaddr*, socklen_t);
  ssize_t (*sendmsg)(void*, int fd, const msghdr*, int flags);

  int (*fcntl)(void*, int fd, int command, ...);
  int (*ioctl)(void*, int fd, unsigned long request, ...);
  int (*close)(void*, int fd);
  int (*shutdown)(void*, int fd, int how);
  int (*getsockopt)(void*, int fd, int level, int name, void*, socklen_t*);
  int (*setsockopt)(void*, int fd, int level, int name, const void*, socklen_t);
  int (*poll)(void*, pollfd*, nfds_t, int timeout_ms);

  /// An IP packet for the stack; 0, or -1.
  int (*netdev_send)(void*, const void* packet, size_t size);
  /// The next IP packet that leaves, at most *size bytes, and when it left; *size 0: none will.
  int (*netdev_receive)(void*, void* packet, size_t* size, long long* time_us);
  /// The stack's clock goes on by that.
  int (*usleep)(void*, useconds_t);
  int (*gettimeofday)(void*, timeval*, struct timezone*);

  int (*epoll_create)(void*, int);
  int (*epoll_ctl)(void*, int epfd, int operation, int fd, epoll_event*);
  int (*epoll_wait)(void*, int epfd, epoll_event*, int most, int timeout_ms);
  int (*pipe)(void*, int fds[2]);
  int (*splice)(void*, int in, loff_t*, int out, loff_t*, size_t, unsigned flags);
};

}  // namespace weir::packetdrill

extern "C" void packetdrill_interface_init(const char* flags,
                                           weir::packetdrill::Interface* interface);
