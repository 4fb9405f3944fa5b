// The filter of `weirctl flows`: words of ss(8) and pcap-filter(7) over a worker's connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pipeline/flow_entry.hpp"

namespace weir {

/// A connection and the worker that owns it.
struct FlowRow {
  FlowEntry entry;
  std::uint16_t worker = 0;
};

/// A word that a test or a combination of tests begins with, as completion and complaints show it.
struct FilterTerm {
  std::string_view word, help;
};
inline constexpr FilterTerm kFilterTerms[] = {
    {"state", "of the connection"},
    {"proto", "tcp or udp"},
    {"src", "the peer: ADDR, ADDR/LEN, ADDR:PORT, :PORT"},
    {"dst", "this host: likewise"},
    {"sport", "the peer's port: :80"},
    {"dport", "our port"},
    {"service", "by name"},
    {"worker", "by number"},
    {"idle", "> 30s"},
    {"rtt", "> 100ms"},
    {"not", ""},
};
inline constexpr std::string_view kFilterStates[] = {
    "established", "syn-sent",  "syn-recv", "fin-wait-1", "fin-wait-2",   "close-wait", "closing",
    "last-ack",    "time-wait", "all",      "connected",  "synchronized", "bucket",     "big"};

/// What names in a filter may refer to.
struct FilterNames {
  std::vector<std::string> services;
  std::uint16_t workers = 1;
  /// The name behind FlowEntry::service. Asked for each row: of two services one after the other
  /// may have the same name, and after a reload a number may be another's.
  std::function<std::string_view(std::uint16_t)> name_of;
};

struct FilterError {
  std::string message;       ///< with the position and the words that were expected
  std::size_t position = 1;  ///< character of the filter, from 1
};

/// As in a packet that arrives, `src` is the peer and `dst` is ours:
///
///   filter    = [ or ]
///   or        = and { "or" and }
///   and       = not { ["and"] not }
///   not       = "not" not | "(" or ")" | test
///   test      = [ "state" ] STATE | [ "proto" ] ( "tcp" | "udp" )
///             | ( "src" | "dst" ) ADDR[/LEN][:PORT] | ( "sport" | "dport" ) [ OP ] [:]PORT
///             | "service" NAME | "worker" N | ( "idle" | "rtt" ) OP DURATION
class FlowsFilter {
 public:
  static constexpr std::size_t kMaxLength = 1000;  ///< characters: it is asked once a connection

  using Test = std::function<bool(const FlowRow&)>;

  /// An empty text matches everything.
  [[nodiscard]] static Result<FlowsFilter, FilterError> parse(std::string_view text,
                                                              const FilterNames& names);

  [[nodiscard]] bool matches(const FlowRow& row) const { return test_(row); }

 private:
  explicit FlowsFilter(Test test) : test_(std::move(test)) {}
  Test test_;
};

/// Milliseconds in "30s", "1.5s", "200ms", "250us", "2m", "1h"; negative for anything else.
[[nodiscard]] double parse_milliseconds(std::string_view text);

/// The word that ss uses for a state: "estab", "syn-recv", "fin-wait-1".
[[nodiscard]] std::string_view short_name(State state) noexcept;

}  // namespace weir
