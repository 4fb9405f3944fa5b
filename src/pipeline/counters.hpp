// What one worker counts: verdicts, reasons, protocols, services, its own work.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/counter.hpp"
#include "base/drop.hpp"
#include "base/histogram.hpp"
#include "base/mib.hpp"

namespace weir {

inline constexpr std::size_t kMaxServices = 64;
inline constexpr std::size_t kMostServiceCounters = 16;

struct ServiceCounters {
  Counter connections;  ///< gauge: established or closing, TIME-WAIT left out
  Counter half_open;    ///< gauge: SYN-RECEIVED
  Counter fast_opens;   ///< gauge: those of them that began with text (RFC 7413)
  Counter accepted;     ///< handshakes completed
  Counter ended;        ///< connections that are over
  Counter datagrams;    ///< delivered to the service
  std::array<Counter, kMostServiceCounters> own;  ///< what the service counts itself

  /// What was counted so far is another service's; the gauges are zero then.
  void begin_anew() noexcept {
    for (Counter* total : {&accepted, &ended, &datagrams}) total->set(0);
    for (Counter& count : own) count.set(0);
  }
};

/// How long things took at a service, in nanoseconds (docs/performance.md says from when to when).
struct ServiceHistograms {
  Histogram handshake;  ///< SYN-ACK sent (or SYN, of our own opens) until its ACK
  Histogram rtt;        ///< samples of RFC 6298
  Histogram request;    ///< beginning of a request until the end of its answer has left

  void begin_anew() noexcept {
    for (Histogram* times : {&handshake, &rtt, &request}) times->clear();
  }
};

/// What a worker's round consists of.
enum class Stage : std::uint8_t {
  receive,   ///< from ports and other workers
  process,   ///< Pipeline::process
  timers,    ///< Pipeline::expire
  transmit,  ///< Pipeline::transmit
  send,      ///< to ports and other workers
};
inline constexpr std::array<std::string_view, 5> kStageNames{"receive", "process", "timers",
                                                             "transmit", "send"};

/// Written by its worker alone, read by the control thread. Each received frame is counted once in
/// `received` and ends in one verdict: received = answered + delivered + consumed + forwarded +
/// sum(dropped) + held, whenever the worker stands between two rounds.
struct alignas(64) WorkerCounters {
  Counter received, answered, delivered, consumed, forwarded;
  Counter held;  ///< gauge
  std::array<Counter, kDropCount> dropped;
  std::array<Counter, kDropCount> refused;  ///< answered, but for this reason: the second table

  Counter rx_packets, rx_bytes;  ///< from this worker's queues, strays included
  Counter tx_packets, tx_bytes;  ///< accepted by ports
  Counter handoff_in, handoff_out;
  Counter rounds, busy_rounds;
  Counter busy_cycles;   ///< TSC cycles of rounds that had work
  Counter total_cycles;  ///< of all rounds, sleep left out
  Counter sleep_cycles;
  std::array<Counter, kStageNames.size()> stage_cycles;  ///< of rounds that had work
  Counter bursts;                                        ///< receive calls that brought frames
  Counter flows;  ///< gauge: entries of the flow table, TIME-WAIT included
  MibCounters mib;
  std::array<ServiceCounters, kMaxServices> services;

  Histogram loop;      ///< nanoseconds of a round that had work
  Histogram rx_tx;     ///< nanoseconds from a frame's receipt until what it caused left; by frame
  Histogram rx_burst;  ///< frames of a receive call that brought some

  /// Of the services that there are: 54 KB each. Control: makes them before the worker can know of
  /// the service, and never takes them away; worker: records.
  std::array<std::unique_ptr<ServiceHistograms>, kMaxServices> histograms;

  /// Control's thread, before the worker is told of so many services.
  void make_histograms(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (!histograms[i]) histograms[i] = std::make_unique<ServiceHistograms>();
    }
  }
  [[nodiscard]] ServiceHistograms& of_service(std::uint16_t service) noexcept {
    return *histograms[service];
  }
  [[nodiscard]] std::uint64_t dropped_total() const noexcept {
    std::uint64_t sum = 0;
    for (const Counter& c : dropped) sum += c.get();
    return sum;
  }
  /// Whether the first promise holds; only between two rounds.
  [[nodiscard]] bool adds_up() const noexcept {
    return received.get() == answered.get() + delivered.get() + consumed.get() + forwarded.get() +
                                 dropped_total() + held.get();
  }
};

}  // namespace weir
