// What is printed: the dump reads back, the reference and the shipped file name every key.
#include <gmock/gmock.h>

#include <sstream>

#include "config_kit.hpp"
#include "control/config_keys.hpp"

namespace weir::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

template <class Change>  // std::string Change(std::string line)
std::string each_line(const std::string& text, Change change) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) out += change(line) + "\n";
  return out;
}

/// The dump without the origins: equal for equal configurations.
std::string without_comments(const LoadedConfig& loaded) {
  return each_line(dump_effective(loaded), [](std::string line) {
    const std::size_t comment = line.find(" # ");
    if (comment != line.npos) line.resize(comment);
    while (line.ends_with(' ')) line.pop_back();
    return line;
  });
}

/// A line with single blanks.
std::string unpadded(std::string line) {
  for (std::size_t at; (at = line.find("  ")) != line.npos;) line.erase(at, 1);
  return line;
}

TEST(DumpEffective, ReadsBackAsTheSameConfiguration) {
  const LoadedConfig first =
      load_text(kPort + kService +
                    "nagle = no\n[port p0]\ngateway = 192.0.2.254\nvlan =\n[workers]\n"
                    "cpus = 2-3\n[control]\ngroup =\nsocket = /run/a#b\n",
                {"WEIR_TCP_MSL=2m"}, {"service.web.listen=:81 :82", "log.level=debug"});
  ASSERT_THAT(complaints(first), IsEmpty());
  const LoadedConfig second = load_text(dump_effective(first));
  ASSERT_THAT(complaints(second), IsEmpty());
  EXPECT_EQ(without_comments(first), without_comments(second));
  EXPECT_EQ(second.config.tcp.msl, 120s);
  EXPECT_EQ(second.config.control.group, "");
  EXPECT_EQ(second.config.control.socket, "/run/a#b");
  EXPECT_THAT(second.config.services.at(0).listen, SizeIs(2));
  EXPECT_EQ(second.config.ports.at(0).gateway_v4, Address::parse("192.0.2.254"));
}

TEST(DumpEffective, NamesTheOriginOfEachValue) {
  const Directory d;
  const std::string file = d.write("weir.conf", kPort + kService + "backlog = 1024\n");
  d.write("conf.d/10-cpus.conf", "\n[workers]\ncpus = 2-5\n");
  const std::string dump = dump_effective(load_config(
      {file, {}, {"WEIR_TCP_MSL=2m"}, {"service.web.backlog=4096", "service.web.nagle=off"}}));
  const auto line = [&](const std::string& key) {
    const std::size_t at = dump.find("\n" + key + " ") + 1;
    return unpadded(dump.substr(at, dump.find('\n', at) - at));
  };
  EXPECT_EQ(line("device"), "device = net_tap0 # weir.conf:2");
  EXPECT_EQ(line("cpus"), "cpus = 2-5 # conf.d/10-cpus.conf:3");
  EXPECT_EQ(line("backlog"),
            "backlog = 4096 # --set service.web.backlog=4096 (file said 1024, weir.conf:8)");
  EXPECT_EQ(line("nagle"), "nagle = off # --set service.web.nagle=off");
  EXPECT_EQ(line("msl"), "msl = 2m # environment WEIR_TCP_MSL");
  EXPECT_EQ(line("mtu"), "mtu = 1500 # default");
}

TEST(DumpEffective, PrintsEveryKey) {
  const std::string dump = dump_effective(load_more(""));
  for (const Key& key : config_keys())
    EXPECT_THAT(dump, HasSubstr("\n" + std::string(key.name) + " "));
}

