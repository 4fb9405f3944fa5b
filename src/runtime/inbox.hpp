// Messages from any thread to the services of a worker.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "dpdk/queue_ring.hpp"
#include "runtime/doorbell.hpp"
#include "weir/message.hpp"

namespace weir {

class Pipeline;
class Instant;

/// Any number of senders, one worker; without locks.
class Inbox {
 public:
  static constexpr std::uint32_t kCapacity =
      511;  // 32 KB of DPDK's memory, of which little is spare

  /// Needs EAL. Each message rings `bell`, if there is one, which outlives the inbox.
  [[nodiscard]] static Result<Inbox> create(Doorbell* bell);

  /// For the service of that name, whichever has it when the message is read. False when kCapacity
  /// messages wait. Any thread.
  [[nodiscard]] bool send(std::string_view service, const Message& message) noexcept;
  /// Hands some of what waits to its services; the worker. A message for a name that no service has
  /// is dropped.
  void serve(Pipeline& pipeline, Instant now) noexcept;

 private:
  struct Letter {
    std::uint64_t service = 0;  // hash of its name
    Message message;
    std::uint32_t unused = 0;
  };
  Inbox(MessageRing ring, Doorbell* bell) noexcept : ring_(std::move(ring)), bell_(bell) {}

  MessageRing ring_;
  Doorbell* bell_;
};

}  // namespace weir
