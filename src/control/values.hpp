// The kinds of values a key can have: each reads its text, refuses what is out of range, and can
// say in words what it accepts.
//
// They are types because po::value<unsigned> takes -1 for 4294967295 and knows no units.
#pragma once

#include <array>
#include <boost/any.hpp>
#include <boost/program_options/errors.hpp>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/config.hpp"

namespace weir {

/// What a number counts, and hence its suffixes: count K M G of 1000, bytes K M G of 1024, rate as
/// count with /s, time ns us ms s m h (m is minutes; its value is nanoseconds).
enum class Unit : std::uint8_t { count, bytes, rate, time };
/// The word that may stand for 0; `none` may also be left empty.
enum class Word : std::uint8_t { not_accepted, automatic, off, none };

struct NumberRule {
  Unit unit;
  std::uint64_t least, most;  ///< inclusive; the word is accepted whatever they are
  Word word;
};
/// The error continues the sentence "mtu = '5' …".
[[nodiscard]] Result<std::uint64_t> parse_number(const NumberRule& rule, std::string_view text);
[[nodiscard]] std::string accepted_numbers(const NumberRule& rule);

template <Unit U, std::uint64_t Least, std::uint64_t Most, Word W = Word::not_accepted>
struct Number {
  static constexpr NumberRule kRule{U, Least, Most, W};
  std::uint64_t value = 0;

  [[nodiscard]] static Result<Number> parse(std::string_view text) {
    const auto number = parse_number(kRule, text);
    if (!number) return number.error();
    return Number{number.value()};
  }
  [[nodiscard]] static std::string accepted() { return accepted_numbers(kRule); }
};

/// Nanoseconds, to write the bounds of times with.
[[nodiscard]] constexpr std::uint64_t ns(Duration d) noexcept {
  return static_cast<std::uint64_t>(d.count());
}

template <class E>
struct Spelling {
  std::string_view text;
  E value;
};
// How each enumeration is written; the argument only chooses the overload.
[[nodiscard]] constexpr auto spellings(Handler) {
  return std::to_array<Spelling<Handler>>({{"echo", Handler::echo},
                                           {"discard", Handler::discard},
                                           {"chargen", Handler::chargen},
                                           {"daytime", Handler::daytime},
                                           {"hold", Handler::hold},
                                           {"http", Handler::http},
                                           {"respond", Handler::respond},
                                           {"module", Handler::module}});
}
[[nodiscard]] constexpr auto spellings(RespondClose) {
  return std::to_array<Spelling<RespondClose>>(
      {{"never", RespondClose::never}, {"after-reply", RespondClose::after_reply}});
}
[[nodiscard]] constexpr auto spellings(Transport) {
  return std::to_array<Spelling<Transport>>({{"tcp", Transport::tcp}, {"udp", Transport::udp}});
}
[[nodiscard]] constexpr auto spellings(IdleMode) {
  return std::to_array<Spelling<IdleMode>>(
      {{"poll", IdleMode::poll}, {"sleep", IdleMode::sleep}, {"interrupt", IdleMode::interrupt}});
}
[[nodiscard]] constexpr auto spellings(HugePages) {
  return std::to_array<Spelling<HugePages>>(
      {{"required", HugePages::required}, {"try", HugePages::attempt}, {"no", HugePages::no}});
}
[[nodiscard]] constexpr auto spellings(SynCookies) {
  return std::to_array<Spelling<SynCookies>>(
      {{"off", SynCookies::off}, {"auto", SynCookies::automatic}, {"always", SynCookies::always}});
}
[[nodiscard]] constexpr auto spellings(CongestionControl) {
  return std::to_array<Spelling<CongestionControl>>(
      {{"cubic", CongestionControl::cubic}, {"newreno", CongestionControl::newreno}});
}
[[nodiscard]] constexpr auto spellings(LogLevel) {
  return std::to_array<Spelling<LogLevel>>({{"debug", LogLevel::debug},
                                            {"info", LogLevel::info},
                                            {"warn", LogLevel::warn},
                                            {"error", LogLevel::error}});
}
[[nodiscard]] constexpr auto spellings(LogFormat) {
  return std::to_array<Spelling<LogFormat>>(
      {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}});
}
[[nodiscard]] constexpr auto spellings(bool) {
  return std::to_array<Spelling<bool>>({{"on", true},
                                        {"off", false},
                                        {"yes", true},
                                        {"no", false},
                                        {"true", true},
                                        {"false", false}});
}

/// "http" for Handler::http: the first spelling of the value.
template <class E>
[[nodiscard]] constexpr std::string_view spelling(E value) noexcept {
  for (const auto& [text, v] : spellings(E{})) {
    if (v == value) return text;
  }
  return "?";
}

