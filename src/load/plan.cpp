#include "load/plan.hpp"

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <charconv>
#include <sstream>

#include "control/values.hpp"

namespace weir::load {
namespace {

namespace po = boost::program_options;

struct ModeWord {
  Mode mode;
  std::string_view word;
};
constexpr std::array<ModeWord, 9> kModes{{{Mode::echo, "echo"},
                                          {Mode::respond, "respond"},
                                          {Mode::http, "http"},
                                          {Mode::connect, "connect"},
                                          {Mode::idle, "idle"},
                                          {Mode::upload, "upload"},
                                          {Mode::download, "download"},
                                          {Mode::udp, "udp"},
                                          {Mode::syn_flood, "syn-flood"}}};
constexpr std::uint32_t kPlaces = 64'512;  // of source address and port, at the least
constexpr std::uint64_t kMostConnections = 16'000'000;

po::options_description descriptions() {
  po::options_description options("Options", 100);
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto list = [](const char* name) {
    return po::value<std::vector<std::string>>()->value_name(name);
  };
  // clang-format off
  options.add_options()
    ("device,d", text("DEVICE"), "PCI address or devargs, as in [port] device of weir.conf")
    ("address,a", list("PREFIX"), "an address of ours, as in 198.18.0.2/24; may be repeated")
    ("gateway,g", list("ADDRESS"), "where everything goes that is not on the link")
    ("sources", text("PREFIX"), "connect from addresses of that prefix instead, 8192 of them at most")
    ("connections,c", text("N"), "connections (udp: datagrams) at once; default 64")
    ("pipeline,p", text("N"), "requests in flight on a connection, to 64; default 1")
    ("size,s", text("BYTES"), "of a request or datagram, to 64K; default 64")
    ("answer", text("BYTES"), "respond: of an answer, to 1M; default 1")
    ("requests,n", text("N"), "close a connection after that many and open another; default: keep it")
    ("rate,r", text("N"), "open loop: so many requests (with -n, connect and idle: connections) a second,"
                          " whether answers come or not; default: as fast as answers come")
    ("time,t", text("TIME"), "how long; default 10s")
    ("ramp", text("TIME"), "grow to the full load during that time")
    ("timeout", text("TIME"), "udp: what has no answer by then is lost; default 1s")
    ("cpus", text("LIST"), "one worker on each of them, as in 1,3; default: chosen")
    ("hugepages", text("WORD"), "required, try or no; default try")
    ("mtu", text("N"), "bytes of an IP packet, 576 to 9000; default 1500")
    ("json,j", "the summary as JSON on standard output, nothing else")
    ("quiet,q", "no line a second")
    ("version,V", "print versions and exit")
    ("help,h", "this text");
  // clang-format on
  return options;
}

class Reader {
 public:
  explicit Reader(const po::variables_map& values) : values_(values) {}

