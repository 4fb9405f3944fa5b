// A model client and the stack under test with a bad cable between them, in virtual time.
#pragma once

#include <memory>

#include "port/fault_injector.hpp"
#include "port/memory_port.hpp"
#include "support/model_client.hpp"
#include "support/stack.hpp"

namespace weir::test {

/// One connection from SYN to the end. What leaves Weir is watched before the cable spoils it: the
/// window's right edge (row 109), the size of segments (65), the peer's window (85 from the other
/// side), the bytes themselves.
class Conversation {
 public:
  Conversation(ModelClient::Config client, Stack::Config stack, const Faults& faults,
               std::uint64_t seed);
  ~Conversation() { stack_->on_sent = nullptr; }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  /// Until the client is done and the flow is gone or in TIME-WAIT, or until `most` has passed.
  /// True when it ended by itself.
  bool run(Duration most);
  /// Lets so much time pass, whatever happens.
  void run_for(Duration d) { (void)run_until(now() + d, false); }

  [[nodiscard]] ModelClient& client() { return client_; }
  [[nodiscard]] Stack& stack() { return *stack_; }
  [[nodiscard]] FaultInjector<MemoryPort>& cable() { return cable_; }
  [[nodiscard]] Instant now() const { return stack_->now(); }
  [[nodiscard]] Duration elapsed() const { return now() - started_; }

 private:
  bool run_until(Instant end, bool stop_when_done);
  void step();
  [[nodiscard]] Instant next_step() const;
  [[nodiscard]] bool over();
  void watch(const Sent& s);

  std::unique_ptr<Stack> stack_;
  MemoryPort port_;
  FaultInjector<MemoryPort> cable_;
  ModelClient client_;
  Instant started_;
  bool edge_known_ = false;
  std::uint32_t edge_ = 0;
  std::uint8_t scale_ = 0;
};

}  // namespace weir::test
