// UDP services that answer at length, send on their own account and are woken.
#include <gtest/gtest.h>

#include <algorithm>

#include "pipeline/lab.hpp"

namespace weir::test {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Does what the test says; keeps when it was woken.
class Talker final : public UdpService {
 public:
  std::size_t longest = 0;
  std::function<std::int32_t(const Datagram&, std::span<std::uint8_t>)> at_datagram;
  std::function<void(UdpOutlet&)> at_timeout;
  std::vector<Instant> woken;

  [[nodiscard]] bool answers_anything() const noexcept override { return false; }
  [[nodiscard]] std::size_t longest_reply() const noexcept override { return longest; }
  [[nodiscard]] std::int32_t on_datagram(const Datagram& datagram,
                                         std::span<std::uint8_t> reply) noexcept override {
    return at_datagram ? at_datagram(datagram, reply) : -1;
  }
  void on_timeout(UdpOutlet& outlet) noexcept override {
    woken.push_back(outlet.now());
    if (at_timeout) at_timeout(outlet);
  }
};

/// Stands where the stack discards datagrams.
class UdpServices : public testing::TestWithParam<Family> {
 protected:
  UdpServices() {
    const Listeners& all = lab_.pipeline().snapshot().listeners;
    const std::uint16_t local = all.find(Transport::udp, our_address(GetParam()), kDiscardPort);
    auto talker = std::make_unique<Talker>();
    talker_ = talker.get();
    lab_.pipeline().service(all[local].service).udp = std::move(talker);
  }
  void ask(const std::string& text) {
    lab_.receive(udp_frame(from_peer(GetParam()), 5000, kDiscardPort, text));
  }
  [[nodiscard]] UdpPath path() const {
    return {peer_address(GetParam()), our_address(GetParam()), 5000, kDiscardPort};
  }
  static std::string text_of(const Sent& sent) { return {sent.l4.begin() + 8, sent.l4.end()}; }

