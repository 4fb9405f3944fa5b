// What each key is called, accepts, means, and where its value goes.
#include "control/config_keys.hpp"

#include <algorithm>
#include <type_traits>

#include "control/values.hpp"

namespace weir {
namespace {

namespace po = boost::program_options;

// The section that a member belongs to.
PortConfig& section_of(Config& config, PortConfig*) { return config.ports.back(); }
ServiceConfig& section_of(Config& config, ServiceConfig*) { return config.services.back(); }
WorkersConfig& section_of(Config& config, WorkersConfig*) { return config.workers; }
MemoryConfig& section_of(Config& config, MemoryConfig*) { return config.memory; }
TcpConfig& section_of(Config& config, TcpConfig*) { return config.tcp; }
IpConfig& section_of(Config& config, IpConfig*) { return config.ip; }
ControlConfig& section_of(Config& config, ControlConfig*) { return config.control; }
MetricsConfig& section_of(Config& config, MetricsConfig*) { return config.metrics; }
RecorderConfig& section_of(Config& config, RecorderConfig*) { return config.recorder; }
LogConfig& section_of(Config& config, LogConfig*) { return config.log; }
DpdkConfig& section_of(Config& config, DpdkConfig*) { return config.dpdk; }

template <class T>
void store(T& member, const T& value) {
  member = value;
}
void store(Duration& member, std::uint64_t nanoseconds) {
  member = Duration(static_cast<Duration::rep>(nanoseconds));
}
template <class T>
requires(std::is_unsigned_v<T> && !std::is_same_v<T, bool> &&
         !std::is_same_v<T, std::uint64_t>) void store(T& member, std::uint64_t value) {
  member = static_cast<T>(value);  // the bounds of the key's type keep it in range
}

template <class S, class M>
void assign_member(M S::*member, const auto& value, Config& config) {
  store(section_of(config, static_cast<S*>(nullptr)).*member, value);
}

template <SettingValue V>
void declare_one(po::options_description& description, const Key& key) {
  auto* semantic = po::value<V>();
  if (key.need == Need::optional) {
    boost::any value;
    validate(value, {std::string(key.default_text)}, static_cast<V*>(nullptr), 0);
    semantic->default_value(boost::any_cast<V>(value), std::string(key.default_text));
  }
  description.add_options()(std::string(key.name).c_str(), semantic);
}

template <SettingValue V>
void declare_list(po::options_description& description, const Key& key) {
  // Composing: each item is stored by itself, so that a bad one is reported at its own line.
  description.add_options()(std::string(key.name).c_str(),
                            po::value<std::vector<V>>()->composing());
}

/// A key with one value of type V that goes into Member.
template <SettingValue V, auto Member>
constexpr Key one(Section section, std::string_view name, std::string_view default_text, Need need,
                  Applies applies, std::string_view meaning) {
  return {section,
          name,
          default_text,
          need,
          Arity::one,
          applies,
          meaning,
          V::accepted,
          declare_one<V>,
          [](const boost::any& value, Config& config) {
            assign_member(Member, boost::any_cast<const V&>(value).value, config);
          }};
}

/// A key that repeats: Take(const std::vector<V>&, Config&) puts its values where they belong.
template <SettingValue V, auto Take>
constexpr Key list(Section section, std::string_view name, Need need, Applies applies,
                   std::string_view meaning) {
  return {section,
          name,
          "",
          need,
          Arity::list,
          applies,
          meaning,
          V::accepted,
          declare_list<V>,
          [](const boost::any& values, Config& config) {
            Take(boost::any_cast<const std::vector<V>&>(values), config);
          }};
}

void take_addresses(const std::vector<PrefixValue>& values, Config& config) {
  for (const PrefixValue& prefix : values) config.ports.back().addresses.push_back(prefix.value);
}
// Of two gateways of one family the first stays; check_config complains about the second.
void take_gateways(const std::vector<AddressValue>& values, Config& config) {
  PortConfig& port = config.ports.back();
  for (const AddressValue& gateway : values) {
    auto& slot = gateway.value.is_v4() ? port.gateway_v4 : port.gateway_v6;
    if (!slot) slot = gateway.value;
  }
}
// The table names the handler before the listens, since it says what `:7` means.
void take_listens(const std::vector<ListenValue>& values, Config& config) {
  ServiceConfig& service = config.services.back();
  for (const ListenValue& listen : values) {
    for (const ListenConfig& one : listen.resolve(service.handler)) service.listen.push_back(one);
  }
}

constexpr auto kOptional = Need::optional;
constexpr auto kRequired = Need::required;
constexpr auto kReload = Applies::on_reload;
constexpr auto kRestart = Applies::on_restart;
using enum Section;

using Mtu = Number<Unit::count, 576, 9000>;
using Queues = Number<Unit::count, 1, 128, Word::automatic>;
using Vlan = Number<Unit::count, 1, 4094, Word::none>;
using Mbufs = Number<Unit::count, 1000, 100'000'000, Word::automatic>;
using Backlog = Number<Unit::count, 1, 10'000'000>;
using Connections = Number<Unit::count, 1, 1'000'000'000, Word::off>;
using FastOpens = Number<Unit::count, 1, 10'000'000, Word::off>;
using IdleTime = Number<Unit::time, ns(100ms), ns(168h), Word::off>;  // timers reach 24 days
using KeepAliveTime = Number<Unit::time, ns(10s), ns(168h), Word::off>;
using HeaderTime = Number<Unit::time, ns(100ms), ns(1h)>;
using CacheSize = Number<Unit::bytes, 1U << 20, 1ULL << 42>;
using ResponseSize = Number<Unit::bytes, 1, 1U << 20>;
using Buffer = Number<Unit::bytes, 4096, 1U << 30>;  // RFC 7323 §2.3: no window above 2^30
using RtoMin = Number<Unit::time, ns(1ms), ns(60s)>;
using RtoMinSpread = Number<Unit::time, 0, ns(1s)>;
using DelayedAck = Number<Unit::time, 0, ns(499ms)>;  // RFC 9293 MUST-40: below 500 ms
using Msl = Number<Unit::time, ns(10ms), ns(10min)>;
using SynRetries = Number<Unit::count, 0, 16>;
using R2 = Number<Unit::time, ns(1s), ns(1h)>;
using Flows = Number<Unit::count, 1, 500'000'000>;
using PacketRate = Number<Unit::rate, 0, 1'000'000'000>;
using FragmentTime = Number<Unit::time, ns(1s), ns(2min)>;
using RecorderMemory = Number<Unit::bytes, 4U << 20, 16ULL << 30, Word::off>;
using ReadAheadMemory = Number<Unit::bytes, 1U << 20, 64ULL << 30, Word::off>;
using FrameBytes = Number<Unit::bytes, 64, 65'535>;
using Ttl = Number<Unit::count, 1, 255>;
using SocketPath = Text<1, 107>;  // sun_path less the final zero
using Group = Text<0, 32>;
using UserName = Text<0, 32>;
using Directory = Text<0, 4000>;
using ModuleName = Text<0, 4000>;
using Argument = Text<0, 4000>;

using P = PortConfig;
using S = ServiceConfig;
using T = TcpConfig;

constexpr Key kKeys[] = {
    one<DeviceName, &P::device>(port, "device", "", kRequired, kRestart, "the NIC to take over"),
    list<PrefixValue, take_addresses>(port, "address", kRequired, kReload,
                                      "an address of Weir on this port; may repeat, IPv4 and IPv6"),
    list<AddressValue, take_gateways>(port, "gateway", kOptional, kReload,
                                      "the router for other networks; one IPv4, one IPv6"),
    one<Mtu, &P::mtu>(port, "mtu", "1500", kOptional, kRestart, "most bytes of an IP packet"),
    one<Queues, &P::queues>(port, "queues", "auto", kOptional, kRestart,
                            "pairs of queues; auto: one per worker, as many as the device has"),
    one<Vlan, &P::vlan>(port, "vlan", "none", kOptional, kRestart,
                        "the VLAN of all frames; none: untagged"),
    one<Choice<bool>, &P::dad>(port, "dad", "on", kOptional, kRestart,
                               "an address is used when nobody claims it within a second (RFC 4862 "
                               "5.4)"),

    one<Choice<Handler>, &S::handler>(service, "handler", "", kRequired, kReload,
                                      "what answers; echo, discard and respond speak TCP and UDP, "
                                      "a module what it was made for, the others TCP only"),
    list<ListenValue, take_listens>(service, "listen", kRequired, kReload,
                                    "where it answers; may repeat; without /tcp or /udp: both for "
                                    "echo, discard and respond, else tcp"),
    one<Directory, &S::root>(service, "root", "", kOptional, kReload,
                             "http: the directory served; without it, the status page"),
    one<CacheSize, &S::cache>(
        service, "cache", "1G", kOptional, kReload,
        "http: memory for files below root; the smallest are held in it, what does "
        "not fit is read ahead ([memory] read-ahead)"),
    one<Backlog, &S::backlog>(service, "backlog", "1024", kOptional, kReload,
                              "half-open connections per worker"),
    one<Connections, &S::max_connections>(
        service, "max-connections", "off", kOptional, kReload,
        "connections per worker; off: no limit but [tcp] max-flows"),
    one<FastOpens, &S::fast_open>(service, "fast-open", "off", kOptional, kReload,
                                  "handshakes per worker that may be pending with text of the SYN "
                                  "delivered (RFC 7413), or were reset within the last minute; a "
                                  "service may see such text twice"),
    one<IdleTime, &S::idle_timeout>(service, "idle-timeout", "60s", kOptional, kReload,
                                    "a connection silent for so long is closed; off: never"),
    one<KeepAliveTime, &S::keep_alive>(service, "keep-alive", "off", kOptional, kReload,
                                       "a silent peer is probed after this, if that is less than "
                                       "idle-timeout (RFC 9293 3.8.4)"),
    one<HeaderTime, &S::header_timeout>(service, "header-timeout", "10s", kOptional, kReload,
                                        "http: the headers of a request must be complete by then"),
    one<Choice<bool>, &S::nagle>(service, "nagle", "on", kOptional, kReload,
                                 "gather small segments while data is unacknowledged (RFC 9293 "
                                 "3.7.4)"),
    one<ResponseSize, &S::size>(service, "size", "1", kOptional, kReload,
                                "respond: bytes of the answer to each arrival; a datagram's is no "
                                "longer than the datagram"),
    one<Choice<RespondClose>, &S::close>(service, "close", "never", kOptional, kReload,
                                         "respond: whether the answer ends the connection"),
    one<ModuleName, &S::module>(
        service, "module", "", kOptional, kReload,
        "module: the path of a shared object, or a name that the program gave it"),
    one<Argument, &S::argument>(service, "argument", "", kOptional, kReload,
                                "module: what it is told when it is made"),
    one<ClientPortsValue, &S::client_ports>(
        service, "client-ports", "none", kOptional, kReload,
        "module: ports of all our addresses from which it may open connections"),
    one<Choice<bool>, &S::status>(service, "status", "off", kOptional, kReload,
                                  "http: the live status page at /status; it shows internals"),

    one<CpuList, &WorkersConfig::cpus>(workers, "cpus", "auto", kOptional, kRestart,
                                       "one worker on each; auto: cores of the NIC's NUMA node"),
    one<Choice<IdleMode>, &WorkersConfig::idle>(
        workers, "idle", "interrupt", kOptional, kRestart,
        "what a worker without packets does; a port that cannot wake anybody "
        "(net_memif, net_af_packet) makes it sleep"),

    one<Mbufs, &MemoryConfig::mbufs>(memory, "mbufs", "auto", kOptional, kRestart,
                                     "packet buffers for all workers together; auto: computed"),
    one<Choice<HugePages>, &MemoryConfig::hugepages>(memory, "hugepages", "try", kOptional,
                                                     kRestart,
                                                     "try: go on with small pages, slower, when "
                                                     "there are none"),
    one<ReadAheadMemory, &MemoryConfig::read_ahead>(
        memory, "read-ahead", "64M", kOptional, kRestart,
        "for the parts of files that are being sent and are in no service's cache, for all workers "
        "together, 1M a worker at least; off: files that do not fit are refused"),

    one<Choice<SynCookies>, &T::syncookies>(tcp, "syncookies", "auto", kOptional, kReload,
                                            "auto: when a backlog is full"),
    one<Choice<CongestionControl>, &T::congestion>(tcp, "congestion", "cubic", kOptional, kReload,
                                                   "RFC 9438, or RFC 5681 and 6582"),
    one<Choice<bool>, &T::ecn>(tcp, "ecn", "on", kOptional, kReload,
                               "congestion marks instead of losses (RFC 3168), for who offers it"),
    one<Choice<bool>, &T::pacing>(tcp, "pacing", "on", kOptional, kReload,
                                  "the first flight leaves over half a round trip, not at once"),
    one<Buffer, &T::send_buffer>(tcp, "send-buffer", "256K", kOptional, kReload,
                                 "most bytes held per connection for sending"),
    one<Buffer, &T::receive_buffer>(tcp, "receive-buffer", "256K", kOptional, kReload,
                                    "most bytes held per connection that arrived and were not "
                                    "read, and its window, to begin with"),
    one<Buffer, &T::receive_buffer_max>(tcp, "receive-buffer-max", "1M", kOptional, kReload,
                                        "what receive-buffer grows to on a path whose delay and "
                                        "speed need it; no window is above 8M"),
    one<RtoMin, &T::rto_min>(tcp, "rto-min", "200ms", kOptional, kReload,
                             "least retransmission timeout; RFC 6298 says 1s"),
    one<RtoMinSpread, &T::rto_min_spread>(tcp, "rto-min-spread", "100ms", kOptional, kReload,
                                          "each connection draws its least timeout from rto-min to "
                                          "so much more, again after each one that passes"),
    one<DelayedAck, &T::delayed_ack>(tcp, "delayed-ack", "40ms", kOptional, kReload,
                                     "how long an acknowledgement waits for more to acknowledge; "
                                     "0s: every segment is acknowledged at once"),
    one<Msl, &T::msl>(tcp, "msl", "30s", kOptional, kReload, "TIME-WAIT lasts twice this"),
    one<SynRetries, &T::syn_retries>(tcp, "syn-retries", "5", kOptional, kReload,
                                     "how often a SYN or SYN-ACK is repeated"),
    one<R2, &T::r2>(tcp, "r2", "5m", kOptional, kReload,
                    "a connection whose data nobody acknowledges is given up after this"),
    one<Flows, &T::max_flows>(tcp, "max-flows", "1M", kOptional, kRestart,
                              "connections per worker"),
    one<Choice<bool>, &T::flow_accounts>(tcp, "flow-accounts", "on", kOptional, kRestart,
                                         "age and byte counts of connections for weirctl flows; "
                                         "12 bytes each"),
    one<Connections, &T::max_flows_per_source>(tcp, "max-flows-per-source", "off", kOptional,
                                               kRestart,
                                               "established connections of one address (IPv6: one "
                                               "/64) per worker; off: no limit but max-flows"),
    one<PacketRate, &T::rst_limit>(tcp, "rst-limit", "10K/s", kOptional, kReload,
                                   "resets to segments of no connection, per worker"),

    one<Ttl, &IpConfig::ttl>(ip, "ttl", "64", kOptional, kReload,
                             "time to live and hop limit of what is sent"),
    one<PacketRate, &IpConfig::icmp_limit>(ip, "icmp-limit", "1K/s", kOptional, kReload,
                                           "ICMP errors per worker"),
    one<FragmentTime, &IpConfig::reassembly_timeout>(
        ip, "reassembly-timeout", "15s", kOptional, kRestart,
        "the fragments of a packet must all come within; RFC 1122 says 60s"),

    one<SocketPath, &ControlConfig::socket>(control, "socket", "/run/weir/weir.sock", kOptional,
                                            kRestart, "what weirctl talks to"),
    one<Group, &ControlConfig::group>(control, "group", "weir", kOptional, kRestart,
                                      "who may talk to the socket; nothing, or a group that does "
                                      "not exist: only the daemon's own user"),
    one<UserName, &ControlConfig::user>(control, "user", "", kOptional, kRestart,
                                        "who a weir that root starts is once its ports are open; "
                                        "nothing: whoever started it"),

    one<KernelListenValue, &MetricsConfig::listen>(
        metrics, "listen", "127.0.0.1:9559", kOptional, kRestart,
        "where the kernel takes requests for /metrics, /healthz, /readyz and the status page"),

    one<RecorderMemory, &RecorderConfig::memory>(recorder, "memory", "off", kOptional, kReload,
                                                 "per worker, for its last received frames and "
                                                 "what they met: weirctl record saves them; off: "
                                                 "nothing is kept"),
    one<FrameBytes, &RecorderConfig::frame_bytes>(recorder, "frame-bytes", "192", kOptional,
                                                  kReload,
                                                  "of each frame that are kept; headers take 54 to "
                                                  "134"),

    one<Choice<LogLevel>, &LogConfig::level>(log, "level", "info", kOptional, kReload,
                                             "the least important messages that are written"),
    one<Choice<LogFormat>, &LogConfig::format>(
        log, "format", "auto", kOptional, kRestart,
        "auto: text, with the journal's levels where that is read"),

    one<WordList, &DpdkConfig::eal_args>(dpdk, "eal-args", "", kOptional, kRestart,
                                         "passed to DPDK as they are; unsupported"),
};

}  // namespace

std::span<const Key> config_keys() noexcept { return kKeys; }

std::span<const Key> config_keys(Section section) noexcept {
  const auto mine = [section](const Key& key) { return key.section == section; };
  const auto* first = std::find_if(std::begin(kKeys), std::end(kKeys), mine);
  return {first, std::find_if_not(first, std::end(kKeys), mine)};
}

const Key* find_key(Section section, std::string_view name) noexcept {
  const auto keys = config_keys(section);
  const auto at =
      std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == name; });
  return at == keys.end() ? nullptr : &*at;
}

}  // namespace weir
