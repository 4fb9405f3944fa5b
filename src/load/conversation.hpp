// What is said on a connection, and what has to be the answer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "load/plan.hpp"
#include "service/service.hpp"

namespace weir::load {

/// How far one connection's conversation has come. Positions are bytes of its streams.
struct Progress {
  std::uint64_t asked = 0, heard = 0;
  std::uint64_t salt = 0;  ///< another one on every connection

  // http: the answer that is being read.
  std::string head;  ///< what there is of headers that are not complete
  std::uint64_t length = 0, left = 0;
  unsigned status = 0;
  bool in_body = false;
  bool over = false;  ///< the server will close behind it

  void begin(std::uint64_t new_salt) noexcept {
    asked = heard = 0;
    salt = new_salt;
    head.clear();
    in_body = over = false;
  }
};

/// What a piece of text amounted to.
struct Heard {
  std::uint32_t answers = 0;
  std::uint32_t bad_status = 0;  ///< of them
  bool wrong = false;            ///< the rest was not looked at
};

/// One object a worker.
class Conversation {
 public:
  virtual ~Conversation() = default;
  /// Queues one request; returns its bytes, 0 when there is no room: nothing was queued.
  [[nodiscard]] virtual std::size_t ask(Connection& connection, Progress& progress) noexcept = 0;
  [[nodiscard]] virtual Heard hear(Progress& progress,
                                   std::span<const std::uint8_t> text) noexcept = 0;
  /// False until the first answer, which the others are compared with: then one connection may ask
  /// once.
  [[nodiscard]] virtual bool is_ready() const noexcept { return true; }
};

[[nodiscard]] std::unique_ptr<Conversation> make_conversation(const LoadPlan& plan);

}  // namespace weir::load