  Lab lab_;
  Talker* talker_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Both, UdpServices, testing::Values(Family::v4, Family::v6));

TEST_P(UdpServices, MayAnswerAsLongAsTheySay) {
  talker_->longest = 1232;
  std::size_t room = 0;
  talker_->at_datagram = [&room](const Datagram& asked, std::span<std::uint8_t> reply) {
    room = reply.size();
    EXPECT_EQ(asked.text.size(), 3U);
    std::ranges::fill(reply, 'a');
    return static_cast<std::int32_t>(reply.size());
  };
  ask("why");
  EXPECT_EQ(room, 1232U);
  EXPECT_EQ(text_of(lab_.only()), std::string(1232, 'a'));
  EXPECT_EQ(lab_.counters().answered.get(), 1U);
}

TEST_P(UdpServices, HaveNoMoreRoomThanTheRequestElse) {
  talker_->at_datagram = [](const Datagram&, std::span<std::uint8_t> reply) {
    EXPECT_EQ(reply.size(), 3U);
    return 1000;
  };
  ask("why");
  EXPECT_EQ(text_of(lab_.only()), "why");
}

TEST_P(UdpServices, HaveTheRoomOfTheFrameAtMost) {
  talker_->longest = 60'000;
  std::size_t room = 0;
  talker_->at_datagram = [&room](const Datagram&, std::span<std::uint8_t> reply) {
    room = reply.size();
    return -1;
  };
  ask("why");
  EXPECT_GE(room, 1900U);
  EXPECT_LT(room, 2304U);
  EXPECT_EQ(lab_.counters().delivered.get(), 1U);
}

TEST_P(UdpServices, SendBesideTheirAnswer) {
  talker_->at_datagram = [this](const Datagram& asked, std::span<std::uint8_t>) {
    EXPECT_TRUE(asked.outlet->send(asked.path(), bytes_of("first")));
    UdpPath elsewhere = path();
    elsewhere.remote_port = 6000;
    EXPECT_TRUE(asked.outlet->send(elsewhere, bytes_of("second")));
    return -1;
  };
  ask("why");
  ASSERT_EQ(lab_.sent().size(), 2U);
  EXPECT_EQ(text_of(lab_.sent()[0]), "first");
  EXPECT_EQ(lab_.sent()[0].destination, peer_address(GetParam()));
  EXPECT_EQ(lab_.sent()[0].source, our_address(GetParam()));
  EXPECT_EQ(text_of(lab_.sent()[1]), "second");
  EXPECT_EQ(lab_.sent()[1].l4[2] << 8 | lab_.sent()[1].l4[3], 6000);
  lab_.sent().clear();
}

TEST_P(UdpServices, SendFromTheirOwnPlacesAlone) {
  talker_->at_datagram = [this](const Datagram& asked, std::span<std::uint8_t>) {
    UdpPath anothers = path();
    anothers.local_port = kEchoPort;
    EXPECT_FALSE(asked.outlet->send(anothers, bytes_of("x")));
    UdpPath nobodys = path();
    nobodys.local = peer_address(GetParam());
    EXPECT_FALSE(asked.outlet->send(nobodys, bytes_of("x")));
    EXPECT_FALSE(asked.outlet->send(path(), Octets(70'000)));
    return -1;
  };
  ask("why");
  EXPECT_TRUE(lab_.sent().empty());
}

TEST_P(UdpServices, SendNoMoreThanTheBufferTakesBesideAnswers) {
  talker_->at_datagram = [](const Datagram& asked, std::span<std::uint8_t>) {
    std::uint32_t sent = 0;
    while (asked.outlet->send(asked.path(), bytes_of("x")) && sent < 2000) ++sent;
    EXPECT_EQ(sent, TxBuffer::kCapacity - Sender::kRoomForReplies);
    return -1;
  };
  ask("why");
  lab_.sent().clear();
}

TEST_P(UdpServices, AreWokenWhenTheyAskedForIt) {
  const Instant start = lab_.now();
  talker_->at_datagram = [](const Datagram& asked, std::span<std::uint8_t>) {
    asked.outlet->set_timeout(300ms);
    return -1;
  };
  talker_->at_timeout = [this](UdpOutlet& outlet) {
    EXPECT_TRUE(outlet.send(path(), bytes_of("tick")));
    if (talker_->woken.size() < 2) outlet.set_timeout(1s);
  };
  ask("why");
  lab_.advance(10s);
  ASSERT_EQ(talker_->woken.size(), 2U);
  const Duration first = talker_->woken[0] - start;
  EXPECT_GE(first, 300ms);
  EXPECT_LE(first, 302ms);
  const Duration second = talker_->woken[1] - talker_->woken[0];
  EXPECT_GE(second, 1s);
  EXPECT_LE(second, 1002ms);
  ASSERT_EQ(lab_.sent().size(), 2U);
  EXPECT_EQ(text_of(lab_.sent()[1]), "tick");
  lab_.sent().clear();
}

TEST_P(UdpServices, PutTheirTimerOffAndCallItOff) {
  Duration delay = 300ms;
  talker_->at_datagram = [&delay](const Datagram& asked, std::span<std::uint8_t>) {
    asked.outlet->set_timeout(delay);
    return -1;
  };
  ask("in 300 ms");
  delay = 2s;
  ask("no, in two seconds");
  const Instant asked = lab_.now();
  lab_.advance(1s);
  EXPECT_TRUE(talker_->woken.empty());
  lab_.advance(2s);
  ASSERT_EQ(talker_->woken.size(), 1U);
  EXPECT_GE(talker_->woken[0] - asked, 2s);
  ask("again");
  delay = Duration::zero();
  ask("no, never");
  lab_.advance(5s);
  EXPECT_EQ(talker_->woken.size(), 1U);
}

}  // namespace
}  // namespace weir::test
