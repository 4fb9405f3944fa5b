// The configuration as values: what the files, the environment and --set add up to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/clock.hpp"
#include "flow/transport.hpp"

namespace weir {

/// [port NAME]
struct PortConfig {
  std::string name;
  std::string device;             ///< PCI address (with domain) or devargs
  std::vector<Prefix> addresses;  ///< at least one; both families
  std::optional<Address> gateway_v4, gateway_v6;
  std::uint16_t mtu = 1500;  ///< bytes of IP packet, 576–9000
  std::uint16_t queues = 0;  ///< 0 = auto: one per worker, as many as the device has
  std::uint16_t vlan = 0;    ///< 1–4094; 0 = untagged
  bool dad = true;           ///< duplicate address detection
};

enum class IdleMode : std::uint8_t { poll, sleep, interrupt };

/// [workers]
struct WorkersConfig {
  std::vector<unsigned> cpus;  ///< CPU numbers; empty = auto
  IdleMode idle = IdleMode::interrupt;
};

enum class HugePages : std::uint8_t { required, attempt, no };  ///< written required, try, no

/// [memory]
struct MemoryConfig {
  std::uint32_t mbufs = 0;  ///< buffers for all workers together; 0 = auto
  HugePages hugepages = HugePages::attempt;
  std::uint64_t read_ahead = 64U << 20;  ///< bytes for all workers together; 0 = off
};

enum class Handler : std::uint8_t { echo, discard, chargen, daytime, hold, http, respond, module };

/// One `listen =` of a service. The address is absent in `:80/tcp`: every address of every port.
struct ListenConfig {
  std::optional<Address> address;
  std::uint16_t port = 0;  ///< 1–65535
  Transport transport = Transport::tcp;
};

enum class RespondClose : std::uint8_t { never, after_reply };  ///< written never, after-reply

/// Ports of ours, for connections that a service opens; none: 0 to 0.
struct ClientPorts {
  std::uint16_t first = 0, last = 0;
  friend bool operator==(const ClientPorts&, const ClientPorts&) = default;
};

/// [service NAME]
struct ServiceConfig {
  std::string name;
  Handler handler = Handler::echo;
  std::vector<ListenConfig> listen;   ///< at least one
  std::uint32_t backlog = 1024;       ///< half-open connections per worker
  std::uint32_t max_connections = 0;  ///< per worker; 0 = no limit but [tcp] max-flows
  std::uint32_t fast_open = 0;        ///< pending fast opens per worker; 0 = none are taken
  Duration idle_timeout = 60s;        ///< 0 = never
  Duration keep_alive{};              ///< silence before the first probe; 0 = none
  bool nagle = true;
  std::string root;                          ///< http: directory; empty = the status page
  std::uint64_t cache = 1ULL << 30;          ///< http: bytes of files held in memory
  bool status = false;                       ///< http: live status page at /status
  Duration header_timeout = 10s;             ///< http: a request's headers must be complete by then
  std::uint32_t size = 1;                    ///< respond: bytes of an answer
  RespondClose close = RespondClose::never;  ///< respond
  std::string module;                        ///< module: its name in the program, or a path
  std::string argument;                      ///< module: what its factory is told
  ClientPorts client_ports;                  ///< module: where its own connections begin
  std::vector<std::string> counters;         ///< module: as it says itself, once it is known
};

enum class CongestionControl : std::uint8_t { cubic, newreno };
enum class SynCookies : std::uint8_t { off, automatic, always };  ///< written off, auto, always

/// [tcp]
struct TcpConfig {
  SynCookies syncookies = SynCookies::automatic;
  CongestionControl congestion = CongestionControl::cubic;
  bool ecn = true;
  bool pacing = true;                              ///< of the first flight
  std::uint32_t send_buffer = 256 * 1024;          ///< bytes per connection
  std::uint32_t receive_buffer = 256 * 1024;       ///< bytes per connection, to begin with
  std::uint32_t receive_buffer_max = 1024 * 1024;  ///< what it grows to with the connection's speed
  Duration rto_min = 200ms;
  Duration rto_min_spread = 100ms;  ///< each floor is drawn from rto_min to so much more
  Duration delayed_ack = 40ms;      ///< RFC 9293 MUST-40
  Duration msl = 30s;
  std::uint32_t syn_retries = 5;
  Duration r2 = 5min;
  std::uint32_t max_flows = 1'000'000;     ///< per worker
  bool flow_accounts = true;               ///< age and byte counts: 12 bytes a connection
  std::uint32_t max_flows_per_source = 0;  ///< per worker and address (IPv6: /64); 0 = no limit
  std::uint64_t rst_limit = 10'000;        ///< per second and worker
};

/// [ip]
struct IpConfig {
  std::uint8_t ttl = 64;
  std::uint64_t icmp_limit = 1000;    ///< ICMP errors per second and worker
  Duration reassembly_timeout = 15s;  ///< that all fragments of a packet have
};

/// [control]
struct ControlConfig {
  std::string socket = "/run/weir/weir.sock";
  std::string group = "weir";  ///< who may talk to the socket; ignored when there is no such group
  std::string user{};          ///< who a weir that was started by root becomes; empty: stays root
};

/// An address and TCP port of the kernel's, not of Weir's own ports.
struct KernelListen {
  Address address;
  std::uint16_t port = 0;  ///< 1–65535
  friend bool operator==(const KernelListen&, const KernelListen&) = default;
};

/// [metrics]
struct MetricsConfig {
  std::optional<KernelListen> listen = KernelListen{Address::v4(0x7f000001), 9559};  ///< none: off
};

/// [recorder]
struct RecorderConfig {
  std::uint64_t memory = 0;         ///< bytes per worker; 0 = off
  std::uint32_t frame_bytes = 192;  ///< kept of each frame
  friend bool operator==(const RecorderConfig&, const RecorderConfig&) = default;
};

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { automatic, text, json };

/// [log]
struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::automatic;
};

/// [dpdk]
struct DpdkConfig {
  std::vector<std::string> eal_args;  ///< unsupported, passed through
};

struct Config {
  std::vector<PortConfig> ports;
  std::vector<ServiceConfig> services;
  WorkersConfig workers;
  MemoryConfig memory;
  TcpConfig tcp;
  IpConfig ip;
  ControlConfig control;
  MetricsConfig metrics;
  RecorderConfig recorder;
  LogConfig log;
  DpdkConfig dpdk;
};

}  // namespace weir
