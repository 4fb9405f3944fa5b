// A function a part of the table, in its order.
#include "metrics/render.hpp"

#include <prometheus/text_serializer.h>

#include "control/values.hpp"
#include "metrics/families.hpp"

namespace weir {
namespace {

using enum Metric;

void add_daemon(Families& out, const MetricsReading& r) {
  out.add(build_info, {r.version, r.dpdk_version}, 1.0);
  out.add(ready, {}, r.unready.empty() && r.unwell.empty() ? 1.0 : 0.0);
  out.add(start_time, {}, r.started);
  out.add(reload_successful, {}, r.reload_good ? 1.0 : 0.0);
  out.add(reload_time, {}, r.loaded);
  out.add(config_drift, {}, r.config_drift ? 1.0 : 0.0);
  for (const auto& [key, count] : r.log) {
    out.add(log_messages, {std::string(spelling(key.first)), key.second}, count);
  }
}

void add_port(Families& out, const MetricsReading::Port& port) {
  constexpr double kBytesPerMegabit = 125'000;
  const auto& [name, stats, link] = port;
  out.add(port_up, {name}, link.up ? 1.0 : 0.0);
  out.add(port_speed, {name}, kBytesPerMegabit * link.megabits);
  out.add(port_receive_packets, {name}, stats.rx_packets);
  out.add(port_receive_bytes, {name}, stats.rx_bytes);
  out.add(port_receive_missed, {name}, stats.rx_missed);
  out.add(port_receive_errors, {name}, stats.rx_errors);
  out.add(port_receive_nobuf, {name}, stats.rx_no_buffer);
  out.add(port_transmit_packets, {name}, stats.tx_packets);
  out.add(port_transmit_bytes, {name}, stats.tx_bytes);
  out.add(port_transmit_dropped, {name}, stats.tx_errors);
}

std::uint64_t count_of(const WorkerReading& sum, Mib counter) {
  return sum.mib[static_cast<std::size_t>(counter)];
}

void add_drops(Families& out, const WorkerReading& sum) {
  for (std::size_t i = 0; i < kDropCount; ++i) {
    const std::string reason(kDropTexts[i].name);
    out.add(packets_dropped, {reason, "rx"}, sum.dropped[i]);
    out.add(packets_refused, {reason}, sum.refused[i]);
  }
  // The frames of our own that were lost, from the protocol counters.
  out.add(packets_dropped, {"no_room", "tx"}, count_of(sum, Mib::TxNoRoom));
  out.add(packets_dropped, {"unresolved", "tx"}, count_of(sum, Mib::TxUnresolved));
}

void add_verdicts(Families& out, const std::string& worker, const WorkerReading& r) {
  out.add(packets_received, {worker}, r.received);
  out.add(packets_verdicts, {worker, "answered"}, r.answered);
  out.add(packets_verdicts, {worker, "delivered"}, r.delivered);
  out.add(packets_verdicts, {worker, "consumed"}, r.consumed);
  out.add(packets_verdicts, {worker, "forwarded"}, r.forwarded);
  out.add(packets_verdicts, {worker, "dropped"}, r.dropped_total());
  out.add(packets_held, {worker}, r.held);
}

void add_work(Families& out, const std::string& worker, const MetricsReading::Worker& w,
              double cycles_per_second) {
  const std::string cpu = std::to_string(w.cpu);
  const auto seconds = [&](std::uint64_t cycles) {
    return static_cast<double>(cycles) / cycles_per_second;
  };
  out.add(worker_seconds, {worker, cpu, "busy"}, seconds(w.counts.busy_cycles));
  out.add(worker_seconds, {worker, cpu, "poll"}, seconds(w.poll_cycles));
  out.add(worker_seconds, {worker, cpu, "sleep"}, seconds(w.counts.sleep_cycles));
  out.add(worker_rounds, {worker}, w.counts.rounds);
  out.add(worker_bursts, {worker}, w.counts.bursts);
  out.add(handoff_received, {worker}, w.counts.handoff_in);
  out.add(handoff_sent, {worker}, w.counts.handoff_out);
  out.add(loop_duration, {worker}, w.loop);
  out.add(rx_burst, {worker}, w.rx_burst);
}

void add_workers(Families& out, const MetricsReading& r) {
  for (std::size_t i = 0; i < r.workers.size(); ++i) {
    const std::string worker = std::to_string(i);
    add_verdicts(out, worker, r.workers[i].counts);
    add_work(out, worker, r.workers[i], r.cycles_per_second);
    out.add(flow_entries, {worker, "flows"}, r.workers[i].counts.flows);
    out.add(flow_capacity, {worker, "flows"}, r.max_flows);
  }
}

void add_service(Families& out, const MetricsReading::Service& s) {
  if (s.tcp) {
    out.add(tcp_connections, {s.name, "half-open"}, s.counts.half_open);
    out.add(tcp_connections, {s.name, "open"}, s.counts.connections);
    out.add(tcp_accepted, {s.name}, s.counts.accepted);
    out.add(tcp_closed, {s.name}, s.counts.ended);
    out.add(handshake_duration, {s.name}, s.handshake);
    out.add(tcp_rtt, {s.name}, s.rtt);
    out.add(request_duration, {s.name}, s.request);
  }
  if (s.udp) out.add(udp_received, {s.name}, s.counts.datagrams);
  for (std::size_t i = 0; i < s.counters.size(); ++i) {
    out.add(service_events, {s.name, s.counters[i]}, s.counts.own[i]);
  }
}

void add_protocols(Families& out, const WorkerReading& sum) {
  out.add(tcp_segments_received, {}, count_of(sum, Mib::TcpInSegs));
  out.add(tcp_segments_sent, {}, count_of(sum, Mib::TcpOutSegs));
  out.add(tcp_segments_retransmitted, {}, count_of(sum, Mib::TcpRetransSegs));
  out.add(tcp_resets_sent, {}, count_of(sum, Mib::TcpOutRsts));
  out.add(syncookies_sent, {}, count_of(sum, Mib::TcpSynCookiesSent));
  out.add(syncookies_accepted, {}, count_of(sum, Mib::TcpSynCookiesRecv));
  out.add(syncookies_rejected, {}, count_of(sum, Mib::TcpSynCookiesFailed));
  out.add(udp_sent, {}, count_of(sum, Mib::UdpOutDatagrams));
  for (std::size_t i = 0; i < kMibCount; ++i) {
    out.add(protocol_events, {std::string(kMibTexts[i].name)}, sum.mib[i]);
  }
  // Dropped, or refused with a reset: no room either way.
  const std::size_t full = index(Drop::tcp_table_full);
  out.add(flow_failures, {"flows", "full"}, sum.dropped[full] + sum.refused[full]);
}

// Pages of both sizes of a node together.
void add_huge_pages(Families& out, const MetricsReading& r) {
  std::map<unsigned, std::pair<std::uint64_t, std::uint64_t>> bytes;  // free, used
  for (const HugePagesOfNode& p : r.huge_pages) {
    bytes[p.node].first += p.page_bytes * p.free;
    bytes[p.node].second += p.page_bytes * (p.pages - std::min(p.free, p.pages));
  }
  for (const auto& [node, of_node] : bytes) {
    out.add(hugepages, {std::to_string(node), "free"}, of_node.first);
    out.add(hugepages, {std::to_string(node), "used"}, of_node.second);
  }
}

void add_memory(Families& out, const MetricsReading& r) {
  out.add(read_ahead_chunks, {}, r.read_ahead.chunks);
  out.add(read_ahead_free, {}, r.read_ahead.free);
  out.add(read_ahead_waiting, {}, r.read_ahead.waiting);
  out.add(read_ahead_bytes, {}, r.read_ahead.bytes);
  out.add(read_ahead_failures, {}, r.read_ahead.failures);
  out.add(read_ahead_overdue, {}, r.read_ahead.overdue);
  for (const auto& [pool, free_min] : r.pools) {
    out.add(pool_buffers, {pool.name}, std::uint64_t{pool.size});
    out.add(pool_free, {pool.name}, std::uint64_t{pool.free});
    out.add(pool_free_min, {pool.name}, std::uint64_t{free_min});
  }
  add_huge_pages(out, r);
  for (const auto& [key, count] : r.neighbours) {
    out.add(neighbors, {key.first, key.second}, count);
  }
}

void add_process(Families& out, const ProcessReading& p) {
  out.add(process_cpu, {}, p.cpu_seconds);
  out.add(process_resident, {}, p.resident_bytes);
  out.add(process_virtual, {}, p.virtual_bytes);
  out.add(process_open_fds, {}, p.open_fds);
  out.add(process_max_fds, {}, p.max_fds);
  out.add(process_start, {}, p.start_time);
}

}  // namespace

std::string metrics_text(const MetricsReading& reading, const std::vector<std::string>& patterns) {
  Families out(patterns);
  const WorkerReading sum = reading.sum();
  add_daemon(out, reading);
  for (const MetricsReading::Port& port : reading.ports) add_port(out, port);
  add_drops(out, sum);
  add_workers(out, reading);
  for (const MetricsReading::Service& service : reading.services) add_service(out, service);
  add_protocols(out, sum);
  add_memory(out, reading);
  add_process(out, reading.process);
  return prometheus::TextSerializer().Serialize(out.take());
}

}  // namespace weir
