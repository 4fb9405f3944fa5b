#include "control/ping_stream.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/mac.hpp"
#include "control/commands_table.hpp"

namespace weir {
namespace {

constexpr std::chrono::seconds kInterval{1};
constexpr std::size_t kRingBytes = 64 * 1024;  // two frames a second

std::uint32_t word_of(const Address& address, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) word = word << 8 | address.bytes[at + i];
  return word;
}

// In the words of pcap-filter(7), where "and" binds no tighter than "or".
std::string about(const Address& target) {
  std::string text = "icmp6";
  for (const std::size_t at : {0U, 4U, 8U, 12U}) {
    text += fmt::format(" and ip6[{}:4] = {}", 48 + at, word_of(target, at));
  }
  return text;
}

enum class Half { question, answer };

// An advertisement that nobody asked for is no answer (RFC 4861 §4.4, the S flag).
std::string half_of(const PingOrder& order, std::uint16_t identifier, Half half) {
  const Address& host = order.destination;
  const bool asks = half == Half::question;
  if (order.kind == PingKind::neighbour) {
    return host.is_v4() ? fmt::format("arp[6:2] = {} and arp[{}:4] = {}", asks ? 1 : 2,
                                      asks ? 24 : 14, word_of(host, 12))
                        : about(host) + (asks ? " and ip6[40] = 135"
                                              : " and ip6[40] = 136 and ip6[44] & 0x40 != 0");
  }
  const std::string theirs = fmt::format("{} host {}", asks ? "dst" : "src", to_string(host));
  return host.is_v4() ? fmt::format("icmp[0] = {} and icmp[4:2] = {} and {}", asks ? 8 : 0,
                                    identifier, theirs)
                      : fmt::format("icmp6 and ip6[40] = {} and ip6[44:2] = {} and {}",
                                    asks ? 128 : 129, identifier, theirs);
}

// To the question of that number; ARP and neighbour discovery have none.
std::string answer_of(const PingOrder& order, std::uint16_t identifier, std::uint64_t sequence) {
  const std::string answer = half_of(order, identifier, Half::answer);
  if (order.kind == PingKind::neighbour) return answer;
  return fmt::format("{} and {} = {}", answer,
                     order.destination.is_v4() ? "icmp[6:2]" : "ip6[46:2]", sequence);
}

std::shared_ptr<const FrameFilter> compiled(const std::string& text, std::uint16_t vlan) {
  auto filter =
      FrameFilter::compile(vlan == 0 ? text : fmt::format("vlan {} and ({})", vlan, text));
  if (!filter) throw std::runtime_error("ping's own filter: " + filter.error().message);
  return std::move(filter).value();
}

std::shared_ptr<const FrameFilter> filter_of(const PingOrder& order, std::uint16_t identifier,
                                             std::uint16_t vlan) {
  return compiled(fmt::format("({}) or ({})", half_of(order, identifier, Half::question),
                              half_of(order, identifier, Half::answer)),
                  vlan);
}

TapWish wish_of(const PingOrder& order) {
  constexpr std::uint32_t kHeaders = 128;
  TapWish wish;
  wish.port = order.port;
  wish.most_bytes = kHeaders;
  return wish;
}

}  // namespace

PingStream::PingStream(EngineView& engine, const PingOrder& order,
                       std::shared_ptr<const ExpectedEcho> expected)
    : engine_(engine),
      order_(order),
      identifier_(expected ? expected->identifier() : std::uint16_t{0}),
      vlan_(engine.snapshot().ports[order.port].vlan),
      expected_(std::move(expected)),
      taps_(engine, wish_of(order), filter_of(order, identifier_, vlan_), kRingBytes) {}

void PingStream::ask() {
  ++asked_;
  waiting_ = true;
  left_.reset();
  next_ = Clock::now() + kInterval;
  answer_ = compiled(answer_of(order_, identifier_, asked_), vlan_);
  accepted_ = order_.kind == PingKind::neighbour
                  ? engine_.inquire(order_.destination, order_.port)
                  : engine_.send_echo_request({order_.port, order_.source, order_.destination,
                                               identifier_, static_cast<std::uint16_t>(asked_)});
}

// An echo that was accepted may wait until its next hop is found, and that it is not found is the
// network's fault. Nothing keeps a question to the link but what is wrong here. What was not
// accepted in time may have left all the same.
bool PingStream::has_asked() const { return left_ || (accepted_ && order_.kind == PingKind::echo); }

// In order of time: question and answer may be different workers'.
void PingStream::look(std::string& out) {
  while (const auto worker = taps_.oldest()) {
    take(taps_.front(*worker), out);
    taps_.pop(*worker);
  }
}

void PingStream::take(const FrameRecordView& record, std::string& out) {
  if (!waiting_) return;
  if (record.head.direction == Direction::sent) {
    left_ = record.head.begun;
    return;
  }
  // Others ask the same host too, and an answer may be to a question that was given up.
  constexpr std::size_t kSourceMac = 6;
  if (!left_ || !answer_->matches(record.bytes(), record.head.length)) return;
  Mac mac;
  std::copy_n(record.bytes().begin() + kSourceMac, mac.bytes.size(), mac.bytes.begin());
  tell(out, static_cast<double>(record.head.begun - *left_) * 1e6 / engine_.cycles_per_second(),
       to_string(mac));
}

void PingStream::tell(std::string& out, std::optional<double> us, const std::string& mac) {
  waiting_ = false;
  if (!has_asked()) ++unsent_;
  Json json = reply_of("ping_answer");
  json["sequence"] = asked_;
  json["sent"] = has_asked();
  json["us"] = nullptr;
  if (us) {
    json["us"] = rounded(*us);
    json["mac"] = mac;
    least_ = answered_ == 0 ? *us : std::min(least_, *us);
    most_ = std::max(most_, *us);
    sum_ += *us;
    ++answered_;
  }
  out += to_line(json) + '\n';
}

void PingStream::end(std::string& out) const {
  Json json = reply_of("ping_end");
  json["asked"] = asked_;
  json["unsent"] = unsent_;
  json["answered"] = answered_;
  if (answered_ != 0) {
    json["min_us"] = rounded(least_);
    json["avg_us"] = rounded(sum_ / static_cast<double>(answered_));
    json["max_us"] = rounded(most_);
  }
  out += to_line(json) + '\n';
}

std::optional<std::string> PingStream::more(bool finish) {
  if (over_) return std::nullopt;
  std::string out;
  look(out);
  const bool due = Clock::now() >= next_;
  if (waiting_ && due) tell(out, std::nullopt, "");
  if (finish || (asked_ >= order_.count && !waiting_)) {
    over_ = true;
    taps_.detach();
    expected_.reset();
    end(out);
  } else if (due) {
    ask();
  }
  return out;
}

}  // namespace weir
