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

// The question as it leaves and its answer, as pcap-filter(7) says it, where "and" binds no
// tighter than "or".
std::string filter_text(const PingOrder& order, std::uint16_t identifier) {
  const std::string host = to_string(order.destination);
  if (order.kind == PingKind::echo && order.destination.is_v4()) {
    return fmt::format(
        "icmp[4:2] = {1} and ((icmp[0] = 8 and dst host {0}) or (icmp[0] = 0 and src host {0}))",
        host, identifier);
  }
  if (order.kind == PingKind::echo) {
    return fmt::format(
        "icmp6 and ip6[44:2] = {1} and ((ip6[40] = 128 and dst host {0}) or (ip6[40] = 129 and src "
        "host {0}))",
        host, identifier);
  }
  if (order.destination.is_v4()) {
    return fmt::format(
        "arp and ((arp[6:2] = 1 and arp[24:4] = {0}) or (arp[6:2] = 2 and arp[14:4] = {0}))",
        word_of(order.destination, 12));
  }
  std::string text = "icmp6 and (ip6[40] = 135 or ip6[40] = 136)";
  for (const std::size_t at : {0U, 4U, 8U, 12U}) {
    text += fmt::format(" and ip6[{}:4] = {}", 48 + at, word_of(order.destination, at));
  }
  return text;
}

std::shared_ptr<const FrameFilter> filter_of(const PingOrder& order, std::uint16_t identifier,
                                             std::uint16_t vlan) {
  std::string text = filter_text(order, identifier);
  if (vlan != 0) text = fmt::format("vlan {} and ({})", vlan, text);
  auto filter = FrameFilter::compile(text);
  if (!filter) throw std::runtime_error("ping's own filter: " + filter.error().message);
  return std::move(filter).value();
}

TapWish wish_of(const PingOrder& order) {
  constexpr std::uint32_t kHeaders = 128;
  TapWish wish;
  wish.port = order.port;
  wish.most_bytes = kHeaders;
  return wish;
}

}  // namespace

PingStream::PingStream(EngineView& engine, const PingOrder& order, std::uint16_t identifier)
    : engine_(engine),
      order_(order),
      identifier_(identifier),
      taps_(engine, wish_of(order),
            filter_of(order, identifier, engine.snapshot().ports[order.port].vlan), kRingBytes) {
  if (order.kind == PingKind::echo) engine_.expect_echo(identifier);
}

PingStream::~PingStream() { leave_workers(); }

void PingStream::leave_workers() {
  if (std::exchange(left_workers_, true)) return;
  taps_.detach();
  if (order_.kind == PingKind::echo) engine_.expect_echo(0);
}

void PingStream::ask() {
  ++asked_;
  waiting_ = true;
  left_.reset();
  next_ = Clock::now() + kInterval;
  if (order_.kind == PingKind::neighbour) {
    (void)engine_.inquire(order_.destination, order_.port);
    return;
  }
  (void)engine_.send_echo_request({order_.port, order_.source, order_.destination, identifier_,
                                   static_cast<std::uint16_t>(asked_)});
}

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
  constexpr std::size_t kSourceMac = 6;
  if (!left_ || record.bytes().size() < kSourceMac + sizeof(Mac)) return;
  Mac mac;
  std::copy_n(record.bytes().begin() + kSourceMac, mac.bytes.size(), mac.bytes.begin());
  tell(out, static_cast<double>(record.head.begun - *left_) * 1e6 / engine_.cycles_per_second(),
       to_string(mac));
}

void PingStream::tell(std::string& out, std::optional<double> us, const std::string& mac) {
  waiting_ = false;
  Json json = reply_of("ping_answer");
  json["sequence"] = asked_;
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
    leave_workers();
    end(out);
  } else if (due) {
    ask();
  }
  return out;
}

}  // namespace weir
