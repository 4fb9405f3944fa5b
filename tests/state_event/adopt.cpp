// Another snapshot under open connections: what a reload and a drain do to them.
#include "service/discard.hpp"
#include "service/echo.hpp"
#include "support/peer.hpp"

namespace weir::test {
namespace {

class Adopt : public BothFamilies {
 protected:
  /// A connection to echo, with one exchange behind it.
  Peer echoing() {
    Peer::Setup setup;
    setup.port = kEchoPort;
    Peer peer = Peer::established(GetParam(), std::move(setup));
    is_echoed(peer, "before");
    return peer;
  }
  static void is_echoed(Peer& peer, const std::string& text) {
    peer.sends(ack().with(kPsh).text(text));
    peer.expects(ack().text(text));
    peer.sends(ack());
  }
  /// One of echo's that closed first.
  Peer in_time_wait() {
    Peer peer = echoing();
    const std::uint16_t place =
        peer.stack().snapshot().listeners.find(Transport::tcp, our_address(GetParam()), kEchoPort);
    peer.stack().pipeline().call(
        peer.stack().pipeline().find({peer_address(GetParam()), 40000, place}),
        [](Connection& c) { c.close(); }, peer.stack().now());
    peer.advance(1ms);
    peer.expects(ack().with(kFin));
    peer.sends(ack().with(kFin));
    peer.expects(ack());
    EXPECT_EQ(peer.state(), State::time_wait);
    return peer;
  }
  /// The stack goes over to a copy of its snapshot with that change.
  void adopt(Stack& stack, const std::function<void(Snapshot&)>& change,
             std::vector<ServiceObjects> fresh = {}) {
    auto next = std::make_shared<Snapshot>(last_ ? *last_ : stack.snapshot());
    change(*next);
    Adoption adoption(next, std::move(fresh), stack.counters());
    stack.pipeline().adopt(adoption);
    last_ = next;  // the one before may go
  }
  std::uint16_t echo_place() const {
    const Snapshot& now = *last_;
    return now.listeners.find(Transport::tcp, our_address(GetParam()), kEchoPort);
  }
  /// The echo port is another service's from now on.
  void give_echo_port_to_discard(Stack& stack) {
    const std::size_t before = stack.snapshot().services.size();
    std::vector<ServiceObjects> fresh(before + 1);
    fresh[before].tcp = std::make_unique<DiscardService>();
    adopt(
        stack,
        [&](Snapshot& s) {
          const std::uint16_t old =
              s.listeners.find(Transport::tcp, our_address(GetParam()), kEchoPort);
          s.listeners.retire(old);
          ServiceLimits limits = s.services[0];
          s.services.push_back(limits);
          Listener listener = s.listeners[old];
          s.listeners.add({listener.address, listener.port, Transport::tcp,
                           static_cast<std::uint16_t>(before)});
        },
        std::move(fresh));
  }
  Peer another(Peer& first, std::uint16_t source_port) {
    Peer::Setup setup;
    setup.port = kEchoPort;
    setup.source_port = source_port;
    setup.shared = first.shared();
    return Peer(GetParam(), std::move(setup));
  }

