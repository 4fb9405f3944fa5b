// Reading values: every parser takes the whole text or says why it does not.
#include "control/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>

#include "base/did_you_mean.hpp"
#include "control/config_problem.hpp"
#include "control/environment_device.hpp"

namespace weir {
namespace {

struct Suffix {
  std::string_view text;
  std::uint64_t factor;
};

constexpr std::uint64_t kKibi = 1024;
constexpr Suffix kCountSuffixes[] = {{"G", 1'000'000'000}, {"M", 1'000'000}, {"K", 1000}, {"", 1}};
constexpr Suffix kByteSuffixes[] = {
    {"G", kKibi* kKibi* kKibi}, {"M", kKibi* kKibi}, {"K", kKibi}, {"", 1}};
constexpr Suffix kTimeSuffixes[] = {{"h", ns(1h)},   {"m", ns(1min)}, {"s", ns(1s)},
                                    {"ms", ns(1ms)}, {"us", ns(1us)}, {"ns", 1}};
constexpr unsigned kMostCpu = 1023;             // CPU_SETSIZE
constexpr std::size_t kMostInterfaceName = 15;  // IFNAMSIZ less the final zero

std::span<const Suffix> suffixes(Unit unit) noexcept {
  switch (unit) {
    case Unit::bytes:
      return kByteSuffixes;
    case Unit::time:
      return kTimeSuffixes;
    case Unit::count:
    case Unit::rate:
      break;
  }
  return kCountSuffixes;
}

std::string_view word_text(Word word) noexcept {
  switch (word) {
    case Word::automatic:
      return "auto";
    case Word::off:
      return "off";
    case Word::none:
      return "none";
    case Word::not_accepted:
      break;
  }
  return {};
}

/// The number in its largest unit that leaves no rest: 262144 bytes are 256K; but four digits are
/// read faster without.
std::string number_text(Unit unit, std::uint64_t number) {
  if (number == 0) return unit == Unit::time ? "0s" : "0";
  const bool plain = unit == Unit::count || unit == Unit::rate;
  if (plain && number < 10'000) return std::to_string(number);
  for (const auto& [suffix, factor] : suffixes(unit)) {
    if (number % factor == 0) return fmt::format("{}{}", number / factor, suffix);
  }
  return std::to_string(number);
}

std::string_view example(Unit unit) noexcept {
  switch (unit) {
    case Unit::bytes:
      return " (K, M, G are of 1024)";
    case Unit::rate:
      return " per second (10K/s; K, M, G are of 1000)";
    case Unit::time:
      return " (ns, us, ms, s, m for minutes, h)";
    case Unit::count:
      break;
  }
  return "";
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

template <class N>
std::optional<N> whole_number(std::string_view text) noexcept {
  N number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// `pattern` with 'x' for a hexadecimal digit and '0' for a decimal one.
bool looks_like(std::string_view text, std::string_view pattern) noexcept {
  return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(), [](char c, char p) {
    return p == 'x' ? is_hex(c) : p == '0' ? is_digit(c) : c == p;
  });
}

template <class Action>  // Action(std::string_view word)
void for_each_word(std::string_view text, char separator, Action action) {
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    action(text.substr(0, end));
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

/// An interface name that the kernel would cut off makes net_tap fail with a sentence that names
/// neither the port nor the limit.
/// For vhost the word means the path of a socket.
std::optional<Error> check_interface(std::string_view driver, std::string_view arguments) {
  std::optional<Error> wrong;
  if (driver.starts_with("net_vhost") || driver.starts_with("eth_vhost")) return wrong;
  for_each_word(arguments, ',', [&](std::string_view argument) {
    constexpr std::string_view kKey = "iface=";
    if (!argument.starts_with(kKey)) return;
    argument.remove_prefix(kKey.size());
    if (argument.empty() || argument.size() > kMostInterfaceName) {
      wrong = Error{fmt::format("has an interface name of {} characters where 1 to {} are possible",
                                argument.size(), kMostInterfaceName)};
    }
  });
  return wrong;
}

/// `ADDRESS:PORT`, `[ADDRESS]:PORT` or `:PORT`.
struct Place {
  std::optional<Address> address;
  std::uint16_t port = 0;
};
Result<Place> parse_place(std::string_view text) {
  Place place;
  const std::size_t colon = text.rfind(':');
  const bool bracket_is_last = text.ends_with(']');
  if (whole_number<std::uint64_t>(text)) return Error{"has no ':' before the port"};
  if (colon == text.npos || bracket_is_last) return Error{"has no port"};
  const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
  if (!port || *port == 0) return Error{"has no port from 1 to 65535"};
  place.port = *port;
  std::string_view host = text.substr(0, colon);
  if (host.empty()) return place;
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool v6_text = host.find(':') != host.npos;
  place.address = Address::parse(host);
  if (!place.address || (bracketed && !v6_text)) return Error{"has no valid address"};
  if (v6_text && !bracketed) return Error{"has an IPv6 address without brackets"};
  return place;
}

}  // namespace

Error unknown_word(std::string_view text, const std::vector<std::string_view>& words) {
  if (text.empty()) return Error{"is empty"};
  return Error{"is not known" + did_you_mean(text, words)};
}

Result<std::uint64_t> parse_number(const NumberRule& rule, std::string_view text) {
  if (rule.word != Word::not_accepted && text == word_text(rule.word)) return std::uint64_t{0};
  if (text.empty()) {
    if (rule.word == Word::none) return std::uint64_t{0};
    return Error{"is empty"};
  }
  if (text.front() == '-') return Error{"is negative"};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return Error{"is out of range"};
  if (error != std::errc{}) return Error{"is not a number"};
  std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (rule.unit == Unit::rate && rest.ends_with("/s")) rest.remove_suffix(2);
  if (rule.unit == Unit::time && rest.empty()) return Error{"has no unit"};
  for (const auto& [suffix, factor] : suffixes(rule.unit)) {
    if (rest != suffix) continue;
    if (number > std::numeric_limits<std::uint64_t>::max() / factor ||
        number * factor < rule.least || number * factor > rule.most) {
      return Error{"is out of range"};
    }
    return number * factor;
  }
  if (rest.size() > 1 && rest.front() == '.' && is_digit(rest[1])) {
    return Error{"is not a whole number"};
  }
  return Error{fmt::format("has the unknown unit '{}'", printable(rest))};
}

std::string accepted_numbers(const NumberRule& rule) {
  std::string text = fmt::format("{} to {}{}", number_text(rule.unit, rule.least),
                                 number_text(rule.unit, rule.most), example(rule.unit));
  if (rule.word != Word::not_accepted) text += fmt::format(", or {}", word_text(rule.word));
  return text;
}

Result<CpuList> CpuList::parse(std::string_view text) {
  if (text == "auto") return CpuList{};
  if (text.empty()) return Error{"is empty"};
  CpuList list;
  std::optional<Error> wrong;
  for_each_word(text, ',', [&](std::string_view word) {
    word = word.substr(std::min(word.find_first_not_of(' '), word.size()));
    const std::size_t dash = word.find('-');
    const auto first = whole_number<unsigned>(word.substr(0, dash));
    const auto last = dash == word.npos ? first : whole_number<unsigned>(word.substr(dash + 1));
    if (!first || !last) {
      wrong = Error{"is not a list of CPU numbers and ranges"};
    } else if (*first > *last) {
      wrong = Error{"has a range that runs backwards"};
    } else if (*last > kMostCpu) {
      wrong = Error{fmt::format("names a CPU beyond {}", kMostCpu)};
    } else if (list.value.size() > kMostCpu) {
      wrong = Error{"names a CPU twice"};  // and a line full of ranges costs no memory
    }
    if (wrong) return;
    for (unsigned cpu = *first; cpu <= *last; ++cpu) list.value.push_back(cpu);
  });
  if (wrong) return *wrong;
  std::vector<unsigned> sorted = list.value;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return Error{"names a CPU twice"};
  }
  return list;
}
std::string CpuList::accepted() { return "CPU numbers and ranges (2-5,8), or auto"; }

Result<DeviceName> DeviceName::parse(std::string_view text) {
  if (text.empty()) return Error{"is empty"};
  if (text.starts_with("env:")) {
    const auto device = environment_device(text);
    if (!device) return device.error();
    return parse(device.value());
  }
  if (text.find_first_of(" \t") != text.npos) return Error{"holds a blank"};
  const std::size_t comma = std::min(text.find(','), text.size());
  const std::string_view name = text.substr(0, comma);
  if (const auto wrong = check_interface(name, text.substr(comma))) return *wrong;
  if (looks_like(name, "xxxx:xx:xx.0")) return DeviceName{std::string(text)};
  if (looks_like(name, "xx:xx.0")) {
    return Error{fmt::format("lacks the PCI domain, did you mean '0000:{}'?", text)};
  }
  for (const std::size_t length : {12, 7}) {  // an address with something behind it
    const std::string_view meant = name.substr(0, std::min(length, name.size()));
    const bool whole = looks_like(meant, "xxxx:xx:xx.0");
    if (!whole && !looks_like(meant, "xx:xx.0")) continue;
    return Error{
        fmt::format("is no PCI address, did you mean '{}{}'?", whole ? "" : "0000:", meant)};
  }
  const bool letters_first =
      !name.empty() && (name.front() | 0x20) >= 'a' && (name.front() | 0x20) <= 'z';
  if (!letters_first || name.find('.') != name.npos) {
    return Error{"is neither a PCI address nor a virtual device"};
  }
  return DeviceName{std::string(text)};
}
std::string DeviceName::accepted() {
  return "a PCI address (0000:03:00.0), a virtual device (net_tap0,iface=weir0 · "
         "net_af_packet0,iface=eth1 · net_pcap0,rx_pcap=F,tx_pcap=F), or env:NAME (env:NAME:2) for "
         "the first (second) device that an environment variable names";
}

Result<WordList> WordList::parse(std::string_view text) {
  WordList list;
  for_each_word(text, ' ', [&](std::string_view word) {
    if (!word.empty()) list.value.emplace_back(word);
  });
  return list;
}
std::string WordList::accepted() { return "words between blanks, or nothing"; }

Result<AddressValue> AddressValue::parse(std::string_view text) {
  const auto address = Address::parse(text);
  if (!address) return Error{"is not an address"};
  return AddressValue{*address};
}
std::string AddressValue::accepted() { return "an address (192.0.2.1 or 2001:db8::1)"; }

Result<PrefixValue> PrefixValue::parse(std::string_view text) {
  const auto prefix = Prefix::parse(text);
  if (!prefix) return Error{"is not an address with a length"};
  if (text.find('/') == text.npos) {
    return Error{fmt::format("lacks the length of its network, did you mean '{}/{}'?", text,
                             prefix->address.is_v4() ? 24 : 64)};
  }
  return PrefixValue{*prefix};
}
std::string PrefixValue::accepted() {
  return "an address with the length of its network (192.0.2.10/24 or 2001:db8::10/64)";
}

Result<ListenValue> ListenValue::parse(std::string_view text) {
  ListenValue listen;
  if (const std::size_t slash = text.find('/'); slash != text.npos) {
    const auto transport = Choice<Transport>::parse(text.substr(slash + 1));
    if (!transport) return Error{"has an unknown transport"};
    listen.transport = transport.value().value;
    text = text.substr(0, slash);
  }
  const auto place = parse_place(text);
  if (!place) return place.error();
  listen.address = place.value().address;
  listen.port = place.value().port;
  return listen;
}
std::string ListenValue::accepted() {
  return "ADDRESS:PORT/tcp or /udp (192.0.2.10:80/tcp, [2001:db8::10]:80/tcp; :80/tcp for every "
         "address)";
}

std::vector<ListenConfig> ListenValue::resolve(Handler handler) const {
  if (transport) return {{address, port, *transport}};
  std::vector<ListenConfig> both = {{address, port, Transport::tcp}};
  if (speaks_udp(handler) && handler != Handler::module) {
    both.push_back({address, port, Transport::udp});
  }
  return both;
}

Result<ClientPortsValue> ClientPortsValue::parse(std::string_view text) {
  constexpr unsigned kMost = 16384;
  if (text == "none") return ClientPortsValue{};
  const std::size_t dash = text.find('-');
  if (dash == text.npos) return Error{"has no '-' between two ports"};
  const auto first = whole_number<std::uint16_t>(text.substr(0, dash));
  const auto last = whole_number<std::uint16_t>(text.substr(dash + 1));
  if (!first || !last || *first == 0) return Error{"has no ports from 1 to 65535"};
  if (*last < *first) return Error{"ends before it begins"};
  if (*last - *first >= static_cast<int>(kMost)) return Error{"has too many ports"};
  return ClientPortsValue{{*first, *last}};
}
std::string ClientPortsValue::accepted() {
  return "FIRST-LAST (49152-50175), 16384 ports at most, or none";
}

Result<KernelListenValue> KernelListenValue::parse(std::string_view text) {
  if (text == "off") return KernelListenValue{};
  const auto place = parse_place(text);
  if (!place) return place.error();
  if (!place.value().address) return Error{"has no address"};
  return KernelListenValue{KernelListen{*place.value().address, place.value().port}};
}
std::string KernelListenValue::accepted() {
  return "ADDRESS:PORT of the kernel (127.0.0.1:9559 or [::1]:9559; 0.0.0.0:9559 for all of its "
         "addresses), or off";
}

std::string to_string(const ListenConfig& listen) {
  const std::string where =
      listen.address ? to_string(*listen.address, listen.port) : fmt::format(":{}", listen.port);
  return fmt::format("{}/{}", where, spelling(listen.transport));
}

}  // namespace weir
