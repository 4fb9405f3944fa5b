// What a recording says of itself: believed where it agrees with itself.
#include "app/replay_setting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/recording.hpp"
#include "control/json.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

Json port(const std::string& name) {
  return {{"name", name},
          {"mac", "02:00:00:00:00:01"},
          {"mtu", 1500},
          {"addresses", Json::array({{{"address", "192.0.2.1"}, {"in_use", false}}})}};
}

/// Of a weir with one port and one service.
Json facts() {
  return {{"version", "1"},
          {"layout", flight_layout()},
          {"start_ns", 1'000},
          {"config",
           "[port p0]\ndevice = net_tap0\naddress = 192.0.2.1/24\n"
           "[service web]\nhandler = http\nlisten = :80/tcp\nroot = /nowhere # weir.conf:7\n"},
          {"ports", Json::array({port("p0")})},
          {"services", Json::array({{{"name", "web"}, {"draining", true}}})}};
}

std::string refusal_of(const Json& json) {
  const auto setting = replay_setting(to_line(json));
  return setting ? "none" : setting.error().message;
}

TEST(ReplaySetting, IsWhatTheFileSays) {
  const auto setting = replay_setting(to_line(facts()));
  ASSERT_TRUE(setting) << setting.error().message;
  const Snapshot& snapshot = setting.value().snapshot;
  ASSERT_EQ(snapshot.ports.size(), 1U);
  EXPECT_EQ(snapshot.ports[0].info.mtu, 1500);
  EXPECT_EQ(to_string(snapshot.ports[0].info.mac), "02:00:00:00:00:01");
  EXPECT_FALSE(snapshot.ports[0].in_use(0));
  EXPECT_TRUE(snapshot.services.at(0).draining);
}

TEST(ReplaySetting, OfPortsThatItsConfigurationHasNotIsRefused) {
  Json more = facts(), others = facts(), none = facts();
  more["ports"].push_back(port("p1"));
  others["ports"][0]["name"] = "p1";
  none["ports"] = Json::array();
  for (const Json& json : {more, others, none}) {
    EXPECT_THAT(refusal_of(json), HasSubstr("not those of its configuration"));
  }
}

TEST(ReplaySetting, OfAnotherBuildIsRefused) {
  Json other = facts();
  other["layout"] = "something else";
  EXPECT_THAT(refusal_of(other), HasSubstr("run that one"));
}

TEST(ReplaySetting, WithoutAFactIsRefused) {
  const Json whole = facts();
  for (const auto& [name, value] : whole.items()) {
    Json json = whole;
    json.erase(name);
    EXPECT_THAT(refusal_of(json), HasSubstr(name));
  }
}

}  // namespace
}  // namespace weir