  std::shared_ptr<const Snapshot> last_;  // outlives the peers of a test
};
WEIR_BOTH_FAMILIES(Adopt);

TEST_P(Adopt, AConnectionGoesOnUnderOtherSettings) {
  Peer peer = echoing();
  adopt(peer.stack(), [](Snapshot& s) {
    s.ttl = 17;
    s.tcp.delayed_ack_ms = 0;
  });
  peer.sends(ack().with(kPsh).text("after"));
  EXPECT_EQ(peer.expects(ack().text("after")).ttl, 17);
}

TEST_P(Adopt, ItsServiceGoesOnWhenAnotherHasThePlace) {
  Peer peer = echoing();
  give_echo_port_to_discard(peer.stack());
  is_echoed(peer, "still echoed");
  Peer late = another(peer, 40001);
  late.connects();
  late.sends(ack().with(kPsh).text("read and forgotten"));
  late.advance(1s);
  for (const Sent& s : late.takes_all()) EXPECT_EQ(s.text, "") << "the new service's";
  is_echoed(peer, "and once more");
}

TEST_P(Adopt, WhatComesToANewServiceIsTimedAsItsOwn) {
  Peer peer = echoing();
  const auto handshakes = [&](std::size_t service) {
    HistogramReading reading;
    reading.add(peer.stack().counters().of_service(static_cast<std::uint16_t>(service)).handshake);
    return reading.count();
  };
  const std::size_t fresh = peer.stack().snapshot().services.size();
  give_echo_port_to_discard(peer.stack());
  Peer late = another(peer, 40001);
  late.connects();
  EXPECT_EQ(handshakes(0), 1U);
  EXPECT_EQ(handshakes(fresh), 1U);
}

// It hears nothing any more, but what it has to say does not leave somewhere else.
TEST_P(Adopt, AConnectionOfAnAddressThatIsGoneStaysOnItsPort) {
  Peer::Setup setup;
  setup.port = kEchoPort;
  setup.stack.tune = [](Snapshot& s) {
    s.ports.push_back(s.ports[0]);
    s.ports[1].addresses.clear();
  };
  Peer peer = Peer::established(GetParam(), std::move(setup));
  peer.sends(ack().with(kPsh).text("once"));
  peer.expects(ack().text("once"));
  adopt(peer.stack(), [&](Snapshot& s) {
    std::erase_if(s.ports[0].addresses,
                  [&](const Prefix& p) { return p.address == our_address(GetParam()); });
    (GetParam() == Family::v4 ? s.ports[0].gateway_v4 : s.ports[0].gateway_v6) =
        peer_address(GetParam());
  });
  peer.advance(1s);
  peer.expects(ack().text("once"));
  peer.stack().sent().clear();
}

TEST_P(Adopt, ANumberCountsFromZeroUnderAnotherName) {
  Peer peer = echoing();
  peer.sends(ack().with(kFin));
  peer.expects(ack().with(kFin));
  peer.sends(ack());
  const ServiceCounters& counts = peer.stack().counters().services[0];
  const Histogram& handshakes = peer.stack().counters().of_service(0).handshake;
  const auto timed = [&] {
    HistogramReading reading;
    reading.add(handshakes);
    return std::pair(reading.count(), reading.sum() != 0);
  };
  ASSERT_EQ(counts.ended.get(), 1U);
  const auto before = timed();
  ASSERT_EQ(before.first, 1U);
  adopt(peer.stack(), [](Snapshot& s) { s.services[0].backlog = 7; });
  EXPECT_EQ(counts.accepted.get(), 1U) << "the same name goes on";
  EXPECT_EQ(timed(), before);
  adopt(peer.stack(), [](Snapshot& s) { s.services[0].name = "another"; });
  EXPECT_EQ(counts.accepted.get(), 0U);
  EXPECT_EQ(counts.ended.get(), 0U);
  EXPECT_EQ(timed(), std::pair(std::uint64_t{0}, false));
}

TEST_P(Adopt, ItEndsAsEverWhenAnotherHasThePlace) {
  Peer peer = echoing();
  give_echo_port_to_discard(peer.stack());
  peer.sends(ack().with(kFin));
  peer.expects(ack().with(kFin));
  peer.sends(ack());
  EXPECT_TRUE(peer.gone());
}

// RFC 9293 §3.6.1: whoever closed first may be asked anew, and the new service answers.
TEST_P(Adopt, ItsTimeWaitMayBeReopenedForTheNewService) {
  Peer peer = in_time_wait();
  give_echo_port_to_discard(peer.stack());
  peer.advance(2s);
  const std::uint32_t first = peer.next() + 100'000;
  peer.sends(syn().mss(1400).seq(first));
  peer.expects(syn_ack());
  peer.sends(ack().seq(first + 1));
  peer.sends(ack().with(kPsh).seq(first + 1).text("read and forgotten"));
  peer.advance(1s);
  const auto answers = peer.takes_all();
  EXPECT_FALSE(answers.empty());
  for (const Sent& s : answers) EXPECT_EQ(s.text, "") << "echo's";
  EXPECT_EQ(peer.stack().counters().services[last_->services.size() - 1].accepted.get(), 1U);
}

// Its client would repeat the SYN in vain if it were challenged, since RFC 1337 forbids to believe
// the RST that it answers with.
TEST_P(Adopt, ItsTimeWaitIsRefusedByAServiceThatDrains) {
  Peer peer = in_time_wait();
  adopt(peer.stack(), [&](Snapshot& s) {
    s.services[0].draining = true;
    s.listeners.set_passive(s.listeners.find(Transport::tcp, our_address(GetParam()), kEchoPort),
                            false);
  });
  peer.advance(2s);
  const std::uint32_t later = peer.next() + 100'000;
  peer.sends(syn().mss(1400).seq(later));
  peer.expects(rst_ack().ack(later + 1));
  EXPECT_EQ(peer.state(), State::time_wait);
  peer.sends(syn().mss(1400).seq(later - 200'000));  // an old one
  peer.expects(ack());
}

TEST_P(Adopt, ThePlaceComesBackToItsFirstService) {
  Peer peer = echoing();
  give_echo_port_to_discard(peer.stack());
  Peer between = another(peer, 40001);
  between.connects();
  adopt(peer.stack(), [&](Snapshot& s) {
    const std::uint16_t there =
        s.listeners.find(Transport::tcp, our_address(GetParam()), kEchoPort);
    s.listeners.retire(there);
    Listener wanted = s.listeners[there];
    wanted.service = 0;
    const std::uint16_t before = s.listeners.find_retired(wanted);
    ASSERT_NE(before, kNoListener);
    s.listeners.revive(before);
  });
  is_echoed(peer, "the first is at home");
  Peer late = another(peer, 40002);
  late.connects();
  is_echoed(late, "the last too");
  between.sends(ack().with(kPsh).text("read and forgotten"));
  between.advance(1s);
  for (const Sent& s : between.takes_all()) EXPECT_EQ(s.text, "");
}

TEST_P(Adopt, AServiceThatDrainsRefusesNewConnectionsOnly) {
  Peer peer = echoing();
  const auto drain = [&](bool drains) {
    adopt(peer.stack(), [&](Snapshot& s) {
      s.services[0].draining = drains;
      s.listeners.set_passive(s.listeners.find(Transport::tcp, our_address(GetParam()), kEchoPort),
                              !drains);
    });
  };
  drain(true);
  is_echoed(peer, "open ones go on");
  Peer late = another(peer, 40001);
  late.sends(syn().mss(1400));
  late.expects(rst_ack());
  EXPECT_EQ(late.stack().refused(Drop::tcp_draining), 1U);
  late.sends(ack());
  late.expects(rst());
  EXPECT_EQ(late.stack().refused(Drop::tcp_no_connection), 1U) << "only a SYN asks for a service";
  drain(false);
  Peer later = another(peer, 40002);
  later.connects();
  is_echoed(later, "welcome again");
}

TEST_P(Adopt, ASynToAPlaceThatAReloadTookAwayFindsNoListener) {
  Peer peer = echoing();
  adopt(peer.stack(), [&](Snapshot& s) {
    s.listeners.retire(s.listeners.find(Transport::tcp, our_address(GetParam()), kEchoPort));
  });
  Peer late = another(peer, 40001);
  late.sends(syn().mss(1400));
  late.expects(rst_ack());
  EXPECT_EQ(late.stack().refused(Drop::tcp_no_listener), 1U);
}

TEST_P(Adopt, ARetiredUdpPlaceIsNobodys) {
  Peer peer = echoing();
  adopt(peer.stack(), [&](Snapshot& s) {
    s.listeners.retire(s.listeners.find(Transport::udp, our_address(GetParam()), kEchoPort));
  });
  peer.stack().sent().clear();
  peer.stack().receive(udp_frame(from_peer(GetParam()), 5000, kEchoPort, "hello"));
  ASSERT_EQ(peer.stack().sent().size(), 1U);
  EXPECT_EQ(peer.stack().sent()[0].kind, Sent::Kind::icmp);
  peer.stack().sent().clear();
}

}  // namespace
}  // namespace weir::test