TEST(ConfigKeys, DefaultsAreThoseOfTheModel) {
  const Config loaded = load_more("").config;
  const auto same = [](const auto& a, const auto& b, auto... members) {
    return ((a.*members == b.*members) && ...);
  };
  EXPECT_TRUE(same(loaded.ports.at(0), PortConfig{}, &PortConfig::mtu, &PortConfig::queues,
                   &PortConfig::vlan, &PortConfig::gateway_v4, &PortConfig::gateway_v6));
  using S = ServiceConfig;
  EXPECT_TRUE(same(loaded.services.at(0), S{}, &S::root, &S::backlog, &S::max_connections,
                   &S::idle_timeout, &S::header_timeout, &S::nagle, &S::status, &S::fast_open,
                   &S::keep_alive, &S::size, &S::close));
  EXPECT_TRUE(same(loaded.workers, WorkersConfig{}, &WorkersConfig::cpus, &WorkersConfig::idle));
  EXPECT_TRUE(same(loaded.memory, MemoryConfig{}, &MemoryConfig::mbufs, &MemoryConfig::hugepages,
                   &MemoryConfig::read_ahead));
  using T = TcpConfig;
  EXPECT_TRUE(same(loaded.tcp, T{}, &T::syncookies, &T::congestion, &T::ecn, &T::send_buffer,
                   &T::receive_buffer, &T::receive_buffer_max, &T::pacing, &T::max_flows_per_source,
                   &T::rto_min, &T::rto_min_spread, &T::msl, &T::syn_retries, &T::r2, &T::max_flows,
                   &T::rst_limit, &T::flow_accounts, &T::delayed_ack));
  EXPECT_TRUE(same(loaded.ip, IpConfig{}, &IpConfig::ttl, &IpConfig::icmp_limit));
  EXPECT_TRUE(same(loaded.control, ControlConfig{}, &ControlConfig::socket, &ControlConfig::group));
  EXPECT_TRUE(same(loaded.metrics, MetricsConfig{}, &MetricsConfig::listen));
  EXPECT_TRUE(same(loaded.log, LogConfig{}, &LogConfig::level, &LogConfig::format));
  EXPECT_TRUE(same(loaded.dpdk, DpdkConfig{}, &DpdkConfig::eal_args));
}

TEST(ConfigReference, IsThePageInDocs) {
  if (const char* path = std::getenv("WEIR_WRITE_REFERENCE"))
    std::ofstream(path) << config_reference();
  EXPECT_EQ(source_file("docs/weir.conf.md"), config_reference())
      << "write it again: WEIR_WRITE_REFERENCE=docs/weir.conf.md test-control-config";
}

/// weir.conf with its `#key = value` lines in force; prose stands behind "# ".
std::string uncommented(const std::string& text) {
  return each_line(text, [](const std::string& line) {
    const bool key = line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
    return key ? line.substr(1) : line;
  });
}

TEST(ShippedFile, LoadsAsItIsAndWithEveryKeyInForce) {
  const std::string text = source_file("config/weir.conf");
  const LoadedConfig as_is = load_text(text);
  const LoadedConfig all = load_text(uncommented(text));
  EXPECT_EQ(problem_report(as_is), "");
  EXPECT_EQ(problem_report(all), "");
}

TEST(ShippedFile, ShowsEveryKeyWithItsDefault) {
  const LoadedConfig all = load_text(uncommented(source_file("config/weir.conf")));
  for (const SectionTexts& section : all.sections) {
    if (is_named(section.section) && section.name != "wan" && section.name != "web") continue;
    for (const Key& key : config_keys(section.section)) {
      const auto setting = section.settings.find(key.name);
      ASSERT_NE(setting, section.settings.end())
          << header_text(section.section, section.name) << key.name;
      if (key.need == Need::required || key.is_list()) continue;
      ASSERT_THAT(setting->second.values, SizeIs(1)) << key.name;
      EXPECT_EQ(setting->second.values[0].text, key.default_text) << key.name;
    }
  }
}

TEST(Demo, AnswersWithEveryServiceOnBothFamilies) {
  const Config demo = demo_config();
  ASSERT_THAT(demo.ports, SizeIs(1));
  EXPECT_THAT(demo.ports[0].device, HasSubstr("iface=weir-demo0"));
  EXPECT_THAT(demo.ports[0].addresses, SizeIs(2));
  EXPECT_THAT(demo.services, SizeIs(6));
  EXPECT_EQ(demo.memory.hugepages, HugePages::no);
  std::size_t listens = 0;
  for (const ServiceConfig& service : demo.services) {
    listens += service.listen.size();
    EXPECT_EQ(service.status, service.handler == Handler::http);
  }
  EXPECT_EQ(listens, 8U);
}

TEST(Demo, CanBeOverridden) {
  const LoadedConfig loaded =
      load_config({"demo", std::string(demo_config_text()), {}, {"service.http.backlog=9"}});
  EXPECT_THAT(complaints(loaded), IsEmpty());
}

}  // namespace
}  // namespace weir::test
