// The key-value service: enough of redis for redis-cli and redis-benchmark.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include <weir/weir.hpp>

#include "resp.hpp"
#include "store.hpp"

namespace kv {

/// PING, ECHO, GET, SET (EX, PX), DEL, EXISTS, INCR, MGET, MSET, DBSIZE, pipelined as the client
/// likes.
class Service final : public weir::TcpService {
 public:
  explicit Service(weir::ServiceHost& host) : host_(host) {}

  void on_open(weir::Connection& connection) noexcept override;
  std::size_t on_text(weir::Connection& connection, weir::Text& text) noexcept override;
  void on_sent(weir::Connection& connection) noexcept override;
  void on_end(weir::Connection& connection, weir::EndReason reason) noexcept override;

  enum Counter : std::size_t { hits, misses, commands };

 private:
  /// One a connection, in word() by its number and one. Their memory is used again.
  struct Session {
    std::string part;     // of a command whose end has not come
    std::string replies;  // for which there was no room
  };

  std::size_t run_all(std::string_view bytes, bool& sound);
  void run(const Command& command);
  void set(const Command& command);
  void mget(const Command& command);
  bool flush(weir::Connection& connection, Session& session);

  weir::ServiceHost& host_;
  Store store_;
  std::string out_;  // replies of the text that is being read
  Command command_;
  std::vector<Session> sessions_;
  std::vector<std::uint32_t> free_;
};

/// For both ways to run it: in a program, and as a module of weir. One worker alone, since a key
/// must not be in two places.
[[nodiscard]] weir::Module module();

}  // namespace kv
