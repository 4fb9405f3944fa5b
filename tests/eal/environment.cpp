// A network namespace first, then the EAL, once for all tests.
#include "eal/environment.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>

namespace weir::test {
namespace {

class OneEal : public ::testing::Environment {
 public:
  void SetUp() override {
    own_network = unshare(CLONE_NEWNET) == 0;
    auto started = Eal::start({.huge_pages = HugePageUse::no,
                               .memory_mb = 192,
                               .control_cpus = {},
                               .pci = true,
                               .file_prefix = {},
                               .telemetry = false,
                               .extra_args = {},
                               .log = [this](EalLogLevel level, std::string_view line) {
                                 if (eal != nullptr) return;
                                 lines.push_back(std::to_string(static_cast<int>(level)) + " " +
                                                 std::string(line));
                               }});
    ASSERT_TRUE(started.ok()) << started.error().message;
    eal = std::move(started).value();
  }
  void TearDown() override { eal.reset(); }

  std::unique_ptr<Eal> eal;
  std::vector<std::string> lines;
  bool own_network = false;
};

OneEal& environment() {
  static auto* const one =
      static_cast<OneEal*>(::testing::AddGlobalTestEnvironment(new OneEal));  // gtest owns it
  return *one;
}
[[maybe_unused]] OneEal& registered = environment();  // before main runs the tests

}  // namespace

Eal& eal() { return *environment().eal; }
std::vector<std::string>& log_lines() { return environment().lines; }
bool has_own_network() { return environment().own_network; }

std::unique_ptr<Mempool> make_pool(const std::string& name, std::uint32_t count,
                                   std::uint16_t data_room) {
  auto pool = Mempool::create({.name = name, .count = count, .data_room = data_room});
  if (!pool.ok()) {
    ADD_FAILURE() << pool.error().message;
    return nullptr;
  }
  return std::move(pool).value();
}

std::vector<std::uint8_t> ethernet(std::string_view text) {
  static constexpr std::uint8_t kHeader[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
                                             0,    0,    0,    0,    9,    0x88, 0xb5};
  std::vector<std::uint8_t> bytes(std::max<std::size_t>(sizeof kHeader + text.size(), 60));
  std::ranges::copy(text, std::ranges::copy(kHeader, bytes.begin()).out);
  return bytes;
}

Frame frame_with(Mempool& mempool, const std::vector<std::uint8_t>& bytes) {
  Frame frame = mempool.pool().allocate();
  if (frame) std::ranges::copy(bytes, frame.append(static_cast<std::uint16_t>(bytes.size())));
  return frame;
}

std::vector<std::uint8_t> bytes_of(const Frame& frame) {
  return {frame.bytes().begin(), frame.bytes().end()};
}

}  // namespace weir::test
