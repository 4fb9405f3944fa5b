// The commands capture, trace and why on an engine without a data plane, whose frames the test
// makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "control/commands.hpp"
#include "ctl/pcapng_counter.hpp"
#include "fake_engine.hpp"
#include "frame/memory_pool.hpp"
#include "support/frames.hpp"

namespace weir::test {
namespace {

using ::testing::HasSubstr;

class Captures : public testing::Test {
 protected:
  /// What a worker would do with a frame that leaves.
  void leaves(std::uint16_t worker, std::uint64_t cycles, std::size_t size = 60) {
    leaves(worker, cycles, Octets(size, 7));
  }
  void leaves(std::uint16_t worker, std::uint64_t cycles, const Octets& bytes) {
    const Frame frame = pool_.make(bytes);
    engine_.sinks[worker]->leaving({&frame, 1}, cycles);
    engine_.sinks[worker]->left(1);
  }
  /// And with one that arrives, if the capture wants it.
  void arrives(std::uint16_t worker, std::uint64_t cycles, const Octets& bytes) {
    const Frame frame = pool_.make(bytes);
    if (!engine_.sinks[worker]->wants(frame, Direction::received)) return;
    engine_.sinks[worker]->begin(frame, cycles);
    engine_.sinks[worker]->end({}, {}, {});
  }
  /// Between 192.0.2.1, which is ours, and 192.0.2.9.
  static Octets echo(std::uint8_t type, std::uint16_t identifier, std::uint16_t sequence) {
    Ends ends;
    ends.source = *Address::parse("192.0.2.1");
    ends.destination = *Address::parse("192.0.2.9");
    if (type == 0) std::swap(ends.source, ends.destination);
    const auto high = [](std::uint16_t n) { return static_cast<std::uint8_t>(n >> 8); };
    const auto low = [](std::uint16_t n) { return static_cast<std::uint8_t>(n); };
    return icmp_frame(ends, type, 0,
                      Octets{high(identifier), low(identifier), high(sequence), low(sequence)});
  }
  Reply ask(const std::string& name, const Json& args) {
    return commands_.execute(to_line(Json{{"v", 1}, {"cmd", name}, {"args", args}}));
  }
  std::string error_of(const std::string& name, const Json& args) {
    const Json json = Json::parse(ask(name, args).text);
    return json.contains("error") ? json["error"]["message"].get<std::string>() : "no error";
  }
  static std::vector<Json> lines_of(const std::string& text) {
    std::vector<Json> lines;
    for (std::size_t from = 0, to; (to = text.find('\n', from)) != std::string::npos;
         from = to + 1) {
      lines.push_back(Json::parse(text.substr(from, to - from)));
    }
    return lines;
  }

