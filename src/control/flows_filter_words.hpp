// A filter cut into words, and the complaint about the one that does not fit.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/flows_filter.hpp"

namespace weir {

struct FilterWord {
  std::string_view text;     ///< empty: the end of the filter
  std::size_t position = 1;  ///< from 1
};

/// Parentheses and comparisons are words of their own, with or without blanks around them. The last
/// word is the empty one.
[[nodiscard]] std::vector<FilterWord> words_of(std::string_view text);

/// Thrown inside the parser alone.
struct BadFilter {
  FilterError error;
};

/// Throws BadFilter: "position 7: 'foo' is not a state; expected established, …".
[[noreturn]] void reject(const FilterWord& word, std::string_view problem,
                         std::string_view expected);

/// ADDR[/LEN][:PORT], [ADDR]:PORT, *:PORT or :PORT. Throws BadFilter.
struct Endpoint {
  std::optional<Prefix> prefix;
  std::optional<std::uint16_t> port;
};
[[nodiscard]] Endpoint endpoint_of(const FilterWord& word);

/// PORT or :PORT. Throws BadFilter.
[[nodiscard]] std::uint16_t port_of(const FilterWord& word);

/// Whether a flow in `state` is what the word names: a state, or one of ss's groups. Throws
/// BadFilter.
[[nodiscard]] std::function<bool(State)> state_test(const FilterWord& word);
[[nodiscard]] bool is_state_word(std::string_view word) noexcept;

}  // namespace weir
