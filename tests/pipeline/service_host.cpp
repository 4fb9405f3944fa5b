// What a service stands on: connections that it opens, wakes between connections, messages, counts.
#include <gtest/gtest.h>

#include "pipeline/lab.hpp"
#include "pipeline/stand.hpp"

namespace weir::test {
namespace {

constexpr std::uint16_t kFirstPort = 50000, kPorts = 3, kBackend = 9000;

/// The service of the script's port, with client ports of its own.
class Hosted : public testing::TestWithParam<Family> {
 protected:
  Hosted()
      : lab_([this](Stack::Config& config) {
          config.tune = [this](Snapshot& s) { give_ports(s); };
        }) {
    ServiceObjects& objects = lab_.pipeline().service(number_);
    objects.stand = std::make_unique<ServiceStand>(0, 1);
    objects.stand->bind(lab_.pipeline(), number_);
    host_ = objects.stand.get();
    lab_.round();  // as before any event: the pipeline is told the time
  }

  void give_ports(Snapshot& s) {
    number_ =
        s.listeners[s.listeners.find(Transport::tcp, our_address(GetParam()), kScriptPort)].service;
    for (const Family f : {Family::v4, Family::v6}) {
      for (std::uint16_t i = 0; i < kPorts; ++i) {
        Listener place{our_address(f), static_cast<std::uint16_t>(kFirstPort + i), Transport::tcp,
                       number_};
        place.passive = false;
        place.client = true;
        s.services[number_].client_places.push_back(s.listeners.add(place));
      }
    }
  }
  [[nodiscard]] Address backend() const { return peer_address(GetParam()); }
  /// The backend answers the SYN that left.
  void accepts(const Sent& syn) {
    Seg answer = syn_ack().seq(7000).ack(syn.seq + 1).mss(1400);
    answer.source_port = kBackend;
    answer.destination_port = syn.source_port;
    lab_.receive(tcp_frame(from_peer(GetParam()), answer));
  }

