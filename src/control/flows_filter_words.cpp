// Words of the filter: cutting, addresses, ports, states.
#include "control/flows_filter_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace weir {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kComparison = "<>=!";

std::size_t word_length(std::string_view text) {
  if (text[0] == '(' || text[0] == ')') return 1;
  if (kComparison.find(text[0]) != std::string_view::npos) {
    return std::min(text.size(), text.find_first_not_of(kComparison));
  }
  return std::min(text.size(), text.find_first_of(" \t\r\n()<>=!"));
}

constexpr std::uint16_t bit(State state) noexcept {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(state));
}

struct StateWord {
  std::string_view word;
  std::uint16_t states;
};

constexpr std::uint16_t kAll = 0xffff & ~bit(State::free);
constexpr std::uint16_t kBucket = bit(State::syn_received) | bit(State::time_wait);

// The names of ss(8), of RFC 9293 and the groups of ss(8).
constexpr StateWord kStates[] = {
    {"established", bit(State::established)},
    {"estab", bit(State::established)},
    {"syn-sent", bit(State::syn_sent)},
    {"syn-recv", bit(State::syn_received)},
    {"syn-received", bit(State::syn_received)},
    {"fin-wait-1", bit(State::fin_wait_1)},
    {"fin-wait-2", bit(State::fin_wait_2)},
    {"close-wait", bit(State::close_wait)},
    {"closing", bit(State::closing)},
    {"last-ack", bit(State::last_ack)},
    {"time-wait", bit(State::time_wait)},
    {"all", kAll},
    {"connected", kAll},
    {"synchronized", kAll & ~bit(State::syn_sent)},
    {"bucket", kBucket},
    {"big", kAll & ~kBucket},
};

const StateWord* find_state(std::string_view word) noexcept {
  const auto same = [word](const StateWord& s) {
    return std::equal(s.word.begin(), s.word.end(), word.begin(), word.end(), [](char a, char b) {
      return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b == '_' ? '-' : b);
    });
  };
  const auto* found = std::find_if(std::begin(kStates), std::end(kStates), same);
  return found == std::end(kStates) ? nullptr : found;
}

std::optional<std::uint16_t> number16(std::string_view text) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct EndpointTexts {
  std::string_view prefix, port;
  bool has_port = false;
};

// The last colon starts a port when what stands before it is no part of an IPv6 address.
EndpointTexts split_endpoint(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return {text, {}, false};
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return {text.substr(1, close - 1), {}, false};
    if (rest[0] != ':') return {text, {}, false};
    return {text.substr(1, close - 1), rest.substr(1), true};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return {text, {}, false};
  }
  return {text.substr(0, colon), text.substr(colon + 1), true};
}

}  // namespace

std::vector<FilterWord> words_of(std::string_view text) {
  std::vector<FilterWord> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
    const std::size_t length = word_length(text.substr(at));
    words.push_back({text.substr(at, length), at + 1});
    at += length;
  }
  words.push_back({{}, text.size() + 1});
  return words;
}

void reject(const FilterWord& word, std::string_view problem, std::string_view expected) {
  const std::string what = word.text.empty() ? std::string("the filter ends here")
                                             : fmt::format("'{}' {}", word.text, problem);
  throw BadFilter{
      {fmt::format("filter, position {}: {}; expected {}", word.position, what, expected),
       word.position}};
}

Endpoint endpoint_of(const FilterWord& word) {
  constexpr std::string_view kExpected = "ADDRESS[/LENGTH][:PORT], :PORT or [IPV6-ADDRESS]:PORT";
  const EndpointTexts texts = split_endpoint(word.text);
  Endpoint endpoint;
  if (texts.has_port && texts.port != "*") {
    endpoint.port = number16(texts.port);
    if (!endpoint.port) reject(word, "has no port from 0 to 65535 behind its colon", kExpected);
  }
  if (texts.prefix != "*" && !(texts.prefix.empty() && texts.has_port)) {
    endpoint.prefix = Prefix::parse(texts.prefix);
    if (!endpoint.prefix) reject(word, "is no address", kExpected);
  }
  return endpoint;
}

std::uint16_t port_of(const FilterWord& word) {
  const std::string_view text = word.text.starts_with(':') ? word.text.substr(1) : word.text;
  const auto port = number16(text);
  if (!port) reject(word, "is no port", "a number from 0 to 65535, as in :443");
  return *port;
}

bool is_state_word(std::string_view word) noexcept { return find_state(word) != nullptr; }

std::function<bool(State)> state_test(const FilterWord& word) {
  const StateWord* found = find_state(word.text);
  if (found == nullptr)
    reject(word, "is no state", fmt::format("{}", fmt::join(kFilterStates, ", ")));
  return [states = found->states](State state) { return (states & bit(state)) != 0; };
}

std::string_view short_name(State state) noexcept {
  static constexpr std::string_view kNames[] = {"closed",     "syn-sent",   "syn-recv",   "estab",
                                                "fin-wait-1", "fin-wait-2", "close-wait", "closing",
                                                "last-ack",   "time-wait"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace weir
