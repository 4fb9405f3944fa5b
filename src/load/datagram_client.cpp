#include "load/datagram_client.hpp"

#include <algorithm>
#include <cstring>

namespace weir::load {
namespace {

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
      lanes_(share.connections()),
      schedule_(share.rate(), share.plan.ramp),
      text_(share.plan.size),
      pattern_(share.plan.size + 256) {
  SplitMix64 dice{0x5eed};
  for (std::uint8_t& b : pattern_) b = static_cast<std::uint8_t>(dice.next());
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    free_.push_back(i);
    lanes_[i].id = i;
  }
}

std::unique_ptr<UdpService> DatagramClient::make_service() {
  return std::make_unique<Service>(*this);
}

std::uint32_t DatagramClient::act(Pipeline& pipeline, Instant now) noexcept {
  give_up(now);
  const bool begins = share_.going.load(std::memory_order_relaxed) &&
                      !share_.stopping.load(std::memory_order_relaxed);
  if (!begins) return 0;
  schedule_.advance(now);
  counters_.behind.set(schedule_.behind());
  const bool planned = schedule_.is_open_loop();
  const std::size_t most = schedule_.allowed(lanes_.size(), now);
  std::uint32_t done = 0;
  while (done < kMaxBurst && !free_.empty() && lanes_.size() - free_.size() < most) {
    if (planned && !schedule_.is_due()) break;
    send(pipeline, planned ? schedule_.due() : now, now);
    if (planned) schedule_.take();
    ++done;
  }
  return done;
}

// The datagram's number, then bytes that follow from it.
void DatagramClient::write(std::uint64_t id) noexcept {
  std::memcpy(text_.data(), &id, sizeof id);
  std::memcpy(text_.data() + sizeof id, pattern_.data() + id % 251, text_.size() - sizeof id);
}

// What cannot leave, for want of a buffer or of a way, counts as lost when its time is over, and
// the other targets have their turns.
void DatagramClient::send(Pipeline& pipeline, Instant due, Instant now) noexcept {
  Lane& lane = lanes_[free_.front()];
  const std::uint64_t id = lane.id + lanes_.size();
  const auto place = static_cast<std::uint16_t>(free_.front() % share_.places);
  const Target& target = plan_.targets[id % plan_.targets.size()];
  free_.pop_front();
  write(id);
  (void)pipeline.send_datagram(place, target.address, target.port, text_, now);
  lane = {id, due, true};
  sent_.push_back({id, now});
  counters_.in_flight.add();
  counters_.sent.add();
  counters_.requests.add();
  counters_.text_out.add(text_.size());
}

void DatagramClient::set_free(Lane& lane) noexcept {
  lane.waits = false;
  free_.push_back(static_cast<std::uint32_t>(lane.id % lanes_.size()));
  counters_.in_flight.subtract();
}

void DatagramClient::heard(const Datagram& datagram) noexcept {
  std::uint64_t id = 0;
  counters_.text_in.add(datagram.text.size());
  if (datagram.text.size() < sizeof id) return counters_.wrong.add();
  std::memcpy(&id, datagram.text.data(), sizeof id);
  Lane& lane = lanes_[id % lanes_.size()];
  const bool awaited = lane.waits && lane.id == id;
  write(id);
  const bool right = datagram.text.size() == text_.size() &&
                     std::memcmp(text_.data(), datagram.text.data(), text_.size()) == 0;
  if (awaited) set_free(lane);
  if (!right) return counters_.wrong.add();
  if (!awaited) return counters_.late.add();
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
      set_free(lane);
      counters_.timed_out.add();
    }
    sent_.pop_front();
  }
}

Flood::Flood(const Share& share, std::uint64_t seed)
    : plan_(share.plan),
      share_(share),
      schedule_(share.plan.rate / share.workers, share.plan.ramp),
      dice_(seed) {}

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
  const bool begins = share_.going.load(std::memory_order_relaxed) &&
                      !share_.stopping.load(std::memory_order_relaxed);
  if (!begins) return 0;
  schedule_.advance(now);
  counters_.behind.set(schedule_.behind());
  const bool planned = schedule_.is_open_loop();
  std::uint32_t done = 0;
  while (done < kMaxBurst && (!planned || schedule_.is_due())) {
    if (planned) schedule_.take();
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
