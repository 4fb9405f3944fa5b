// The options of weirctl and of each of its commands: a part of the table of commands.
#pragma once

#include "ctl/command.hpp"

namespace weir::ctl {

inline constexpr Option kGlobal[] = {
    {'S', "socket", {Kind::file, "PATH"}, "the daemon's control socket (env WEIR_SOCKET)"},
    {'j', "json", {}, "print the daemon's reply: one line of JSON with a schema's name"},
    {'p', "pretty", {}, "the same on many lines"},
    {'n', "numeric", {}, "exact numbers: 1234567 and not 1.23M"},
    {'q', "quiet", {}, "print errors only: the exit code tells"},
    {'W', "watch", {Kind::seconds, "SEC"}, "repeat every SEC seconds, until Ctrl-C"},
    {0, "color", {Kind::choice, "WHEN", "auto always never"}, "auto, always or never"},
    {0, "no-pager", {}, "a long text is not shown by $PAGER"},
    {0,
     "timeout",
     {Kind::seconds, "SEC"},
     "wait no longer for the daemon (default 5; reload, flows kill: 300)"},
    {'h', "help", {}, "this text, or a command's"},
    {'V', "version", {}, "the version of weirctl"},
};

inline constexpr Option kPortOptions[] = {
    {'s', "stats", {}, "a second line: rates, errors, the last packet"},
    {'v', "verbose", {}, "more of the driver: RSS, offloads, VLAN"},
};
inline constexpr Option kFlowOptions[] = {
    {'i', "info", {}, "a second line: congestion, round-trip time, retransmissions"},
    {'l', "limit", {Kind::number, "N"}, "show at most N (default 1000, at most 100000)"},
    {0, "sort", {Kind::choice, "KEY", "bytes rtt age"}, "the largest first: bytes, rtt or age"},
};
inline constexpr Option kKillOptions[] = {
    {0, "rst", {}, "say aloud what is done anyway: the peer is sent an RST"},
};
inline constexpr Option kStatOptions[] = {
    {'a', "all", {}, "counters that are zero too"},
    {0, "rate", {Kind::seconds, "SEC"}, "what is counted in SEC seconds, by the second"},
    {0, "reset", {}, "count from now on: later calls of this user show the difference"},
    {0, "absolute", {}, "since the daemon's start, whatever --reset said"},
};
inline constexpr Option kDropOptions[] = {
    {'a', "all", {}, "reasons that did not occur too"},
    {0, "rate", {}, "only what occurs now, the most frequent first"},
    {0, "explain", {Kind::reason, "REASON"}, "what it means and what to do about it"},
};
inline constexpr Option kLatencyOptions[] = {
    {0, "worker", {}, "loop, rx_tx and rx_burst of each worker by itself"},
    {0, "reset", {}, "count from now on: later calls of this user show what came since"},
    {0, "absolute", {}, "since the daemon's start, whatever --reset said"},
};
inline constexpr Option kConfigFile[] = {
    {'c', "config", {Kind::file, "FILE"}, "compare with this file (default: the daemon's own)"},
};
inline constexpr Option kDoctorOptions[] = {
    {'c', "config", {Kind::file, "FILE"}, "what weir shall run with (default: weir's own)"},
    {0, "explain", {Kind::text, "ID"}, "one check: what, why, how to mend it"},
    {0, "fix-script", {}, "print a shell script with the fixes; it is never run here"},
    {0, "live", {}, "ask the running daemon why nothing arrives or why it is slow"},
};
inline constexpr Option kReloadOptions[] = {
    {0, "dry-run", {}, "only say what would change"},
    {0, "confirm", {Kind::seconds, "TIME"}, "go back after TIME unless 'weirctl confirm' comes"},
};
inline constexpr Option kDrainOptions[] = {
    {0, "wait", {Kind::seconds, "TIME"}, "wait until no connection is left, TIME at most"},
};
inline constexpr Option kLogOptions[] = {
    {'f', "follow", {}, "go on with what is written from now on, until Ctrl-C"},
    {'l', "lines", {Kind::number, "N"}, "the last N lines (default 20, at most 1000)"},
    {0, "level", {Kind::text, "LEVEL"}, "change what is logged: debug, or config=warn,eal=debug"},
};
inline constexpr Option kCaptureOptions[] = {
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
inline constexpr Option kRecordOptions[] = {
    {0, "payload", {}, "also what frames carry, as far as [recorder] frame-bytes kept it"},
};
inline constexpr Option kTraceOptions[] = {
    {'i', "interface", {Kind::port, "PORT"}, "of this port alone"},
    {'c', "count", {Kind::number, "N"}, "stop after N frames (default 10)"},
    {'G', "seconds", {Kind::seconds, "SEC"}, "stop after SEC seconds (default 60)"},
};
inline constexpr Option kWhyOptions[] = {
    {'l', "limit", {Kind::number, "N"}, "the last N frames (default 10, at most 1000)"},
};
inline constexpr Option kTopOptions[] = {
    {'d', "delay", {Kind::seconds, "SEC"}, "SEC seconds between two looks (default 1)"},
    {'b', "batch", {}, "print plain text, or with --json a line of JSON, look after look"},
    {'n', "count", {Kind::number, "N"}, "end after N looks"},
};
inline constexpr Option kPingOptions[] = {
    {'c', "count", {Kind::number, "N"}, "ask N times, once a second (default 4)"},
};
inline constexpr Option kWatchOptions[] = {
    {'c', "count", {Kind::number, "N"}, "stop after N times"},
};
inline constexpr Option kSupportOptions[] = {
    {'o', "output", {Kind::file, "FILE"}, "write to FILE (default weir-support-TIME.tar.gz)"},
};
inline constexpr Option kHelpOptions[] = {
    {0, "man", {}, "the manual page weirctl(1) in mdoc"},
};

}  // namespace weir::ctl
