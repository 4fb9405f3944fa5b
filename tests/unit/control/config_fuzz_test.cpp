// Whatever bytes come, the loader answers with values or problems; the sanitizers watch.
#include <gtest/gtest.h>

#include <random>

#include "config_kit.hpp"
#include "control/values.hpp"

namespace weir::test {
namespace {

constexpr std::uint32_t kSeed = 0x5eed;
constexpr const char* kPieces[] = {"[port p0]\n",
                                   "[service web]\n",
                                   "[tcp]\n",
                                   "[",
                                   "]",
                                   "=",
                                   "#",
                                   ";",
                                   "\n",
                                   "\r\n",
                                   " ",
                                   "\t",
                                   "\xEF\xBB\xBF",
                                   "listen",
                                   "address",
                                   "device",
                                   "handler",
                                   "msl",
                                   "mtu",
                                   "cpus",
                                   "-1",
                                   "0",
                                   "4294967296",
                                   "1K",
                                   "30s",
                                   ":80/tcp",
                                   "[2001:db8::1]:80",
                                   "192.0.2.1/24",
                                   "http",
                                   "echo",
                                   "2-5,8",
                                   "auto",
                                   "/",
                                   ":",
                                   ",",
                                   "-",
                                   "."};

class Bytes {
 public:
  /// Half raw bytes, half pieces of the language, so that the inner parsers are reached too.
  std::string text(std::size_t most) {
    std::string out;
    const std::size_t pieces = random_() % (most + 1);
    for (std::size_t i = 0; i < pieces; ++i) {
      if (random_() % 8 == 0) {
        out += static_cast<char>(random_());
      } else {
        out += kPieces[random_() % std::size(kPieces)];
      }
    }
    return out;
  }

 private:
  std::mt19937 random_{kSeed};
};

TEST(ConfigFuzz, TheReaderTakesAnyBytes) {
  Bytes bytes;
  for (int i = 0; i < 100'000; ++i) {
    const IniText ini = read_ini(bytes.text(20), "f");
    for (const IniEntry& entry : ini.entries) ASSERT_FALSE(value_problem(entry.value).has_value());
  }
}

template <SettingValue... V>
void parse_all(std::string_view text) {
  ((void)V::parse(text), ...);
}

TEST(ConfigFuzz, TheValuesTakeAnyBytes) {
  Bytes bytes;
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = bytes.text(6);
    parse_all<Number<Unit::time, 1, ~0ULL>, Number<Unit::rate, 1, 9, Word::off>, CpuList,
              DeviceName, WordList, AddressValue, PrefixValue, ListenValue, Choice<bool>>(text);
    // What is read is written so that it is read again.
    if (const auto listen = ListenValue::parse(text)) {
      for (const ListenConfig& one : listen.value().resolve(Handler::http)) {
        ASSERT_TRUE(ListenValue::parse(to_string(one)).ok()) << text;
      }
    }
  }
}

TEST(ConfigFuzz, TheLoaderTakesAnyBytesFromEverySource) {
  Bytes bytes;
  for (int i = 0; i < 3'000; ++i) {
    const LoadedConfig loaded =
        load_text(bytes.text(60), {"WEIR_" + bytes.text(4), "WEIR_TCP_" + bytes.text(4)},
                  {bytes.text(4), "service.web." + bytes.text(4)});
    ASSERT_FALSE(dump_effective(loaded).empty());
    ASSERT_EQ(problem_report(loaded).empty(), loaded.ok());
  }
}

}  // namespace
}  // namespace weir::test
