// The life of a port in rte_ethdev's order: configure, queues, start; bursts; stop, close.
#include "dpdk/ethernet_port.hpp"

#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>

#include "dpdk/frame_signals.hpp"
#include "dpdk/offloads.hpp"
#include "dpdk/port_stats.hpp"

namespace weir {

Result<std::unique_ptr<EthernetPort>> EthernetPort::open(const Eal& eal,
                                                         const PortSettings& settings,
                                                         std::span<Mempool* const> pools) {
  auto device = Device::probe(eal, settings.device);
  if (!device.ok()) return Error{"port " + settings.name + ": " + device.error().message};
  return open(std::move(device).value(), settings, pools);
}

Result<std::unique_ptr<EthernetPort>> EthernetPort::open(Device device,
                                                         const PortSettings& settings,
                                                         std::span<Mempool* const> pools) {
  std::unique_ptr<EthernetPort> port(new EthernetPort(std::move(device), settings));
  if (auto error = port->start(settings, pools)) return *error;
  return port;
}

EthernetPort::EthernetPort(Device device, const PortSettings& settings)
    : device_(std::move(device)),
      log_mark_(device_.log().mark()),
      rx_descriptors_(settings.rx_descriptors),
      tx_descriptors_(settings.tx_descriptors) {
  info_.name = settings.name;
  info_.driver = device_.driver();
  info_.mtu = settings.mtu;
}

EthernetPort::~EthernetPort() {
  if (started_) rte_eth_dev_stop(device_.port_id());
}

EthernetPort::Outcome EthernetPort::start(const PortSettings& settings,
                                          std::span<Mempool* const> pools) {
  if (auto error = check_sizes(settings, pools)) return error;
  choose_queues(settings);
  if (auto error = configure(settings)) return error;
  if (auto error = set_up_queues(pools)) return error;
  if (auto error = set_mtu(settings.mtu)) return error;
  const std::uint16_t id = device_.port_id();
  if (const int error = rte_eth_dev_start(id)) return failed("start", error);
  started_ = true;
  interrupts_ = interrupts_ && rte_eth_dev_rx_intr_ctl_q_get_fd(id, 0) >= 0;
  if (info_.driver == "net_tap") stop_frame_signals();

  rte_ether_addr address{};
  if (rte_eth_macaddr_get(id, &address) == 0) {
    std::copy_n(address.addr_bytes, info_.mac.bytes.size(), info_.mac.bytes.begin());
  }
  // net_ring has none; a locally administered one will do.
  if (info_.mac.is_zero()) info_.mac = Mac{{0x02, 0, 0, 0, 0, settings.index}};
  accept_groups();
  check_spreading();
  traits_ = {.port = settings.index,
             .trust_ip = info_.offloads.rx_ip,
             .trust_l4 = info_.offloads.rx_l4,
             .trust_hash = rss_.like_ours};
  prepares_ = info_.offloads.tx_ipv4 || info_.offloads.tx_tcp || info_.offloads.tx_udp;
  return std::nullopt;
}

EthernetPort::Outcome EthernetPort::check_sizes(const PortSettings& settings,
                                                std::span<Mempool* const> pools) const {
  assert(!pools.empty());
  const DeviceLimits& limits = device_.limits();
  if (settings.mtu < limits.min_mtu || settings.mtu > limits.max_mtu) {
    return Error{"port " + info_.name + ": mtu = " + std::to_string(settings.mtu) +
                 ", but its driver " + info_.driver + " takes " + std::to_string(limits.min_mtu) +
                 " to " + std::to_string(limits.max_mtu)};
  }
  for (const Mempool* pool : pools) {
    if (pool->data_room() >= RTE_PKTMBUF_HEADROOM + frame_length_for_mtu(settings.mtu)) continue;
    return Error{"port " + info_.name + ": a frame with mtu = " + std::to_string(settings.mtu) +
                 " does not fit into a buffer of " + std::to_string(pool->data_room()) + " bytes"};
  }
  return std::nullopt;
}

void EthernetPort::choose_queues(const PortSettings& settings) {
  const DeviceLimits& limits = device_.limits();
  const std::uint16_t wanted_tx = settings.tx_queues == 0 ? settings.rx_queues : settings.tx_queues;
  info_.rx_queues = std::max<std::uint16_t>(1, std::min(settings.rx_queues, limits.rx_queues));
  info_.tx_queues = std::max<std::uint16_t>(1, std::min(wanted_tx, limits.tx_queues));
  if (info_.driver == "net_tap") {
    // A queue of a tap is one file descriptor with both directions.
    info_.rx_queues = info_.tx_queues = std::min(info_.rx_queues, info_.tx_queues);
  }
  if (info_.rx_queues < settings.rx_queues) {
    warn(info_.driver + " has " + std::to_string(info_.rx_queues) + " of the " +
         std::to_string(settings.rx_queues) +
         " receive queues asked for: the other workers get frames from those that have one");
  }
  tx_ = std::make_unique<TxQueue[]>(info_.tx_queues);
}

EthernetPort::Outcome EthernetPort::configure(const PortSettings& settings) {
  const std::uint16_t id = device_.port_id();
  rte_eth_dev_info info;
  if (const int error = rte_eth_dev_info_get(id, &info)) return failed("be asked", error);
  rte_eth_conf conf{};
  conf.rxmode.mtu = settings.mtu;
  if (device_.limits().offloads) info_.offloads = plan_offloads(info, conf);
  if (info_.offloads.tx_chains) info_.tx_extents = extents_of(info, info_.mtu);
  // A virtual device may offer RSS that only flow rules bring about (net_tap), or none (net_null).
  if (!device_.limits().software) rss_ = plan_rss(info, info_.rx_queues, settings.rss_key, conf);
  conf.intr_conf.rxq = settings.interrupts ? 1 : 0;
  int refused = rte_eth_dev_configure(id, info_.rx_queues, info_.tx_queues, &conf);
  if (refused != 0 && settings.interrupts) {  // some drivers without them refuse, others ignore it
    conf.intr_conf.rxq = 0;
    refused = rte_eth_dev_configure(id, info_.rx_queues, info_.tx_queues, &conf);
  }
  interrupts_ = conf.intr_conf.rxq != 0;
  if (const int error = refused) {
    return failed("be configured with " + std::to_string(info_.rx_queues) + " receive and " +
                      std::to_string(info_.tx_queues) + " transmit queues",
                  error);
  }
  if (const int error = rte_eth_dev_adjust_nb_rx_tx_desc(id, &rx_descriptors_, &tx_descriptors_)) {
    return failed("be given descriptors", error);
  }
  return std::nullopt;
}

EthernetPort::Outcome EthernetPort::set_up_queues(std::span<Mempool* const> pools) {
  // Without a configuration of the queue's own, it gets the driver's defaults and the port's
  // offloads.
  const std::uint16_t id = device_.port_id();
  const auto node = static_cast<unsigned>(rte_eth_dev_socket_id(id));
  for (std::uint16_t queue = 0; queue < info_.rx_queues; ++queue) {
    Mempool& pool = *pools[queue % pools.size()];
    if (const int error =
            rte_eth_rx_queue_setup(id, queue, rx_descriptors_, node, nullptr, pool.raw())) {
      return failed("set up receive queue " + std::to_string(queue), error);
    }
  }
  for (std::uint16_t queue = 0; queue < info_.tx_queues; ++queue) {
    if (const int error = rte_eth_tx_queue_setup(id, queue, tx_descriptors_, node, nullptr)) {
      return failed("set up transmit queue " + std::to_string(queue), error);
    }
  }
  return std::nullopt;
}

EthernetPort::Outcome EthernetPort::set_mtu(std::uint16_t mtu) {
  // Most drivers have it from rte_eth_dev_configure; net_tap and net_af_packet must be told, since
  // it is the kernel's interface that they change. Files and rings know no MTU.
  const int error = rte_eth_dev_set_mtu(device_.port_id(), mtu);
  if (error == 0 || error == -ENOTSUP) return std::nullopt;
  return failed("take mtu = " + std::to_string(mtu), error);
}

void EthernetPort::accept_groups() {
  // Neighbour solicitations go to a multicast group per address (RFC 4291 §2.7.1).
  const std::uint16_t id = device_.port_id();
  if (rte_eth_allmulticast_enable(id) == 0 || rte_eth_promiscuous_enable(id) == 0) return;
  if (device_.limits().software) return;  // net_ring, net_pcap, net_null filter nothing
  warn("its driver " + info_.driver +
       " takes neither all multicast nor all frames: IPv6 neighbours will not find it");
}

void EthernetPort::check_spreading() {
  if (info_.rx_queues < 2) return;
  if (!rss_.on) {
    warn(info_.driver + " has " + std::to_string(info_.rx_queues) +
         " queues but no RSS: workers hand frames over to each other");
    return;
  }
  rte_eth_dev_info info;
  if (rte_eth_dev_info_get(device_.port_id(), &info) != 0) return;
  const auto flaw = spread_over_queues(device_.port_id(), info, info_.rx_queues);
  if (flaw) warn(*flaw);
  info_.rss = rss_.like_ours && !flaw;
}

Error EthernetPort::failed(const std::string& step, int error) const {
  return Error{device_.log().blame("port " + info_.name + ": its driver " + info_.driver +
                                       " cannot " + step + " (" + std::strerror(std::abs(error)) +
                                       ")",
                                   log_mark_)};
}

std::uint32_t EthernetPort::rx_burst(std::uint16_t queue, Burst& out) noexcept {
  rte_mbuf* mbufs[kMaxBurst];
  const std::uint32_t n =
      rte_eth_rx_burst(device_.port_id(), queue, mbufs, static_cast<std::uint16_t>(out.room()));
  push_received(mbufs, n, traits_, out);
  return n;
}

std::uint32_t EthernetPort::tx_burst(std::uint16_t queue, std::span<Frame> frames) noexcept {
  const std::uint16_t id = device_.port_id();
  std::uint32_t taken = 0;
  while (taken < frames.size()) {
    rte_mbuf* mbufs[kMaxBurst];
    const auto chunk =
        frames.subspan(taken, std::min<std::size_t>(kMaxBurst, frames.size() - taken));
    const auto n = static_cast<std::uint16_t>(chunk.size());
    prepare_transmit(chunk, mbufs);
    const std::uint16_t good = prepares_ ? rte_eth_tx_prepare(id, queue, mbufs, n) : n;
    const std::uint16_t sent = rte_eth_tx_burst(id, queue, mbufs, good);
    for (std::uint16_t i = 0; i < sent; ++i) (void)chunk[i].detach();
    taken += sent;
    if (sent < good) break;
    if (good == n) continue;
    // The driver cannot send this frame, ever: it must not stand in the way of the others.
    chunk[good].reset();
    ++taken;
    std::atomic<std::uint64_t>& refused = tx_[queue].refused;
    refused.store(refused.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  return taken;
}

PortStats EthernetPort::stats() const noexcept {
  PortStats stats = read_port_stats(device_.port_id());
  for (std::uint16_t queue = 0; queue < info_.tx_queues; ++queue) {
    stats.tx_errors += tx_[queue].refused.load(std::memory_order_relaxed);
  }
  return stats;
}

LinkState EthernetPort::link() const noexcept { return read_link(device_.port_id()); }

bool EthernetPort::wake_this_thread(std::uint16_t queue) noexcept {
  return rte_eth_dev_rx_intr_ctl_q(device_.port_id(), queue, RTE_EPOLL_PER_THREAD,
                                   RTE_INTR_EVENT_ADD, nullptr) == 0;
}

void EthernetPort::forget_wake(std::uint16_t queue) noexcept {
  (void)rte_eth_dev_rx_intr_ctl_q(device_.port_id(), queue, RTE_EPOLL_PER_THREAD,
                                  RTE_INTR_EVENT_DEL, nullptr);
}

// A driver whose descriptor tells of frames by itself (net_tap) has nothing to switch.
void EthernetPort::arm(std::uint16_t queue) noexcept {
  (void)rte_eth_dev_rx_intr_enable(device_.port_id(), queue);
}

void EthernetPort::disarm(std::uint16_t queue) noexcept {
  (void)rte_eth_dev_rx_intr_disable(device_.port_id(), queue);
}

}  // namespace weir
