// The grammar of the filter, by recursive descent.
#include "control/flows_filter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "control/flows_filter_words.hpp"

namespace weir {
namespace {

using Test = FlowsFilter::Test;

std::string terms() {
  std::string text;
  for (const FilterTerm& term : kFilterTerms) text += fmt::format("{}, ", term.word);
  return text + "( or a state's name";
}

constexpr int kMaxDepth = 50;  // a filter comes from outside: it must not exhaust the stack

enum class Comparison : std::uint8_t { less, less_equal, equal, not_equal, greater_equal, greater };

std::optional<Comparison> comparison(std::string_view word) {
  static constexpr std::pair<std::string_view, Comparison> kWords[] = {
      {"<", Comparison::less},    {"<=", Comparison::less_equal}, {"=", Comparison::equal},
      {"==", Comparison::equal},  {"!=", Comparison::not_equal},  {">=", Comparison::greater_equal},
      {">", Comparison::greater},
  };
  for (const auto& [text, meaning] : kWords) {
    if (text == word) return meaning;
  }
  return std::nullopt;
}

template <class T>
bool compare(T a, Comparison how, T b) noexcept {
  switch (how) {
    case Comparison::less:
      return a < b;
    case Comparison::less_equal:
      return a <= b;
    case Comparison::equal:
      return !(a < b) && !(b < a);
    case Comparison::not_equal:
      return a < b || b < a;
    case Comparison::greater_equal:
      return a >= b;
    case Comparison::greater:
      return a > b;
  }
  return false;
}

class Parser {
 public:
  Parser(std::string_view text, const FilterNames& names) : words_(words_of(text)), names_(names) {}

  Test parse() {
    if (next().text.empty()) return [](const FlowRow&) { return true; };
    Test test = parse_or(0);
    if (!next().text.empty()) reject(next(), "stands where nothing may follow", "and, or");
    return test;
  }

 private:
  const FilterWord& next() const { return words_[at_]; }
  const FilterWord& take() {
    const FilterWord& word = words_[at_];
    if (!word.text.empty()) ++at_;
    return word;
  }
  bool take_if(std::string_view text) {
    if (next().text != text) return false;
    ++at_;
    return true;
  }

  Test parse_or(int depth) {
    std::vector<Test> any{parse_and(depth)};
    while (take_if("or")) any.push_back(parse_and(depth));
    if (any.size() == 1) return std::move(any.front());
    return [any = std::move(any)](const FlowRow& row) {
      return std::any_of(any.begin(), any.end(), [&row](const Test& test) { return test(row); });
    };
  }

  Test parse_and(int depth) {
    std::vector<Test> all{parse_not(depth)};
    while (take_if("and") || !(next().text.empty() || next().text == "or" || next().text == ")")) {
      all.push_back(parse_not(depth));
    }
    if (all.size() == 1) return std::move(all.front());
    return [all = std::move(all)](const FlowRow& row) {
      return std::all_of(all.begin(), all.end(), [&row](const Test& test) { return test(row); });
    };
  }

  Test parse_not(int depth) {
    if (depth > kMaxDepth) reject(next(), "is nested too deeply", "fewer parentheses and nots");
    if (take_if("not") || take_if("!")) {
      return [test = parse_not(depth + 1)](const FlowRow& row) { return !test(row); };
    }
    if (!take_if("(")) return parse_test();
    Test inside = parse_or(depth + 1);
    if (!take_if(")")) reject(next(), "does not close the parenthesis", "and, or, )");
    return inside;
  }