  template <class T>
  void number(const char* name, const NumberRule& rule, T& into) {
    if (!values_.contains(name) || error_) return;
    const auto& text = values_[name].as<std::string>();
    const auto read = parse_number(rule, text);
    if (!read) {
      fail(name, text, read.error().message + "; accepted: " + accepted_numbers(rule));
    } else if constexpr (std::is_same_v<T, Duration>) {
      into = Duration(static_cast<std::int64_t>(read.value()));
    } else {
      into = static_cast<T>(read.value());
    }
  }
  void fail(const std::string& name, const std::string& text, const std::string& why) {
    if (!error_) error_ = Error{"--" + name + " " + text + ": " + why};
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  const po::variables_map& values_;
  std::optional<Error> error_;
};

constexpr NumberRule count(std::uint64_t least, std::uint64_t most) {
  return {Unit::count, least, most, Word::not_accepted};
}
constexpr NumberRule bytes(std::uint64_t least, std::uint64_t most) {
  return {Unit::bytes, least, most, Word::not_accepted};
}
constexpr NumberRule time_of(Duration least, Duration most) {
  return {Unit::time, ns(least), ns(most), Word::not_accepted};
}

// ADDRESS:PORT, [ADDRESS]:PORT, either behind http:// and before a path.
// All URLs have one path.
std::optional<Target> read_target(std::string_view text, LoadPlan& plan) {
  constexpr std::string_view kScheme = "http://";
  std::uint16_t port = 0;
  if (text.starts_with(kScheme)) {
    text.remove_prefix(kScheme.size());
    port = 80;
  }
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    if (!plan.targets.empty() && plan.path != text.substr(slash)) return std::nullopt;
    plan.path = text.substr(slash);
    text = text.substr(0, slash);
  }
  if (plan.host.empty()) plan.host = text;
  std::string_view address = text;
  const auto colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        (text.find(':') == colon || (colon != 0 && text[colon - 1] == ']'));
  if (has_port) {
    const std::string_view digits = text.substr(colon + 1);
    const char* const end = digits.data() + digits.size();
    const auto [after, error] = std::from_chars(digits.data(), end, port);
    if (error != std::errc() || after != end) port = 0;
    address = text.substr(0, colon);
  }
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  const auto parsed = Address::parse(address);
  if (!parsed || port == 0) return std::nullopt;
  return Target{*parsed, port};
}

std::optional<Error> read_words(const po::variables_map& values, LoadPlan& plan) {
  if (!values.contains("words")) return Error{"say what to do: weir-load MODE TARGET --device ..."};
  const auto& words = values["words"].as<std::vector<std::string>>();
  const auto mode = std::ranges::find(kModes, words[0], &ModeWord::word);
  if (mode == kModes.end()) {
    return Error{"'" + words[0] +
                 "' is no mode: echo, respond, http, connect, idle, upload, download, udp or "
                 "syn-flood"};
  }
  plan.mode = mode->mode;
  if (words.size() < 2) return Error{"where to? weir-load " + words[0] + " ADDRESS:PORT"};
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto target = read_target(words[i], plan);
    if (!target) {
      return Error{"'" + words[i] + "' is no target: ADDRESS:PORT, [ADDRESS]:PORT or " +
                   "http://ADDRESS/PATH, the address in numbers, one path for all"};
    }
    plan.targets.push_back(*target);
    if (target->address.is_v4() != plan.is_v4()) {
      return Error{"targets of both families: one run has one"};
    }
  }
  return std::nullopt;
}

std::optional<Error> read_way(const po::variables_map& values, LoadPlan& plan) {
  if (!values.contains("device")) return Error{"--device is missing: by which port?"};
  plan.device = values["device"].as<std::string>();
  if (!values.contains("address")) {
    return Error{"--address is missing: which address is ours, as in --address 198.18.0.2/24?"};
  }
  for (const std::string& text : values["address"].as<std::vector<std::string>>()) {
    const auto prefix = Prefix::parse(text);
    if (!prefix) return Error{"--address " + text + ": no address, as in 198.18.0.2/24"};
    if (std::ranges::find(plan.addresses, prefix->address, &Prefix::address) !=
        plan.addresses.end()) {
      return Error{"--address " + text + " is there twice"};
    }
    plan.addresses.push_back(*prefix);
  }
  if (values.contains("gateway")) {
    for (const std::string& text : values["gateway"].as<std::vector<std::string>>()) {
      const auto address = Address::parse(text);
      if (!address) return Error{"--gateway " + text + ": no address"};
      (address->is_v4() ? plan.gateway_v4 : plan.gateway_v6) = *address;
    }
  }
  if (values.contains("sources")) {
    const auto& text = values["sources"].as<std::string>();
    plan.sources = Prefix::parse(text);
    if (!plan.sources || plan.sources->address.is_v4() != plan.is_v4()) {
      return Error{"--sources " + text + ": no prefix of the targets' family, as in 198.19.0.0/16"};
    }
    for (const Target& target : plan.targets) {
      if (plan.sources->contains(target.address)) {
        return Error{"--sources " + text + " contains the target: it would be an address of ours"};
      }
    }
    for (const auto& gateway : {plan.gateway_v4, plan.gateway_v6}) {
      if (gateway && plan.sources->contains(*gateway)) {
        return Error{"--sources " + text + " contains the gateway: it would be an address of ours"};
      }
    }
  }
  const bool ours = std::ranges::any_of(
      plan.addresses, [&](const Prefix& p) { return p.address.is_v4() == plan.is_v4(); });
  if (!ours) return Error{"no --address is of the targets' family"};
  if (plan.mode == Mode::syn_flood && !plan.sources) {
    return Error{"syn-flood needs --sources: addresses that nobody else has"};
  }
  return std::nullopt;
}

std::optional<Error> read_load(const po::variables_map& values, LoadPlan& plan) {
  Reader reader(values);
  reader.number("connections", count(1, kMostConnections), plan.connections);
  reader.number("pipeline", count(1, 64), plan.pipeline);
  reader.number("size", bytes(1, 65536), plan.size);
  reader.number("answer", bytes(1, 1 << 20), plan.answer);
  reader.number("requests", count(1, 1'000'000'000), plan.requests);
  reader.number("rate", {Unit::rate, 1, 1'000'000'000, Word::not_accepted}, plan.rate);
  reader.number("time", time_of(100ms, 24h), plan.time);
  reader.number("ramp", time_of(0ms, 1h), plan.ramp);
  reader.number("timeout", time_of(1ms, 1min), plan.timeout);
  reader.number("mtu", bytes(576, 9000), plan.mtu);
  if (reader.error()) return reader.error();
  const std::uint64_t room = std::uint64_t{kPlaces} * plan.targets.size();
  if (plan.connections > room) {
    return Error{"--connections " + std::to_string(plan.connections) +
                 ": one target has room for " + std::to_string(kPlaces) + ", so name more of them"};
  }
  if (plan.rate > 0 && (plan.mode == Mode::upload || plan.mode == Mode::download)) {
    return Error{"--rate counts requests or connections, and " + std::string(to_string(plan.mode)) +
                 " has one stream a connection"};
  }
  if (plan.mode == Mode::udp && (plan.size < 8 || plan.size > plan.mtu - 48U)) {
    return Error{"--size " + std::to_string(plan.size) + ": a datagram has 8 to " +
                 std::to_string(plan.mtu - 48) + " bytes here"};
  }
  if (values.contains("hugepages")) {
    const auto& word = values["hugepages"].as<std::string>();
    if (word != "required" && word != "try" && word != "no") {
      return Error{"--hugepages " + word + ": required, try or no"};
    }
    plan.hugepages = word == "required" ? HugePages::required
                     : word == "try"    ? HugePages::attempt
                                        : HugePages::no;
  }
  if (values.contains("cpus")) {
    const auto& text = values["cpus"].as<std::string>();
    const auto cpus = CpuList::parse(text);
    if (!cpus) return Error{"--cpus " + text + ": " + cpus.error().message};
    plan.cpus = cpus.value().value;
  }
  plan.json = values.contains("json");
  plan.quiet = values.contains("quiet") || plan.json;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Mode mode) noexcept {
  return std::ranges::find(kModes, mode, &ModeWord::mode)->word;
}

Result<Request> parse_request(const std::vector<std::string>& arguments) {
  Request request;
  try {
    namespace style = po::command_line_style;
    po::options_description known = descriptions();
    known.add_options()("words", po::value<std::vector<std::string>>());
    po::positional_options_description words;
    words.add("words", -1);
    po::variables_map values;
    po::store(po::command_line_parser(arguments)
                  .options(known)
                  .positional(words)
                  .style(style::unix_style & ~style::allow_guessing)
                  .run(),
              values);
    request.help = values.contains("help");
    request.version = values.contains("version");
    if (request.help || request.version) return request;
    for (const auto read : {read_words, read_way, read_load}) {
      if (auto error = read(values, request.plan)) return *error;
    }
  } catch (const po::error& error) {
    return Error{error.what()};
  }
  return request;
}

std::string usage_text() {
  std::ostringstream text;
  text << "Usage: weir-load MODE TARGET... --device DEVICE --address PREFIX [OPTIONS]\n\n"
          "Opens connections to a server and loads it; every byte that comes back is verified.\n\n"
          "Modes and the service that they want at the other end:\n"
          "  echo        requests of --size bytes that come back    echo\n"
          "  respond     the same, answered with --answer bytes     respond, size = --answer\n"
          "  http        GET of the target's path                   any HTTP/1.1 server\n"
          "  connect     connections that are opened and closed     any\n"
          "  idle        connections that are opened and kept       one that waits, as hold\n"
          "  upload      text as fast as it is taken                discard\n"
          "  download    RFC 864's pattern as fast as it comes      chargen\n"
          "  udp         datagrams that come back                   echo\n"
          "  syn-flood   SYNs from --sources, never followed by anything\n\n"
       << descriptions()
       << "\nTargets are ADDRESS:PORT, [ADDRESS]:PORT or http://ADDRESS/PATH. One has room for "
          "64,512\nconnections; several are used by turns.\n"
          "\nA server of the kernel, by a tap (then: ip addr add 198.18.0.1/24 dev load0):\n"
          "  weir-load http http://198.18.0.1/ -d net_tap0,iface=load0 -a 198.18.0.2/24\n"
          "\nExit codes: 0 all was answered and right, 1 something was not, 2 bad command line, 69 "
          "environment\nnot ready, 77 no permission, 78 bad device or CPU.\n";
  return text.str();
}

}  // namespace weir::load