/// "is not known, did you mean 'echo'?" of a word that is none of `words`.
[[nodiscard]] Error unknown_word(std::string_view text, const std::vector<std::string_view>& words);

/// One word of a closed set.
template <class E>
struct Choice {
  E value{};

  [[nodiscard]] static Result<Choice> parse(std::string_view text) {
    std::vector<std::string_view> words;
    for (const auto& [word, value] : spellings(E{})) {
      if (word == text) return Choice{value};
      words.push_back(word);
    }
    return unknown_word(text, words);
  }
  [[nodiscard]] static std::string accepted() {
    std::string words;
    for (const auto& [word, value] : spellings(E{})) {
      words += (words.empty() ? "" : ", ") + std::string(word);
    }
    return words;
  }
};

/// Any text of at most Most bytes; an empty one only when Least is 0.
template <std::size_t Least, std::size_t Most>
struct Text {
  std::string value;

  [[nodiscard]] static Result<Text> parse(std::string_view text) {
    if (text.size() < Least) return Error{"is empty"};
    if (text.size() > Most) return Error{"is too long"};
    return Text{std::string(text)};
  }
  [[nodiscard]] static std::string accepted() {
    return "text of at most " + std::to_string(Most) + " bytes" +
           (Least == 0 ? ", or nothing" : "");
  }
};

/// CPU numbers and ranges, `2-5,8`; `auto` is the empty list.
struct CpuList {
  std::vector<unsigned> value;
  [[nodiscard]] static Result<CpuList> parse(std::string_view text);
  [[nodiscard]] static std::string accepted();
};

/// A PCI address with its domain, or the name of a virtual device with its arguments.
struct DeviceName {
  std::string value;
  [[nodiscard]] static Result<DeviceName> parse(std::string_view text);
  [[nodiscard]] static std::string accepted();
};

/// Words for DPDK's EAL, split at blanks; there is no quoting.
struct WordList {
  std::vector<std::string> value;
  [[nodiscard]] static Result<WordList> parse(std::string_view text);
  [[nodiscard]] static std::string accepted();
};

struct AddressValue {
  Address value;
  [[nodiscard]] static Result<AddressValue> parse(std::string_view text);
  [[nodiscard]] static std::string accepted();
};

/// An address with the length of its network: the length must be written.
struct PrefixValue {
  Prefix value;
  [[nodiscard]] static Result<PrefixValue> parse(std::string_view text);
  [[nodiscard]] static std::string accepted();
};

/// `192.0.2.10:80/tcp`, `[2001:db8::10]:80/tcp`, `:80/tcp` or without the transport.
struct ListenValue {
  std::optional<Address> address;
  std::uint16_t port = 0;
  std::optional<Transport> transport;

  [[nodiscard]] static Result<ListenValue> parse(std::string_view text);
  [[nodiscard]] static std::string accepted();
  /// Without a transport, what the handler speaks: speaks_udp() both but for modules, of which
  /// nobody knows here, the others TCP.
  [[nodiscard]] std::vector<ListenConfig> resolve(Handler handler) const;
};

/// `127.0.0.1:9559`, `[::1]:9559`; `off` is nothing.
struct KernelListenValue {
  std::optional<KernelListen> value;
  [[nodiscard]] static Result<KernelListenValue> parse(std::string_view text);
  [[nodiscard]] static std::string accepted();
};

/// "49152-50175": ports of ours, 16384 at most; "none".
struct ClientPortsValue {
  ClientPorts value;
  [[nodiscard]] static Result<ClientPortsValue> parse(std::string_view text);
  [[nodiscard]] static std::string accepted();
};

/// Whether the handler also answers datagrams.
[[nodiscard]] constexpr bool speaks_udp(Handler handler) noexcept {
  return handler == Handler::echo || handler == Handler::discard || handler == Handler::respond ||
         handler == Handler::module;
}

/// "192.0.2.10:80/tcp", "[2001:db8::10]:80/tcp" or ":80/tcp"; ListenValue reads it again.
[[nodiscard]] std::string to_string(const ListenConfig& listen);

/// Why Boost refused a value; continues the sentence "mtu = '5' …".
class BadValue : public boost::program_options::error {
 public:
  using error::error;
};

template <class V>
concept SettingValue = requires(std::string_view text) {
  { V::parse(text) } -> std::same_as<Result<V>>;
  { V::accepted() } -> std::same_as<std::string>;
};

/// Boost.Program_options finds this by argument-dependent look-up for each of the types above.
template <SettingValue V>
void validate(boost::any& out, const std::vector<std::string>& texts, V*, int) {
  auto parsed = V::parse(texts.empty() ? std::string_view{} : std::string_view(texts.back()));
  if (!parsed) throw BadValue(parsed.error().message + "; accepted: " + V::accepted());
  out = boost::any(std::move(parsed).value());
}

}  // namespace weir