  FakeEngine engine_;
  MemoryPool pool_{8, 4096};
  Log log_{{LogLevel::error, LogFormat::text}};
  Commands commands_{engine_, {"1", "22", "weir.conf", "", {}}, log_};
};

TEST_F(Captures, GoOnUntilTheClientHasEnough) {
  Reply reply = ask("capture", {{"format", "json"}});
  EXPECT_EQ(Json::parse(reply.text)["schema"], "weir.capture.v1");
  ASSERT_NE(reply.stream, nullptr);
  EXPECT_EQ(reply.stream->more(false), "");
  leaves(0, 1000);
  leaves(1, 3000);
  leaves(0, 2000);
  const auto lines = lines_of(reply.stream->more(false).value());
  ASSERT_EQ(lines.size(), 3U);
  for (const std::size_t i : {0U, 1U, 2U}) {
    EXPECT_EQ(lines[i]["worker"], i == 2 ? 1 : 0) << "in order of time";
    EXPECT_EQ(lines[i]["direction"], "sent");
    EXPECT_EQ(lines[i]["port"], "p0");
  }
  leaves(1, 4000);
  const auto last = lines_of(reply.stream->more(true).value());
  ASSERT_EQ(last.size(), 2U) << "what was there when the client left comes too";
  EXPECT_EQ(last[1]["schema"], "weir.capture_end.v1");
  EXPECT_EQ(last[1]["because"], "client");
  EXPECT_EQ(last[1]["written"], 4);
  EXPECT_EQ(last[1]["lost"], 0);
  EXPECT_FALSE(reply.stream->more(true));
  EXPECT_EQ(engine_.sinks[0], nullptr);
  EXPECT_EQ(engine_.sinks[1], nullptr);
}

TEST_F(Captures, EndAtTheirCount) {
  Reply reply = ask("capture", {{"format", "json"}, {"count", 2}});
  for (std::uint64_t t = 1; t < 5; ++t) leaves(0, t);
  const auto lines = lines_of(reply.stream->more(false).value());
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[2]["because"], "count");
  EXPECT_EQ(engine_.sinks[0], nullptr) << "workers are left alone at once";
}

TEST_F(Captures, EndAtTheirBytes) {
  Reply reply = ask("capture", {{"megabytes", 1}});
  std::size_t bytes = 0;
  for (std::uint64_t t = 1; t < 2000; ++t) {
    if (engine_.sinks[0] == nullptr) break;
    leaves(0, t, 2000);
    bytes += reply.stream->more(false).value().size();
  }
  EXPECT_GE(bytes, 1'000'000U);
  EXPECT_LT(bytes, 1'010'000U);
}

TEST_F(Captures, WhoeverLeavesWithoutAWordEndsThem) {
  { const Reply reply = ask("capture", Json::object()); }
  EXPECT_EQ(engine_.sinks[0], nullptr);
  EXPECT_EQ(engine_.sinks[1], nullptr);
}

TEST_F(Captures, InPcapngSayHowManyWereLost) {
  Reply reply = ask("capture", {{"snap", 2000}});
  for (std::uint64_t t = 1; t <= 3000; ++t) leaves(0, t, 2000);  // the ring takes about 2000
  ctl::PcapngCounter counter;
  while (auto piece = reply.stream->more(true)) {
    // In pieces as a socket may cut them.
    for (std::size_t at = 0; at < piece->size(); at += 777) counter.see(piece->substr(at, 777));
  }
  EXPECT_TRUE(counter.complete());
  EXPECT_GT(counter.lost(), 500U);
  EXPECT_EQ(counter.packets() + counter.lost(), 3000U);
}

TEST_F(Captures, SayWhatIsWrongWithARequest) {
  EXPECT_THAT(error_of("capture", {{"direction", "up"}}), HasSubstr("none of both, rx, tx"));
  EXPECT_THAT(error_of("capture", {{"port", "lan"}}), HasSubstr("there are: p0"));
  EXPECT_THAT(error_of("capture", {{"reason", "tcp_no_listner"}}),
              HasSubstr("did you mean 'tcp_no_listener'?; 'weirctl drops --all' lists them"));
  EXPECT_THAT(error_of("capture", {{"drops", true}, {"direction", "tx"}}),
              HasSubstr("drops are received frames"));
  EXPECT_THAT(error_of("capture", {{"format", "text"}}), HasSubstr("none of pcapng, json"));
  EXPECT_THAT(error_of("capture", {{"filter", "tcp prot 80"}}), HasSubstr("syntax error"));
  EXPECT_THAT(error_of("trace", {{"filter", "("}}), HasSubstr("filter: "));
  EXPECT_EQ(engine_.sinks[0], nullptr);
}

TEST_F(Captures, SayWhichOfBothReasonsKeepsAWorkerFromTakingThem) {
  engine_.taps_are_taken = true;
  for (const char* name : {"capture", "trace"}) {
    EXPECT_THAT(error_of(name, Json::object()), HasSubstr("4 captures run already")) << name;
  }
  const Json there = {{"address", "192.0.2.9"}};
  EXPECT_THAT(error_of("ping", there), HasSubstr("4 captures run already"));
  engine_.answers = false;
  EXPECT_THAT(error_of("capture", Json::object()), HasSubstr("worker 0 does not answer"));
  EXPECT_THAT(error_of("arping", there), HasSubstr("worker 0 does not answer"));
  EXPECT_EQ(Json::parse(ask("capture", Json::object()).text)["error"]["code"], "refused");
}

TEST_F(Captures, APingAsksOnceASecondAndTellsWhatCame) {
  Reply reply = ask("ping", {{"address", "192.0.2.9"}, {"count", 1}});
  EXPECT_EQ(Json::parse(reply.text)["source"], "192.0.2.1");
  ASSERT_NE(reply.stream, nullptr);
  EXPECT_EQ(reply.stream->more(false), "");
  ASSERT_EQ(engine_.echoes.size(), 1U);
  const EchoRequest& request = engine_.echoes[0];
  EXPECT_EQ(request.identifier, engine_.expected_echo);
  EXPECT_NE(request.identifier, 0);
  leaves(0, 1000, echo(8, request.identifier, 1));
  arrives(1, 251'000, echo(0, request.identifier, 1));
  const auto lines = lines_of(reply.stream->more(false).value());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["us"], 250.0);
  EXPECT_EQ(lines[0]["mac"], to_string(kPeerMac));
  EXPECT_EQ(lines[1]["answered"], 1);
  EXPECT_FALSE(reply.stream->more(false));
  EXPECT_EQ(engine_.expected_echo, 0);
  EXPECT_EQ(engine_.sinks[0], nullptr);
}

TEST_F(Captures, APingTakesNoLateReplyForTheAnswer) {
  Reply reply = ask("ping", {{"address", "192.0.2.9"}, {"count", 1}});
  EXPECT_EQ(reply.stream->more(false), "");
  const std::uint16_t identifier = engine_.echoes.at(0).identifier;
  leaves(0, 1000, echo(8, identifier, 1));
  arrives(1, 2000, echo(0, identifier, 0xffff));
  EXPECT_EQ(reply.stream->more(false), "") << "to a question that was given up";
  arrives(1, 251'000, echo(0, identifier, 1));
  EXPECT_EQ(lines_of(reply.stream->more(false).value()).at(0)["us"], 250.0);
}

TEST_F(Captures, AQuestionThatDidNotLeaveIsNotTheHostsFault) {
  const auto lines_when_over = [](const Reply& reply) {
    std::string text;
    while (const auto more = reply.stream->more(false)) {
      text += *more;
      std::this_thread::sleep_for(10ms);
    }
    return lines_of(text);
  };
  const Json once = {{"address", "192.0.2.9"}, {"count", 1}};
  engine_.sends = false;
  for (const char* name : {"ping", "arping"}) {
    const auto lines = lines_when_over(ask(name, once));
    ASSERT_EQ(lines.size(), 2U) << name;
    EXPECT_EQ(lines[0]["sent"], false) << name;
    EXPECT_EQ(lines[1]["unsent"], 1) << name;
  }
  engine_.sends = true;
  EXPECT_EQ(lines_when_over(ask("ping", once)).at(0)["sent"], true)
      << "it may wait for the host's MAC address";
  const Reply heard = ask("arping", once);
  EXPECT_EQ(heard.stream->more(false), "");
  leaves(0, 1000,
         arp_frame(1, kOurMac, *Address::parse("192.0.2.1"), *Address::parse("192.0.2.9")));
  const auto lines = lines_when_over(heard);
  EXPECT_EQ(lines.at(0)["sent"], true);
  EXPECT_EQ(lines.at(0)["us"], nullptr);
  EXPECT_EQ(lines.at(1)["unsent"], 0);
}

TEST_F(Captures, AnArpingTakesNobodysQuestionForTheAnswer) {
  Reply reply = ask("arping", {{"address", "192.0.2.9"}, {"count", 1}});
  EXPECT_EQ(reply.stream->more(false), "");
  const Address ours = *Address::parse("192.0.2.1"), host = *Address::parse("192.0.2.9"),
                other = *Address::parse("192.0.2.7");
  constexpr Mac kOtherMac{{2, 0, 0, 0, 0, 7}};
  leaves(0, 1000, arp_frame(1, kOurMac, ours, host));
  arrives(1, 2000, arp_frame(1, kOtherMac, other, host));
  EXPECT_EQ(reply.stream->more(false), "") << "somebody else asks who has it";
  arrives(1, 251'000, arp_frame(2, kPeerMac, host, ours, kOurMac));
  const auto lines = lines_of(reply.stream->more(false).value());
  EXPECT_EQ(lines.at(0)["us"], 250.0);
  EXPECT_EQ(lines.at(0)["mac"], to_string(kPeerMac));
}

TEST_F(Captures, AnArpingTakesNobodysSolicitationForTheAnswer) {
  Reply reply = ask("arping", {{"address", "2001:db8::9"}, {"count", 1}});
  EXPECT_EQ(reply.stream->more(false), "");
  const Address ours = *Address::parse("2001:db8::1"), host = *Address::parse("2001:db8::9"),
                other = *Address::parse("2001:db8::7");
  constexpr std::uint32_t kSolicited = 0x4000'0000, kOverride = 0x2000'0000;
  leaves(0, 1000, solicitation(ours, host, kOurMac));
  arrives(1, 2000, solicitation(other, host));
  arrives(1, 3000, advertisement(host, ours, kPeerMac, kOverride));
  EXPECT_EQ(reply.stream->more(false), "") << "neither a question of others nor an announcement";
  arrives(1, 251'000, advertisement(host, ours, kPeerMac, kSolicited | kOverride));
  EXPECT_EQ(lines_of(reply.stream->more(false).value()).at(0)["us"], 250.0);
}

TEST_F(Captures, OnePingRunsAtATime) {
  const Json there = {{"address", "192.0.2.9"}};
  {
    const Reply first = ask("ping", there);
    const std::uint16_t identifier = engine_.expected_echo;
    EXPECT_THAT(error_of("ping", there), HasSubstr("another ping runs"));
    EXPECT_NE(ask("arping", there).stream, nullptr) << "that expects no echo";
    EXPECT_EQ(engine_.expected_echo, identifier) << "the first is still answered";
  }
  EXPECT_EQ(engine_.expected_echo, 0);
  EXPECT_NE(ask("ping", there).stream, nullptr);
}

TEST_F(Captures, APingNeedsAWay) {
  EXPECT_THAT(error_of("ping", {{"address", "203.0.113.9"}}), HasSubstr("no port has a way"));
  EXPECT_THAT(error_of("arping", {{"address", "203.0.113.9"}}), HasSubstr("on no port's link"));
  EXPECT_THAT(error_of("ping", {{"address", "192.0.2.1"}}), HasSubstr("is Weir itself"));
  EXPECT_THAT(error_of("ping", {{"address", "224.0.0.1"}}), HasSubstr("no address of a host"));
}

TEST_F(Captures, APingNeedsAnAddressInUse) {
  LocalPort& port = engine_.change_snapshot().ports[0];
  port.states = std::make_shared<AddressStates>(port.addresses.size(), AddressState::preferred);
  port.states->set(0, AddressState::duplicated);
  for (const char* name : {"ping", "arping"}) {
    const Json reply = Json::parse(ask(name, {{"address", "192.0.2.9"}}).text);
    ASSERT_TRUE(reply.contains("error")) << name;
    EXPECT_EQ(reply["error"]["code"], "refused");
    EXPECT_EQ(reply["error"]["message"],
              "port p0 has no IPv4 address in use; 'weirctl address' says what is with them");
    EXPECT_NE(ask(name, {{"address", "2001:db8::9"}}).stream, nullptr) << "that one is";
  }
}

RefusedFrame refused(const Octets& bytes, Drop reason, Instant at) {
  RefusedFrame frame;
  frame.at = at;
  frame.length = static_cast<std::uint32_t>(bytes.size());
  frame.captured = static_cast<std::uint8_t>(std::min(bytes.size(), RefusedFrame::kMostBytes));
  std::copy_n(bytes.begin(), frame.captured, frame.bytes.begin());
  frame.outcome = Outcome::drop(reason);
  return frame;
}

TEST_F(Captures, WhyTellsOfOnePeerAlone) {
  Ends other = from_peer(Family::v4);
  other.source = stranger_address(Family::v4);
  engine_.refused = {
      refused(udp_frame(from_peer(Family::v4), 5000, 99, "a"), Drop::udp_no_listener, Instant(1s)),
      refused(udp_frame(other, 5000, 99, "b"), Drop::udp_no_listener, Instant(2s)),
      refused(tcp_frame(from_peer(Family::v4), syn()), Drop::tcp_bad_checksum, Instant(3s))};
  const Json all = Json::parse(ask("why", {{"address", "192.0.2.2"}}).text);
  EXPECT_EQ(all["found"], 2);
  EXPECT_EQ(all["frames"][0]["reason"], "udp_no_listener");
  EXPECT_EQ(all["frames"][1]["reason"], "tcp_bad_checksum");
  EXPECT_EQ(all["frames"][1]["time"], "1970-01-01T00:00:03.000000Z");
  EXPECT_EQ(all["frames"][1]["what"], text(Drop::tcp_bad_checksum).what);
  const Json one = Json::parse(ask("why", {{"address", "192.0.2.2"}, {"port", 40000}}).text);
  EXPECT_EQ(one["found"], 1);
  const Json last = Json::parse(ask("why", {{"address", "192.0.2.2"}, {"limit", 1}}).text);
  EXPECT_EQ(last["frames"].size(), 1U);
  EXPECT_EQ(last["frames"][0]["reason"], "tcp_bad_checksum") << "the latest";
  EXPECT_THAT(error_of("why", {{"address", "somebody"}}), HasSubstr("is no address"));
}

TEST_F(Captures, RefusedFramesAreCountedByWhereTheyWantedToGo) {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  const Instant now(since_1970), earlier(since_1970 - 90s);
  Ends other = from_peer(Family::v4);
  other.destination = stranger_address(Family::v4);
  Octets tagged = udp_frame(from_peer(Family::v6), 5000, 99, "c");
  tagged.insert(tagged.begin() + 12, {0x81, 0x00, 0x20, 30});
  engine_.refused = {refused(udp_frame(other, 5000, 7, "a"), Drop::ip_not_ours, earlier),
                     refused(tagged, Drop::eth_vlan_unknown, now),
                     refused(udp_frame(other, 5000, 7, "a"), Drop::ip_not_ours, now),
                     refused(udp_frame(other, 5000, 9, "longer"), Drop::ip_not_ours, now),
                     refused({1, 2, 3}, Drop::eth_truncated, now)};
  const Json all = Json::parse(ask("refused", Json::object()).text);
  EXPECT_EQ(all["schema"], "weir.refused.v1");
  EXPECT_EQ(all["found"], 3) << "the first frame is too old";
  const Json& most = all["aims"][0];
  EXPECT_EQ(most["reason"], "ip_not_ours");
  EXPECT_EQ(most["frames"], 2);
  EXPECT_EQ(most["address"], to_string(other.destination));
  EXPECT_EQ(most["mac"], to_string(kOurMac));
  EXPECT_EQ(most["port"], "p0");
  EXPECT_EQ(most["longest"], udp_frame(other, 5000, 9, "longer").size());
  const Json vlan = Json::parse(ask("refused", {{"reason", "eth_vlan_unknown"}}).text);
  ASSERT_EQ(vlan["aims"].size(), 1U);
  EXPECT_EQ(vlan["aims"][0]["vlan"], 30);
  const Json short_one = Json::parse(ask("refused", {{"reason", "eth_truncated"}}).text);
  EXPECT_EQ(short_one["aims"][0]["mac"], "");
  EXPECT_EQ(short_one["aims"][0]["address"], nullptr);
  EXPECT_EQ(Json::parse(ask("refused", {{"seconds", 120}}).text)["aims"][0]["frames"], 3);
  EXPECT_EQ(Json::parse(ask("refused", {{"limit", 1}}).text)["aims"].size(), 1U);
  EXPECT_THAT(error_of("refused", {{"reason", "mbuf_exhausted"}}),
              HasSubstr("no reason 'mbuf_exhausted'; near it: frames_exhausted; "));
}

}  // namespace
}  // namespace weir::test
