// The control socket's clients, served between the control thread's other duties.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control/server_client.hpp"
#include "control/server_socket.hpp"

namespace weir {

/// One JSON object a line in, one a line out. No client can hold up another: descriptors never
/// block, each client gets one request or one step of a long reply a round, and who neither reads
/// nor asks is dropped in favour of those who do.
class ControlServer {
 public:
  using Handler = std::function<Reply(std::string_view line)>;
  using Time = ControlClient::Time;

  static constexpr std::size_t kMaxClients = 128;
  static constexpr std::size_t kMaxBuffered = 64U << 20;  ///< bytes of replies of all clients
  static constexpr std::size_t kMaxTasks = 4;             ///< long replies made at the same time
  static constexpr auto kStallTimeout = std::chrono::seconds(10);

  /// Throws std::system_error when the kernel refuses an epoll.
  /// `socket` outlives the server.
  ControlServer(const ControlSocket& socket, Handler handler);

  /// Readable when there is something to do; for poll(2).
  [[nodiscard]] int fd() const noexcept { return epoll_.get(); }
  /// Whether a round is worth while without waiting for fd().
  [[nodiscard]] bool busy() const noexcept { return busy_; }
  /// One round: never blocks.
  void serve(Time now);
  /// About once a second: drops those who do not read their replies.
  void tick(Time now);

 private:
  using Clients = std::unordered_map<int, ControlClient>;

  void accept_clients(Time now);
  [[nodiscard]] bool make_room();
  void advance(ControlClient& client, Time now);
  void answer(ControlClient& client, std::string_view line);
  /// False: there was too much in memory, and the reply says so now.
  [[nodiscard]] bool bound_buffers(ControlClient& client);
  void watch(const ControlClient& client);
  void watch_listener(bool on);

  const ControlSocket& socket_;
  Handler handler_;
  Descriptor epoll_;
  Clients clients_;
  std::unordered_map<int, std::uint32_t> watched_;  // what epoll was told of each client
  std::size_t tasks_ = 0;                           // that have started, counted anew each round
  bool busy_ = false;
};

}  // namespace weir
