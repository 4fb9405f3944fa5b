#include "load/datagram_client.hpp"

#include <algorithm>
#include <cstring>

namespace weir::load {
namespace {

constexpr std::size_t kMostDue = 1 << 20;
constexpr std::uint32_t kSynOptionsMss = 1460;

}  // namespace

class DatagramClient::Service final : public UdpService {
 public:
  explicit Service(DatagramClient& client) : client_(client) {}
  bool answers_anything() const noexcept override { return false; }
  std::int32_t on_datagram(const Datagram& datagram, std::span<std::uint8_t>) noexcept override {
    client_.heard(datagram);
    return -1;
  }

 private:
  DatagramClient& client_;
};

DatagramClient::DatagramClient(const Share& share)
    : plan_(share.plan),
      share_(share),
      lanes_(std::max(1U, share.of(share.plan.connections))),
      text_(share.plan.size),
      pattern_(share.plan.size + 256) {
  SplitMix64 dice{0x5eed};
  for (std::uint8_t& b : pattern_) b = static_cast<std::uint8_t>(dice.next());
  for (std::size_t i = lanes_.size(); i > 0; --i) {
    free_.push_back(static_cast<std::uint32_t>(i - 1));
    lanes_[i - 1].id = i - 1;
  }
  if (plan_.rate > 0) pace_.emplace(plan_.rate / share.workers, plan_.ramp);
}

std::unique_ptr<UdpService> DatagramClient::make_service() {
  return std::make_unique<Service>(*this);
}

std::uint32_t DatagramClient::act(Pipeline& pipeline, Instant now) noexcept {
  give_up(now);
  if (!share_.going.load(std::memory_order_relaxed)) return 0;
  if (share_.stopping.load(std::memory_order_relaxed)) return 0;
  if (!begun_) {
    begun_ = true;
    started_ = now;
    if (pace_) pace_->start(now);
  }
  while (const auto due = pace_ ? pace_->next(now) : std::nullopt) {
    if (due_.size() < kMostDue) due_.push_back(*due);
  }
  std::size_t most = lanes_.size();
  if (!pace_ && now - started_ < plan_.ramp) {
    const double part =
        static_cast<double>((now - started_).count()) / static_cast<double>(plan_.ramp.count());
    most = std::max<std::size_t>(1, static_cast<std::size_t>(part * static_cast<double>(most)));
  }
  std::uint32_t done = 0;
  while (done < kMaxBurst && !free_.empty() && lanes_.size() - free_.size() < most) {
    if (pace_ && due_.empty()) break;
    if (!send(pipeline, pace_ ? due_.front() : now, now)) break;
    if (pace_) due_.pop_front();
    ++done;
  }
  return done;
}

// The datagram's number, then bytes that follow from it.
void DatagramClient::write(std::uint64_t id) noexcept {
  std::memcpy(text_.data(), &id, sizeof id);
  std::memcpy(text_.data() + sizeof id, pattern_.data() + id % 251, text_.size() - sizeof id);
}

bool DatagramClient::send(Pipeline& pipeline, Instant due, Instant now) noexcept {
  Lane& lane = lanes_[free_.back()];
  const std::uint64_t id = lane.id + lanes_.size();
  const auto place = static_cast<std::uint16_t>(free_.back() % share_.places);
  const Target& target = plan_.targets[id / lanes_.size() % plan_.targets.size()];
  write(id);
  if (!pipeline.send_datagram(place, target.address, target.port, text_, now)) return false;
  free_.pop_back();
  lane = {id, due, true};
  sent_.push_back({id, now});
  counters_.sent.add();
  counters_.requests.add();
  counters_.text_out.add(text_.size());
  return true;
}

void DatagramClient::heard(const Datagram& datagram) noexcept {
  std::uint64_t id = 0;
  counters_.text_in.add(datagram.text.size());
  if (datagram.text.size() != text_.size()) return counters_.wrong.add();
  std::memcpy(&id, datagram.text.data(), sizeof id);
  write(id);
  if (std::memcmp(text_.data(), datagram.text.data(), text_.size()) != 0) {
    return counters_.wrong.add();
  }
  Lane& lane = lanes_[id % lanes_.size()];
  if (!lane.waits || lane.id != id) return counters_.late.add();
  lane.waits = false;
  free_.push_back(static_cast<std::uint32_t>(id % lanes_.size()));
  counters_.answers.add();
  counters_.answer.record(datagram.now - lane.due);
}

void DatagramClient::give_up(Instant now) noexcept {
  while (!sent_.empty()) {
    const Sent& oldest = sent_.front();
    Lane& lane = lanes_[oldest.id % lanes_.size()];
    const bool waits = lane.waits && lane.id == oldest.id;
    if (waits && now - oldest.at < plan_.timeout) return;
    if (waits) {
      lane.waits = false;
      free_.push_back(static_cast<std::uint32_t>(oldest.id % lanes_.size()));
      counters_.timed_out.add();
    }
    sent_.pop_front();
  }
}

Flood::Flood(const Share& share, std::uint64_t seed)
    : plan_(share.plan), share_(share), dice_(seed) {
  if (plan_.rate > 0) pace_.emplace(plan_.rate / share.workers, plan_.ramp);
}

Address Flood::any_source() noexcept {
  const std::uint64_t random = dice_.next();
  Address address = plan_.sources->address;
  const unsigned bits = (address.is_v4() ? 32U : 128U) - plan_.sources->length;
  for (unsigned i = 0; i < std::min(bits, 64U); ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
    std::uint8_t& byte = address.bytes[15 - i / 8];
    byte = static_cast<std::uint8_t>((byte & ~bit) | ((random >> i & 1) != 0 ? bit : 0));
  }
  return address;
}

std::uint32_t Flood::act(Pipeline& pipeline, Instant now) noexcept {
  if (!share_.going.load(std::memory_order_relaxed)) return 0;
  if (share_.stopping.load(std::memory_order_relaxed)) return 0;
  if (!begun_) {
    begun_ = true;
    if (pace_) pace_->start(now);
  }
  std::uint32_t done = 0;
  while (done < kMaxBurst && (!pace_ || pace_->next(now))) {
    const Target& target = plan_.targets[counters_.sent.get() % plan_.targets.size()];
    TcpHeader syn;
    syn.source_port = static_cast<std::uint16_t>(1024 + dice_.up_to(64511));
    syn.destination_port = target.port;
    syn.seq = Seq(static_cast<std::uint32_t>(dice_.next()));
    syn.flags = kSyn;
    syn.window = 0xffff;
    syn.options.mss = kSynOptionsMss;
    syn.options.has_window_scale = true;
    syn.options.window_scale = 7;
    syn.options.sack_permitted = true;
    if (!pipeline.send_stray_segment(0, std::move(syn), any_source(), target.address, now)) break;
    counters_.sent.add();
    ++done;
  }
  return done;
}

}  // namespace weir::load
