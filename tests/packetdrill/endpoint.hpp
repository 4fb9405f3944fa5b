// A stack in memory with a clock that is moved by hand, and sockets on top of it.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "frame/memory_pool.hpp"
#include "pipeline/pipeline.hpp"

namespace weir::packetdrill {

/// What --so_flags says: "key=value,key=value".
struct Options {
  Address local4, local6;
  std::uint16_t port = 8080;  ///< where it may listen
  std::uint16_t mtu = 1500;
  bool nagle = true;
  tcp::Settings tcp;

  /// Keys: local4, local6, port, mtu, nagle, ecn, pacing, congestion, rto-min, delayed-ack. Throws
  /// std::invalid_argument with the word that it does not know. Unset: packetdrill's own addresses,
  /// and Linux' behaviour where Weir's differs and can be set (no pacing, no ECN).
  static Options parse(const char* flags);
};

/// One socket. `fd` is a real descriptor, for packetdrill closes those that a script leaves open.
struct Socket {
  int fd = -1;
  std::uint32_t serial = 0;  ///< never used again, which a descriptor's number is
  bool v6 = false, blocking = true;
  bool bound = false, listening = false, connecting = false, connected = false;
  bool closed = false;  ///< by its owner: nobody reads any more
  bool peer_closed = false;
  bool sending_over = false;       ///< shut down
  bool reset_on_close = false;     ///< SO_LINGER with 0
  int error = 0;                   ///< SO_ERROR
  FlowKey key;                     ///< while connecting or connected
  std::deque<Socket*> accepted;    ///< of a listening one: not fetched yet
  std::span<std::uint8_t> wanted;  ///< a read in progress
  std::size_t read = 0;
};

/// Thread-safe: packetdrill runs calls that block on a thread of their own. The stack acts only
/// while somebody is in here.
class Endpoint final {
 public:
  explicit Endpoint(const Options& options);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // As the system calls of these names: -1 and errno.
  int socket(int domain, int type);
  int bind(int fd, const sockaddr* address, socklen_t size);
  int listen(int fd, int backlog);
  int accept(int fd, sockaddr* address, socklen_t* size);
  int connect(int fd, const sockaddr* address, socklen_t size);
  ssize_t read(int fd, std::span<std::uint8_t> buffer, int flags);
  ssize_t write(int fd, std::span<const std::uint8_t> text, int flags);
  int close(int fd);
  int shutdown(int fd, int how);
  int set_blocking(int fd, bool blocking);
  int is_blocking(int fd);  ///< 0 or 1
  int set_linger(int fd, const linger& value);
  int take_error(int fd, int& error);
  int poll(pollfd* fds, nfds_t count, int timeout_ms);

  /// An IP packet from the peer.
  void send(std::span<const std::uint8_t> packet);
  /// The next packet that leaves: the clock goes on until one does, for kPatience at most.
  struct Left {
    std::vector<std::uint8_t> packet;
    Instant at;
  };
  std::optional<Left> receive();
  void sleep(Duration d);
  /// Each look takes a microsecond: packetdrill waits out the last of a time by looking again.
  [[nodiscard]] Instant look_at_clock();

  static constexpr Duration kPatience = 300s;

 private:
  class Sockets;
  friend class Sockets;
  using Lock = std::unique_lock<std::mutex>;

  [[nodiscard]] Socket* find(int fd);
  [[nodiscard]] Socket* find_serial(std::uint32_t serial);
  [[nodiscard]] Socket* find_flow(const FlowKey& key);
  Socket* make(bool v6);
  void call(Socket& socket, const std::function<void(Connection&)>& action);
  void round();
  void advance(Instant until);
  [[nodiscard]] short ready(Socket& socket);
  /// Waits until `done`, if the socket blocks; the time goes on by packetdrill's hand alone.
  template <class Done>
  bool wait(Lock& lock, const Socket& socket, int flags, Done done);

  Options options_;
  MemoryPool pool_;
  Secrets secrets_;
  Snapshot snapshot_;
  NeighbourTable neighbours_;
  Toeplitz toeplitz_;
  Owners owners_;
  WorkerCounters counters_;
  std::unique_ptr<Pipeline> pipeline_;
  Instant now_{1h};
  std::deque<Left> left_;
  std::map<int, std::unique_ptr<Socket>> sockets_;
  std::vector<std::unique_ptr<Socket>> orphans_;  // closed, their connections not over
  std::uint32_t last_serial_ = 0;
  std::uint16_t next_place_ = 0;
  std::vector<std::uint16_t> places4_, places6_;  // to connect from, in turn
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
};

}  // namespace weir::packetdrill
