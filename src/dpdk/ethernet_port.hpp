// A port of DPDK: a device with its queues, from NIC to net_tap.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "dpdk/device.hpp"
#include "dpdk/mbuf_frame.hpp"
#include "dpdk/mempool.hpp"
#include "dpdk/rss.hpp"
#include "port/port.hpp"

namespace weir {

struct PortSettings {
  std::string name;             ///< for messages: [port NAME]
  std::string device;           ///< PCI address or devargs
  std::uint8_t index = 0;       ///< Frame::port() of what it receives
  std::uint16_t mtu = 1500;     ///< bytes of IP packet
  std::uint16_t rx_queues = 1;  ///< wanted; the device may have fewer
  std::uint16_t tx_queues = 0;  ///< wanted; 0 = as many as rx_queues
  /// Wanted, per queue.
  std::uint16_t rx_descriptors = kQueueDescriptors, tx_descriptors = kQueueDescriptors;
  bool interrupts = false;              ///< receive interrupts, where the driver has them
  std::vector<std::uint8_t> rss_key{};  ///< 40 or 52 bytes; empty = the driver's own
};

/// Opening and closing belong to the control thread. Each queue belongs to one worker, which has
/// stopped before the port is destroyed. The pools outlive the port.
class EthernetPort {
 public:
  /// Probes, configures and starts. Queue q receives into pools[q modulo their number].
  [[nodiscard]] static Result<std::unique_ptr<EthernetPort>> open(const Eal& eal,
                                                                  const PortSettings& settings,
                                                                  std::span<Mempool* const> pools);
  /// The same with a device already probed, whose limits() told how large the pools must be.
  [[nodiscard]] static Result<std::unique_ptr<EthernetPort>> open(Device device,
                                                                  const PortSettings& settings,
                                                                  std::span<Mempool* const> pools);
  ~EthernetPort();
  EthernetPort(const EthernetPort&) = delete;
  EthernetPort& operator=(const EthernetPort&) = delete;

  [[nodiscard]] const PortInfo& info() const noexcept { return info_; }
  [[nodiscard]] std::uint32_t rx_burst(std::uint16_t queue, Burst& out) noexcept;
  [[nodiscard]] std::uint32_t tx_burst(std::uint16_t queue, std::span<Frame> frames) noexcept;

  /// Whether a frame can wake a thread: asked for, and the driver knows how.
  [[nodiscard]] bool has_interrupts() const noexcept { return interrupts_; }
  /// The calling thread is to be woken by frames of that queue (FrameWait), and no more. False when
  /// it cannot be.
  [[nodiscard]] bool wake_this_thread(std::uint16_t queue) noexcept;
  void forget_wake(std::uint16_t queue) noexcept;
  void arm(std::uint16_t queue) noexcept;
  void disarm(std::uint16_t queue) noexcept;

  /// Any thread.
  [[nodiscard]] PortStats stats() const noexcept;
  [[nodiscard]] LinkState link() const noexcept;
  /// What is not as asked for but no reason to stop, a sentence each.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// As granted by the device, per queue.
  [[nodiscard]] std::uint16_t rx_descriptors() const noexcept { return rx_descriptors_; }
  [[nodiscard]] std::uint16_t tx_descriptors() const noexcept { return tx_descriptors_; }

 private:
  struct alignas(64) TxQueue {
    std::atomic<std::uint64_t> refused{0};  // worker: writes; anyone: reads. Relaxed, a plain count
  };
  /// What went wrong at which step; nothing when all is well.
  using Outcome = std::optional<Error>;

  EthernetPort(Device device, const PortSettings& settings);

  Outcome start(const PortSettings& settings, std::span<Mempool* const> pools);
  Outcome check_sizes(const PortSettings& settings, std::span<Mempool* const> pools) const;
  void choose_queues(const PortSettings& settings);
  Outcome configure(const PortSettings& settings);
  Outcome set_up_queues(std::span<Mempool* const> pools);
  Outcome set_mtu(std::uint16_t mtu);
  void accept_groups();
  void check_spreading();
  [[nodiscard]] Error failed(const std::string& step, int error) const;
  void warn(const std::string& sentence) {
    warnings_.push_back("port " + info_.name + ": " + sentence);
  }

  Device device_;
  std::uint64_t log_mark_ = 0;
  PortInfo info_;
  ReceiveTraits traits_;
  RssPlan rss_;
  bool prepares_ = false;  // the driver wants to see frames with offloads before it sends them
  bool started_ = false;
  bool interrupts_ = false;
  std::uint16_t rx_descriptors_, tx_descriptors_;
  std::unique_ptr<TxQueue[]> tx_;
  std::vector<std::string> warnings_;
};
static_assert(Port<EthernetPort>);

}  // namespace weir