  std::uint16_t number_ = 0;
  Lab lab_;
  ServiceHost* host_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Both, Hosted, testing::Values(Family::v4, Family::v6));

TEST_P(Hosted, OpenConnectionsFromTheirOwnPorts) {
  std::vector<std::uint32_t> words;
  lab_.script().at_open = [&](Connection& c) {
    words.push_back(c.word());
    EXPECT_EQ(c.remote_address(), backend());
    EXPECT_EQ(c.remote_port(), kBackend);
    EXPECT_EQ(c.local_address(), our_address(GetParam()));
    EXPECT_EQ(c.local_port(), kFirstPort);
  };
  const ConnectionId id = host_->connect(backend(), kBackend, 77);
  ASSERT_NE(id, kNoConnection);
  lab_.round();
  const Sent syn = lab_.only();
  EXPECT_EQ(syn.flags, kSyn | (syn.flags & (kEce | kCwr)));
  EXPECT_EQ(syn.source_port, kFirstPort);
  EXPECT_EQ(syn.destination_port, kBackend);
  accepts(syn);
  EXPECT_EQ(words, std::vector<std::uint32_t>{77});
  lab_.on_sent = [](Frame&, const Sent&) {};
}

TEST_P(Hosted, HaveAsManyConnectionsToOnePlaceAsPorts) {
  for (std::uint16_t i = 0; i < kPorts; ++i) {
    EXPECT_NE(host_->connect(backend(), kBackend, i + 1U), kNoConnection);
  }
  EXPECT_EQ(host_->connect(backend(), kBackend, 9), kNoConnection);
  EXPECT_NE(host_->connect(backend(), kBackend + 1, 9), kNoConnection) << "another place";
  lab_.round();
  EXPECT_EQ(lab_.sent().size(), kPorts + 1U);
  lab_.on_sent = [](Frame&, const Sent&) {};
}

TEST_P(Hosted, DoNotConnectToWhatIsNoHost) {
  EXPECT_EQ(host_->connect(Address{}, kBackend, 1), kNoConnection);
  EXPECT_EQ(host_->connect(address("224.0.0.1"), kBackend, 1), kNoConnection);
  EXPECT_EQ(host_->connect(our_address(GetParam()), kBackend, 1), kNoConnection);
  EXPECT_EQ(host_->connect(backend(), 0, 1), kNoConnection);
  EXPECT_TRUE(lab_.sent().empty());
}

TEST_P(Hosted, HearThatNobodyAnswered) {
  ASSERT_NE(host_->connect(backend(), kBackend, 5), kNoConnection);
  lab_.round();
  const Sent syn = lab_.only();
  Seg refusal = rst_ack().seq(0).ack(syn.seq + 1);
  refusal.source_port = kBackend;
  refusal.destination_port = syn.source_port;
  lab_.receive(tcp_frame(from_peer(GetParam()), refusal));
  EXPECT_EQ(lab_.script().ends, std::vector<EndReason>{EndReason::reset});
  EXPECT_EQ(lab_.script().opened, 0);
}

TEST_P(Hosted, NobodyConnectsToAClientPort) {
  Seg knock = syn().seq(1);
  knock.destination_port = kFirstPort;
  lab_.receive(tcp_frame(from_peer(GetParam()), knock));
  EXPECT_EQ(lab_.only().flags, kRst | kAck);
  EXPECT_EQ(lab_.refused(Drop::tcp_no_connection), 1U);
}

/// Wakes others, and counts how often it was woken itself.
class Waker final : public TcpService {
 public:
  std::function<void(Connection&)> at_open, at_wake;
  std::vector<std::uint32_t> woken;
  std::vector<std::uint32_t> messages;
  void on_open(Connection& c) noexcept override {
    if (at_open) at_open(c);
  }
  std::size_t on_text(Connection&, Text& text) noexcept override { return text.bytes.size(); }
  void on_wake(Connection& c) noexcept override {
    woken.push_back(c.word());
    if (at_wake) at_wake(c);
  }
  void on_message(const Message& message) noexcept override { messages.push_back(message.kind); }
};

class Woken : public Hosted {
 protected:
  Woken() {
    auto waker = std::make_unique<Waker>();
    waker_ = waker.get();
    lab_.pipeline().service(number_).tcp = std::move(waker);
  }
  ~Woken() override {
    lab_.on_sent = [](Frame&, const Sent&) {};
  }
  ConnectionId opened(std::uint32_t word) {
    const ConnectionId id = host_->connect(backend(), kBackend, word);
    lab_.round();
    const Sent syn = lab_.sent().back();
    lab_.sent().clear();
    accepts(syn);
    lab_.sent().clear();
    return id;
  }
  Waker* waker_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Both, Woken, testing::Values(Family::v4, Family::v6));

TEST_P(Woken, AreCalledOnceAndMaySend) {
  const ConnectionId one = opened(1), two = opened(2);
  waker_->at_wake = [](Connection& c) { c.send("awake"); };
  host_->wake(two);
  host_->wake(two);
  EXPECT_TRUE(waker_->woken.empty()) << "not within the call";
  lab_.round();
  EXPECT_EQ(waker_->woken, std::vector<std::uint32_t>{2});
  EXPECT_EQ(lab_.only().text, "awake");
  host_->wake(one);
  host_->wake(two);
  lab_.round();
  EXPECT_EQ(waker_->woken, (std::vector<std::uint32_t>{2, 1, 2}));
}

TEST_P(Woken, TwoThatWakeEachOtherTakeTurnsByRounds) {
  const ConnectionId one = opened(1), two = opened(2);
  waker_->at_wake = [&](Connection& c) { host_->wake(c.word() == 1 ? two : one); };
  host_->wake(one);
  lab_.round();
  lab_.round();
  lab_.round();
  EXPECT_EQ(waker_->woken, (std::vector<std::uint32_t>{1, 2, 1}));
}

TEST_P(Woken, WhoHasEndedIsNotCalled) {
  const ConnectionId one = opened(1);
  waker_->at_wake = [](Connection& c) { c.abort(); };
  host_->wake(one);
  lab_.round();
  host_->wake(one);
  host_->wake(kNoConnection);
  lab_.round();
  EXPECT_EQ(waker_->woken.size(), 1U);
}

TEST_P(Woken, AConnectionTellsWhatTheKernelWould) {
  TcpInfo info;
  waker_->at_open = [&](Connection& c) { info = c.info(); };
  (void)opened(1);
  EXPECT_EQ(info.mss, 1400);
  EXPECT_EQ(info.peer_window, 65535U);
  EXPECT_GT(info.our_window, 0U);
  EXPECT_EQ(info.in_flight, 0U);
  EXPECT_FALSE(info.sack);
}

TEST_P(Woken, MessagesAndCountsReachTheirService) {
  Message message;
  message.kind = 42;
  lab_.pipeline().deliver(number_, message, lab_.now());
  lab_.pipeline().deliver(60'000, message, lab_.now());
  EXPECT_EQ(waker_->messages, std::vector<std::uint32_t>{42});
  host_->count(2);
  host_->count(2, 10);
  host_->count(kMostServiceCounters);
  EXPECT_EQ(lab_.counters().services[number_].own[2].get(), 11U);
}

}  // namespace
}  // namespace weir::test
