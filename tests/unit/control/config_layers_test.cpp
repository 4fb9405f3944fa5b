// Which source wins, and what each may say.
#include <gmock/gmock.h>

#include "config_kit.hpp"

namespace weir::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ConfigLayers, LaterSourcesWin) {
  const Directory d;
  const std::string file = d.write("weir.conf", kPort + kService + "[tcp]\nsyn-retries = 1\n");
  const auto retries = [&](std::vector<std::string> environment,
                           std::vector<std::string> overrides) {
    const LoadedConfig loaded =
        load_config({file, {}, std::move(environment), std::move(overrides)});
    EXPECT_THAT(complaints(loaded), IsEmpty());
    return loaded.config.tcp.syn_retries;
  };
  EXPECT_EQ(retries({}, {}), 1U);
  d.write("conf.d/20-b.conf", "[tcp]\nsyn-retries = 3\n");
  d.write("conf.d/10-a.conf", "[tcp]\nsyn-retries = 2\n");
  d.write("conf.d/30-c.conf.bak", "[tcp]\nsyn-retries = 9\n");
  EXPECT_EQ(retries({}, {}), 3U);
  EXPECT_EQ(retries({"WEIR_TCP_SYN_RETRIES=4"}, {}), 4U);
  EXPECT_EQ(retries({"WEIR_TCP_SYN_RETRIES=4"}, {"tcp.syn-retries=5"}), 5U);
  EXPECT_EQ(retries({}, {"tcp.syn-retries=5", "tcp.syn-retries=6"}), 6U);
}

TEST(ConfigLayers, ADropInContinuesASectionAndAddsToItsLists) {
  const Directory d;
  const std::string file = d.write("weir.conf", kPort + kService);
  d.write("conf.d/10.conf",
          "[service web]\nlisten = :81\n[service dns]\nhandler = echo\nlisten = :53\n");
  const LoadedConfig loaded = load_config({file, {}, {}, {}});
  ASSERT_THAT(complaints(loaded), IsEmpty());
  ASSERT_THAT(loaded.config.services, SizeIs(2));
  EXPECT_THAT(loaded.config.services[0].listen, SizeIs(2));
}

TEST(ConfigLayers, AnEmptyListForgetsWhatWasSaid) {
  const LoadedConfig loaded = load_more("listen =\nlisten = :81\n");
  ASSERT_THAT(complaints(loaded), IsEmpty());
  ASSERT_THAT(loaded.config.services[0].listen, SizeIs(1));
  EXPECT_EQ(loaded.config.services[0].listen[0].port, 81);
}

TEST(ConfigLayers, EnvironmentAndSetReplaceLists) {
  const LoadedConfig loaded =
      load_text(kPort + kService, {"WEIR_PORT_P0_ADDRESS=198.51.100.1/24,2001:db8::9/64"},
                {"service.web.listen=:81", "service.web.listen=:82"});
  ASSERT_THAT(complaints(loaded), IsEmpty());
  EXPECT_THAT(loaded.config.ports[0].addresses, SizeIs(2));
  EXPECT_EQ(to_string(loaded.config.ports[0].addresses[0]), "198.51.100.1/24");
  EXPECT_THAT(loaded.config.services[0].listen, SizeIs(2));
}

TEST(ConfigLayers, AVariableFindsNamesWithDashes) {
  const LoadedConfig loaded =
      load_text(kPort + "[service my-web_1]\nhandler = http\nlisten = :80\n",
                {"WEIR_SERVICE_MY_WEB_1_MAX_CONNECTIONS=7"});
  ASSERT_THAT(complaints(loaded), IsEmpty());
  ASSERT_THAT(loaded.config.services, SizeIs(1));
  EXPECT_EQ(loaded.config.services[0].max_connections, 7U);
}

TEST(ConfigLayers, VariablesOfOthersArePassedOver) {
  EXPECT_THAT(complaints(load_text(kPort + kService,
                                   {"PATH=/bin", "WEIR_CONFIG=/etc/x", "WEIR_VERSION=1", "WEIR_",
                                    "WEIR_=", "WEIR_SERVICE_HOST=10.0.0.1", "WEIR_SERVICE_PORT=80",
                                    "WEIR_SERVICE_PORT_STATUS=80", "WEIR_PORT=tcp://10.0.0.1:80",
                                    "WEIR_PORT_80_TCP=tcp://10.0.0.1:80",
                                    "WEIR_PORT_80_TCP_ADDR=10.0.0.1", "WEIR_TCP_MSL"})),
              IsEmpty());
}

TEST(ConfigLayers, MistypedVariablesAreReported) {
  EXPECT_THAT(
      complaints(load_text(kPort + kService, {"WEIR_TCP_MLS=1s", "WEIR_TPC_MSL=1s",
                                              "WEIR_TCP_MSL=x", "WEIR_SERVICE_WEB_ROOTS=/"})),
      ElementsAre(
          HasSubstr("environment WEIR_TCP_MLS: unknown key 'mls' in [tcp], did you mean 'msl'?"),
          HasSubstr("environment WEIR_TPC_MSL: unknown section 'tpc', did you mean 'tcp'?"),
          HasSubstr("environment WEIR_SERVICE_WEB_ROOTS: no key of [service NAME] ends"),
          HasSubstr("environment WEIR_TCP_MSL: in [tcp]: msl = 'x' is not a number")));
}

TEST(ConfigLayers, MistypedOverridesAreReported) {
  EXPECT_THAT(complaints(load_text(kPort + kService, {},
                                   {"tcp.msl", "tpc.msl=1s", "tcp.mls=1s", "msl=1s", "backlog=1",
                                    "service.backlog=1", "service.wbe.backlog=1",
                                    "service.WEB.backlog=1", "tcp.=1", "control.socket=/a #b"})),
              ElementsAre(HasSubstr("--set tcp.msl: has no '='"), HasSubstr("did you mean 'tcp'?"),
                          HasSubstr("did you mean 'msl'?"),
                          HasSubstr("no section before the key, did you mean 'tcp.msl'?"),
                          HasSubstr("did you mean 'service.NAME.backlog'?"),
                          HasSubstr("lacks a name or a key"), HasSubstr("the name 'WEB'"),
                          HasSubstr("has no key"), HasSubstr("a word that starts with '#'"),
                          HasSubstr("no file has a section [service wbe], did you mean 'web'?; "
                                    "accepted: a section of the files, or a new one with handler "
                                    "and listen")));
}

TEST(ConfigLayers, AFileThatCannotBeReadIsOneProblem) {
  const Directory d;
  const auto problems = [](const std::string& file) {
    return complaints(load_config({file, {}, {}, {}}));
  };
  EXPECT_THAT(problems(d.path() + "/none.conf"),
              ElementsAre(HasSubstr("none.conf: cannot be read: No such file or directory")));
  EXPECT_THAT(problems(d.path()), ElementsAre(HasSubstr("it is a directory")));
  EXPECT_THAT(problems("/dev/zero"), ElementsAre(HasSubstr("larger than 1 MB")));
}

TEST(ConfigLayers, AProblemNamesItsDropIn) {
  const Directory d;
  const std::string file = d.write("weir.conf", kPort + kService);
  d.write("conf.d/10.conf", "\n[tcp]\nmsl = 1\n");
  const LoadedConfig loaded = load_config({file, {}, {}, {}});
  ASSERT_THAT(loaded.problems, SizeIs(1));
  EXPECT_THAT(to_string(loaded.problems[0]),
              HasSubstr("conf.d/10.conf:3: error: in [tcp]: msl = '1'"));
}

}  // namespace
}  // namespace weir::test