  Test parse_test() {
    const FilterWord& word = take();
    if (word.text == "state") return state(take());
    if (word.text == "proto") return protocol(take());
    if (word.text == "src") return endpoint(&FlowEntry::remote, &FlowEntry::remote_port);
    if (word.text == "dst") return endpoint(&FlowEntry::local, &FlowEntry::local_port);
    if (word.text == "sport") return port(&FlowEntry::remote_port);
    if (word.text == "dport") return port(&FlowEntry::local_port);
    if (word.text == "service") return service(take());
    if (word.text == "worker") return worker(take());
    if (word.text == "idle")
      return duration([](const FlowEntry& e) { return static_cast<double>(e.idle_ms); });
    if (word.text == "rtt") return duration([](const FlowEntry& e) { return e.srtt_us / 1000.0; });
    if (word.text == "tcp" || word.text == "udp") return protocol(word);
    if (is_state_word(word.text)) return state(word);
    reject(word, "is no word of the filter", terms());
  }

  static Test state(const FilterWord& word) {
    return [test = state_test(word)](const FlowRow& row) { return test(row.entry.state); };
  }

  static Test protocol(const FilterWord& word) {
    if (word.text != "tcp" && word.text != "udp") reject(word, "is no protocol", "tcp, udp");
    // Only TCP has connections.
    return [tcp = word.text == "tcp"](const FlowRow&) { return tcp; };
  }

  Test endpoint(Address FlowEntry::*address, std::uint16_t FlowEntry::*port) {
    return [wanted = endpoint_of(take()), address, port](const FlowRow& row) {
      return (!wanted.prefix || wanted.prefix->contains(row.entry.*address)) &&
             (!wanted.port || *wanted.port == row.entry.*port);
    };
  }

  Test port(std::uint16_t FlowEntry::*port) {
    const auto given = comparison(next().text);
    if (given) take();
    return [how = given.value_or(Comparison::equal), wanted = port_of(take()),
            port](const FlowRow& row) { return compare(row.entry.*port, how, wanted); };
  }

  Test service(const FilterWord& word) {
    const auto found = std::find(names_.services.begin(), names_.services.end(), word.text);
    if (found == names_.services.end()) {
      reject(word, "is no service", fmt::format("{}", fmt::join(names_.services, ", ")));
    }
    return [name = *found, name_of = names_.name_of](const FlowRow& row) {
      return name_of(row.entry.service) == name;
    };
  }

  Test worker(const FilterWord& word) {
    unsigned number = 0;
    const char* end = word.text.data() + word.text.size();
    const auto [stop, error] = std::from_chars(word.text.data(), end, number);
    if (word.text.empty() || error != std::errc{} || stop != end || number >= names_.workers) {
      reject(word, "is no worker", fmt::format("a number from 0 to {}", names_.workers - 1));
    }
    return [number](const FlowRow& row) { return row.worker == number; };
  }

  Test duration(double (*measured)(const FlowEntry&)) {
    const auto how = comparison(next().text);
    if (!how) reject(next(), "is no comparison", "<, <=, =, !=, >=, >");
    take();
    const FilterWord& word = take();
    const double wanted = parse_milliseconds(word.text);
    if (wanted < 0) reject(word, "is no duration", "a number with us, ms, s, m or h");
    return [how = *how, wanted, measured](const FlowRow& row) {
      return compare(measured(row.entry), how, wanted);
    };
  }

  std::vector<FilterWord> words_;
  const FilterNames& names_;
  std::size_t at_ = 0;
};

}  // namespace

Result<FlowsFilter, FilterError> FlowsFilter::parse(std::string_view text,
                                                    const FilterNames& names) {
  if (text.size() > kMaxLength) {
    return FilterError{fmt::format("filter: longer than {} characters", kMaxLength), kMaxLength};
  }
  try {
    return FlowsFilter(Parser(text, names).parse());
  } catch (const BadFilter& bad) {
    return bad.error;
  }
}

double parse_milliseconds(std::string_view text) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"us", 0.001}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
  double number = 0;
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0 && number < 1e12)) return -1;
  const std::string_view unit(stop, static_cast<std::size_t>(text.data() + text.size() - stop));
  for (const auto& [name, factor] : kUnits) {
    if (unit == name) return number * factor;
  }
  return -1;
}

}  // namespace weir
