// What is timed: handshakes, round trips, and requests until their answers have left.
#include "base/histogram.hpp"
#include "state_event.hpp"

namespace weir::test {
namespace {

using Times = BothFamilies;
WEIR_BOTH_FAMILIES(Times);

constexpr std::uint16_t kScripted = 4, kEcho = 0;  // their places among the stack's services

HistogramReading reading_of(const Histogram& histogram) {
  HistogramReading reading;
  reading.add(histogram);
  return reading;
}
ServiceHistograms& times_of(Peer& peer, std::uint16_t service = kScripted) {
  return peer.stack().counters().of_service(service);
}
/// All that was recorded is one value, this one as far as the scale knows it.
void is_one_of(const Histogram& histogram, Duration d) {
  const HistogramReading reading = reading_of(histogram);
  EXPECT_EQ(reading.count(), 1U);
  EXPECT_EQ(reading.sum(), static_cast<std::uint64_t>(d.count()));
  EXPECT_LE(reading.min(), reading.sum());
  EXPECT_GE(reading.max(), reading.sum());
}
void is_none(const Histogram& histogram) { EXPECT_EQ(reading_of(histogram).count(), 0U); }

/// The first ten segments leave at once, what remains when they are acknowledged.
constexpr std::size_t kLongAnswer = 20'000;

PeerSetup answering(std::size_t size) {
  PeerSetup setup;
  setup.tune = [](Snapshot& s) {
    s.tcp.pacing = false;
    s.services[kScripted].tcp.nagle = false;
  };
  setup.script = [size](ScriptedService& service) {
    service.at_text = [size](Connection& c, Text& text) {
      EXPECT_EQ(c.send(pattern(0, size)), size);
      c.answered(c.now());
      return text.bytes.size();
    };
  };
  return setup;
}
void asks(Peer& peer) { peer.sends(ack().with(kPsh).text("a question")); }

TEST_P(Times, AHandshakeOfAPeer50MsAwayTakes50Ms) {
  Peer peer = Peer::after_syn(GetParam());
  is_none(times_of(peer).handshake);
  peer.advance(50ms);
  peer.sends(ack());
  is_one_of(times_of(peer).handshake, 50ms);
  is_one_of(times_of(peer).rtt, 50ms);
}

TEST_P(Times, ALostSynAckIsPartOfTheHandshakeAndNoRoundTrip) {
  Peer peer = Peer::after_syn(GetParam());
  peer.advance(1100ms);
  (void)peer.takes_all();  // the SYN-ACK again
  peer.sends(ack());
  is_one_of(times_of(peer).handshake, 1100ms);
  is_none(times_of(peer).rtt);
}

TEST_P(Times, AHandshakeWhoseStateIsInTheCookieIsNotTimed) {
  PeerSetup setup;
  setup.tune = [](Snapshot& s) { s.tcp.cookies = tcp::Cookies::always; };
  Peer peer(GetParam(), std::move(setup));
  peer.sends(syn().mss(1400));
  peer.expects(syn_ack());
  peer.advance(50ms);
  peer.sends(ack());
  EXPECT_EQ(peer.state(), State::established);
  is_none(times_of(peer).handshake);
}

TEST_P(Times, TextAndItsAckAreARoundTrip) {
  PeerSetup setup;
  setup.port = kEchoPort;
  Peer peer = Peer::established(GetParam(), std::move(setup));
  const std::uint64_t before = reading_of(times_of(peer, kEcho).rtt).count();
  peer.sends(ack().with(kPsh).text("text"));
  peer.expects(ack().text("text"));
  peer.advance(30ms);
  peer.sends(ack());
  const HistogramReading after = reading_of(times_of(peer, kEcho).rtt);
  EXPECT_EQ(after.count(), before + 1);
  EXPECT_GE(after.max(), 30'000'000U);
}

TEST_P(Times, ARequestIsOverWhenItsAnswerHasLeft) {
  Peer peer = Peer::established(GetParam(), answering(100));
  asks(peer);
  is_one_of(times_of(peer).request, 0ms);  // within one round, which takes no time here
}

TEST_P(Times, ARequestIsNotOverBeforeTheLastByteHasLeft) {
  Peer peer = Peer::established(GetParam(), answering(kLongAnswer));
  asks(peer);
  is_none(times_of(peer).request);
  (void)peer.takes_all();
  peer.advance(40ms);
  is_none(times_of(peer).request);
  peer.sends(ack());
  is_one_of(times_of(peer).request, 40ms);
}

TEST_P(Times, RequestsOfOneMomentAreTimedTogether) {
  Peer peer = Peer::established(GetParam(), answering(100));
  peer.sends_burst({ack().with(kPsh).text("one"), ack().with(kPsh).text("two")});
  EXPECT_EQ(reading_of(times_of(peer).request).count(), 2U);
}

TEST_P(Times, WhoAsksBeforeTheAnswerHasLeftIsNotTimedTwice) {
  Peer peer = Peer::established(GetParam(), answering(kLongAnswer));
  asks(peer);
  peer.advance(5ms);
  asks(peer);
  (void)peer.takes_all();
  peer.advance(35ms);
  peer.sends(ack());
  is_one_of(times_of(peer).request, 40ms);
}

TEST_P(Times, ARequestWhoseConnectionEndsIsNeverOver) {
  Peer peer = Peer::established(GetParam(), answering(kLongAnswer));
  asks(peer);
  (void)peer.takes_all();
  peer.sends(rst());
  EXPECT_TRUE(peer.gone());
  is_none(times_of(peer).request);
}

}  // namespace
}  // namespace weir::test
