// Every command of weirctl, one entry each.
#include "ctl/command.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {
namespace {

constexpr Option kGlobal[] = {
    {'S', "socket", {Kind::file, "PATH"}, "the daemon's control socket (env WEIR_SOCKET)"},
    {'j', "json", {}, "print the daemon's reply: one line of JSON with a schema's name"},
    {'p', "pretty", {}, "the same on many lines"},
    {'n', "numeric", {}, "exact numbers: 1234567 and not 1.23M"},
    {'q', "quiet", {}, "print errors only: the exit code tells"},
    {'W', "watch", {Kind::seconds, "SEC"}, "repeat every SEC seconds, until Ctrl-C"},
    {0, "color", {Kind::choice, "WHEN", "auto always never"}, "auto, always or never"},
    {0, "no-pager", {}, "a long text is not shown by $PAGER"},
    {0, "timeout", {Kind::seconds, "SEC"}, "wait no longer for the daemon (default 5)"},
    {'h', "help", {}, "this text, or a command's"},
    {'V', "version", {}, "the version of weirctl"},
};

constexpr Option kPortOptions[] = {
    {'s', "stats", {}, "a second line: rates, errors, the last packet"},
    {'v', "verbose", {}, "more of the driver: RSS, offloads, VLAN"},
};
constexpr Option kFlowOptions[] = {
    {'i', "info", {}, "a second line: congestion, round-trip time, retransmissions"},
    {'l', "limit", {Kind::number, "N"}, "show at most N (default 1000, at most 100000)"},
    {0, "sort", {Kind::choice, "KEY", "bytes rtt age"}, "the largest first: bytes, rtt or age"},
};
constexpr Option kKillOptions[] = {
    {0, "rst", {}, "say aloud what is done anyway: the peer is sent an RST"},
};
constexpr Option kStatOptions[] = {
    {'a', "all", {}, "counters that are zero too"},
    {0, "rate", {Kind::seconds, "SEC"}, "what is counted in SEC seconds, by the second"},
    {0, "reset", {}, "count from now on: later calls of this user show the difference"},
    {0, "absolute", {}, "since the daemon's start, whatever --reset said"},
};
constexpr Option kDropOptions[] = {
    {'a', "all", {}, "reasons that did not occur too"},
    {0, "rate", {}, "only what occurs now, the most frequent first"},
    {0, "explain", {Kind::reason, "REASON"}, "what it means and what to do about it"},
};
constexpr Option kLatencyOptions[] = {
    {0, "worker", {}, "loop, rx_tx and rx_burst of each worker by itself"},
    {0, "reset", {}, "count from now on: later calls of this user show what came since"},
    {0, "absolute", {}, "since the daemon's start, whatever --reset said"},
};
constexpr Option kConfigFile[] = {
    {'c', "config", {Kind::file, "FILE"}, "compare with this file (default: the daemon's own)"},
};
constexpr Option kDoctorOptions[] = {
    {'c', "config", {Kind::file, "FILE"}, "what weir shall run with (default: weir's own)"},
    {0, "explain", {Kind::text, "ID"}, "one check: what, why, how to mend it"},
    {0, "fix-script", {}, "print a shell script with the fixes; it is never run here"},
};
constexpr Option kReloadOptions[] = {
    {0, "dry-run", {}, "only say what would change"},
    {0, "confirm", {Kind::seconds, "TIME"}, "go back after TIME unless 'weirctl confirm' comes"},
};
constexpr Option kDrainOptions[] = {
    {0, "wait", {Kind::seconds, "TIME"}, "wait until no connection is left, TIME at most"},
};
constexpr Option kLogOptions[] = {
    {'f', "follow", {}, "go on with what is written from now on, until Ctrl-C"},
    {'l', "lines", {Kind::number, "N"}, "the last N lines (default 20, at most 1000)"},
    {0, "level", {Kind::text, "LEVEL"}, "change what is logged: debug, or tcp=debug,eal=warn"},
};
constexpr Option kCaptureOptions[] = {
    {'w', "write", {Kind::file, "FILE"}, "pcapng into FILE, or - for standard output"},
    {'i', "interface", {Kind::port, "PORT"}, "of this port alone"},
    {0, "rx", {}, "received frames alone"},
    {0, "tx", {}, "sent frames alone"},
    {0,
     "drops",
     {Kind::reason, "REASON", {}, true},
     "received frames alone that were refused, for any reason or for this one"},
    {'c', "count", {Kind::number, "N"}, "stop after N frames (default 10000)"},
    {'s', "snap", {Kind::number, "BYTES"}, "so much of each frame (default 65535, all)"},
    {'G', "seconds", {Kind::seconds, "SEC"}, "stop after SEC seconds (default 60)"},
    {'C', "megabytes", {Kind::number, "MB"}, "stop after MB million bytes (default 100)"},
};
constexpr Option kTraceOptions[] = {
    {'i', "interface", {Kind::port, "PORT"}, "of this port alone"},
    {'c', "count", {Kind::number, "N"}, "stop after N frames (default 10)"},
    {'G', "seconds", {Kind::seconds, "SEC"}, "stop after SEC seconds (default 60)"},
};
constexpr Option kWhyOptions[] = {
    {'l', "limit", {Kind::number, "N"}, "the last N frames (default 10, at most 1000)"},
};
constexpr Option kTopOptions[] = {
    {'d', "delay", {Kind::seconds, "SEC"}, "SEC seconds between two looks (default 1)"},
    {'b', "batch", {}, "print plain text, or with --json a line of JSON, look after look"},
    {'n', "count", {Kind::number, "N"}, "end after N looks"},
};
constexpr Option kPingOptions[] = {
    {'c', "count", {Kind::number, "N"}, "ask N times, once a second (default 4)"},
};
constexpr Option kWatchOptions[] = {
    {'c', "count", {Kind::number, "N"}, "stop after N times"},
};
constexpr Option kSupportOptions[] = {
    {'o', "output", {Kind::file, "FILE"}, "write to FILE (default weir-support-TIME.tar.gz)"},
};
constexpr Option kHelpOptions[] = {
    {0, "man", {}, "the manual page weirctl(1) in mdoc"},
};

constexpr std::string_view kFilterText =
    "A filter reads as a packet that arrives: src is the peer, dst is this host. Tests are state "
    "STATE (established, syn-recv, fin-wait-1, close-wait, time-wait and so on, or the bare word); "
    "proto tcp or udp; src and dst with ADDR, ADDR/LEN, ADDR:PORT or :PORT; sport and dport with "
    ":PORT, after <, <=, !=, >= or > if need be; service NAME; worker N; idle > 30s; rtt > 100ms. "
    "They are joined by and, or, not and parentheses; and may be left out.";

constexpr Command kCommands[] = {
    {"status",
     "one screen: ports, workers, services, drops, warnings",
     {},
     {},
     "What weirctl shows without a command. Rates are those of the last second, drops those of the "
     "last minute. The kernel does not see these packets: ss, tcpdump and iptables know nothing of "
     "them.",
     "weirctl -W 2 status",
     run_status},
    {"top",
     "all of it live: rates, workers, services, drops",
     {},
     kTopOptions,
     "Rates are those between two looks, a trend what they were before. Keys are those of top(1): "
     "q "
     "ends, h shows the others. A daemon that goes away is waited for. As in top(1), -n is the "
     "number of looks here; exact numbers are --numeric.",
     "weirctl top -d 2",
     run_top,
     true},
    {"ports",
     "links, queues, traffic",
     {Count::at_most_one, {Kind::port, "NAME"}},
     kPortOptions,
     "MISSED frames found no room in a receive queue: workers are too slow. NOBUF found no buffer: "
     "memory is short.",
     "weirctl ports show wan -s",
     run_ports},
    {"workers",
     "load of each core, cycles per packet, hand-offs",
     {},
     {},
     "A worker may hold its CPU at 100 % by design: its real load is BUSY.",
     "weirctl workers",
     run_workers},
    {"services",
     "who listens where, connections",
     {Count::at_most_one, {Kind::service, "NAME"}},
     {},
     "",
     "weirctl services web",
     run_services},
    {"flows",
     "TCP connections",
     {Count::any, {Kind::filter, "FILTER"}},
     kFlowOptions,
     kFilterText,
     "weirctl flows state established dport :80 and not src 10.0.0.0/8 --sort bytes",
     run_flows},
    {"flows kill",
     "end the connections that a filter selects",
     {Count::some, {Kind::filter, "FILTER"}},
     kKillOptions,
     "Each peer is sent an RST, services are told, and the counter TcpKilled tells how many there "
     "were. A filter is needed; 'all' selects every connection.",
     "weirctl flows kill src 203.0.113.0/24 service web",
     run_flows_kill},
    {"stats",
     "what became of the frames, and the protocols' counters",
     {Count::at_most_one, {Kind::choice, "GROUP", "stages tcp udp ip arp nd icmp"}},
     kStatOptions,
     "Names of counters are those of the SNMP MIBs and of nstat(8). stages shows where the cycles "
     "of the workers go. --json always has the values since the daemon's start, but for --rate.",
     "weirctl stats tcp --rate 1",
     run_stats},
    {"drops",
     "why frames were refused",
     {},
     kDropOptions,
     "Each received frame that is not answered, delivered, consumed or forwarded is counted under "
     "one reason. A frame that got an ACK, RST or ICMP error for a reason stands in ANSWERED.",
     "weirctl drops --explain ip_bad_checksum",
     run_drops},
    {"capture",
     "frames, received and sent, as tcpdump would show them",
     {Count::any, {Kind::text, "FILTER"}},
     kCaptureOptions,
     "FILTER is tcpdump's, see pcap-filter(7). With -w the file is pcapng: each received frame has "
     "its verdict, the reason and the connection as a comment. Frames are copied, none is held up; "
     "what comes too fast is counted as lost. Sent frames are seen before the NIC: checksums and "
     "segments that it makes are not there yet. Behind -w - may stand | wireshark -k -i - or "
     "| tcpdump -nr -.",
     "weirctl capture -w web.pcapng --seconds 10 tcp port 80",
     run_capture,
     true},
    {"trace",
     "what becomes of the next frames, step by step",
     {Count::any, {Kind::text, "FILTER"}},
     kTraceOptions,
     "FILTER is tcpdump's, see pcap-filter(7). Times count from the moment at which the worker "
     "begins with the frame, which it has for itself: in a burst each costs less.",
     "weirctl trace -c 1 src host 203.0.113.9",
     run_trace,
     true},
    {"why",
     "the last frames of a peer that were refused, and the reasons",
     {Count::one, {Kind::text, "ADDR[:PORT]"}},
     kWhyOptions,
     "Dropped frames, and those that were answered with an RST, a challenge ACK or an ICMP error. "
     "Each worker remembers 4096 of them, of each reason 256 a second.",
     "weirctl why 203.0.113.9",
     run_why},
    {"latency",
     "how long rounds, handshakes, round trips and requests take",
     {Count::at_most_one, {Kind::choice, "NAME", "loop rx_tx rx_burst handshake rtt request"}},
     kLatencyOptions,
     "loop is a worker's round that had work; rx_tx from a frame's receipt until what it caused "
     "was "
     "handed to the port; rx_burst frames a receive call (no time); handshake from SYN-ACK to ACK; "
     "rtt the samples of RFC 6298; request from a request's beginning until its answer has left. "
     "Values are rounded up by 1.6 % at most. With NAME, bars too. --json always has the values "
     "since the daemon's start.",
     "weirctl latency handshake",
     run_latency},
    {"ping",
     "ask a host for an echo, from the data plane",
     {Count::one, {Kind::text, "ADDR"}},
     kPingOptions,
     "The kernel's ping goes another way. The time is from the request's leaving to the reply's "
     "arrival at the worker. Exit code 1 when nobody answered.",
     "weirctl ping 192.0.2.9",
     run_ping,
     true},
    {"arping",
     "ask who has an address on the link, by ARP or neighbour discovery",
     {Count::one, {Kind::text, "ADDR"}},
     kPingOptions,
     "Exit code 1 when nobody answered.",
     "weirctl arping 192.0.2.1",
     run_arping,
     true},
    {"neigh", "link-layer addresses of neighbours", {}, {}, "", "weirctl neigh", run_neigh},
    {"route",
     "which network is reached over which port",
     {},
     {},
     "Made from the addresses and gateways of the ports; there are no other routes.",
     "weirctl route",
     run_route},
    {"address",
     "our addresses and whether they are in use",
     {},
     {},
     "An address is tentative until it is known that nobody else has it, and duplicated when "
     "somebody has.",
     "weirctl address",
     run_address},
    {"memory",
     "buffers, tables, huge pages",
     {},
     {},
     "LOW is the smallest number of free buffers that was seen, a look a second.",
     "weirctl memory",
     run_memory},
    {"metrics",
     "what /metrics answers, at this moment",
     {},
     {},
     "Text for Prometheus; docs/metrics.md has every name.",
     "weirctl metrics",
     run_metrics},
    {"config",
     "the configuration in force and where each value is from",
     {},
     {},
     "",
     "weirctl config show",
     run_config},
    {"config check",
     "check a file: every error with its line",
     {Count::at_most_one, {Kind::file, "FILE"}},
     {},
     "Runs weir -t. Without FILE, what a daemon would read that is started now. Exit code 1 when "
     "there are errors.",
     "weirctl config check /etc/weir/weir.conf",
     run_config_check},
    {"config diff",
     "where the file says something else than what is in force",
     {},
     kConfigFile,
     "Compares values, not comments or order. Exit code 1 when there are differences.",
     "weirctl config diff",
     run_config_diff},
    {"log",
     "the daemon's last words; their level",
     {},
     kLogOptions,
     "The daemon keeps its last 1000 lines. --level changes what it writes until its next start: a "
     "level (debug, info, warn, error) for all, or SUBSYSTEM=LEVEL for one; several with commas.",
     "weirctl log -f --level eal=debug",
     run_log},
    {"version",
     "versions of weirctl and of the daemon",
     {},
     {},
     "Warns when they differ.",
     "weirctl version",
     run_version},
    {"reload",
     "read the configuration again and go over to it",
     {},
     kReloadOptions,
     "No packet and no connection is lost. What is wrong, or needs a restart, is named, and then "
     "nothing changes. SIGHUP does the same without options.",
     "weirctl reload --confirm 30s",
     run_reload},
    {"confirm",
     "keep the configuration that is on trial",
     {},
     {},
     "After reload --confirm.",
     "weirctl confirm",
     run_confirm},
    {"drain",
     "accept no more connections, finish those that are open",
     {Count::any, {Kind::service, "SERVICE"}},
     kDrainOptions,
     "All services, or those named. /readyz answers 503 at once when all of them drain. Datagrams "
     "are answered as before. With --wait the exit code is 6 when connections are left.",
     "weirctl drain --wait 60s",
     run_drain,
     true},
    {"undrain",
     "accept connections again",
     {Count::any, {Kind::service, "SERVICE"}},
     {},
     "",
     "weirctl undrain web",
     run_undrain},
    {"doctor",
     "what keeps weir from running well on this machine",
     {},
     kDoctorOptions,
     "Runs weir doctor: huge pages, memory, IOMMU, NICs, CPUs, the socket. Starts nothing, changes "
     "nothing. Exit code 1 when something fails.",
     "weirctl doctor --explain HP01",
     run_doctor},
    {"support",
     "everything that helps others to help, in one file",
     {},
     kSupportOptions,
     "A tar.gz of every table as text and JSON, the configuration with secrets masked, log lines "
     "and versions. Client addresses are in it: look before you give it away.",
     "weirctl support -o weir.tar.gz",
     run_support,
     true},
    {"watch",
     "repeat a command",
     {Count::some, {Kind::command, "COMMAND"}},
     kWatchOptions,
     "Every 2 seconds, or as -W says. On a terminal the screen is painted anew; else one output "
     "follows the other.",
     "weirctl watch drops --rate",
     run_watch,
     true},
    {"shell",
     "type commands at a prompt, with history, TAB and ?",
     {},
     {},
     "A line is a command without the word weirctl. ? shows what may follow, TAB completes it, "
     "exit or Ctrl-D ends. The history is kept in $XDG_STATE_HOME/weir/history.",
     "weirctl shell",
     run_shell,
     true},
    {"completion",
     "a script that makes a shell complete weirctl's words",
     {Count::one, {Kind::choice, "SHELL", "bash zsh fish"}},
     {},
     "",
     "source <(weirctl completion bash)",
     run_completion,
     true},
    {"help",
     "this text, or a command's",
     {Count::any, {Kind::topic, "COMMAND"}},
     kHelpOptions,
     "",
     "weirctl help flows kill",
     run_help},
    {"complete",
     "what may stand as the last of the words, for completion scripts",
     {Count::any, {Kind::command, "WORD"}},
     {},
     "",
     "weirctl complete flows --so",
     run_complete,
     true,
     true},
};

}  // namespace

std::span<const Command> commands() noexcept { return kCommands; }
std::span<const Option> global_options() noexcept { return kGlobal; }

}  // namespace weir::ctl
