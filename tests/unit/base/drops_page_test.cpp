// docs/drops.md is made from the table of reasons; this test makes it and holds it to the table.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "base/drop.hpp"

namespace weir {
namespace {

std::string drops_page() {
  static const std::map<std::string, std::string> kLayers = {{"eth", "Link"},
                                                             {"arp", "ARP"},
                                                             {"ip", "IPv4 and IPv6"},
                                                             {"icmp", "ICMP"},
                                                             {"nd", "Neighbour discovery"},
                                                             {"udp", "UDP"},
                                                             {"tcp", "TCP"},
                                                             {"neighbour", "On the way out"},
                                                             {"frames", "Buffers"},
                                                             {"handoff", "Between workers"}};
  std::ostringstream page;
  page << "# Why a frame is dropped\n\n"
          "Every received frame that is refused is counted under exactly one of these names, in\n"
          "`weirctl drops` and in the JSON of every worker. A refused segment that was answered "
          "(with\n"
          "an ACK or an RST) counts as answered, and its reason in the second table, `refused`.\n\n"
          "Made from `src/base/drop.def`; `WEIR_WRITE_DOCS=1 build/tests/unit/base/test-base` "
          "writes\n"
          "it anew.\n";
  std::string layer;
  for (const DropText& drop : kDropTexts) {
    const std::string name(drop.name);
    const std::string prefix = name.substr(0, name.find('_'));
    if (prefix != layer) {
      layer = prefix;
      page << "\n## " << kLayers.at(prefix)
           << "\n\n| reason | the frame was | what to do |\n|---|---|---|\n";
    }
    page << "| `" << drop.name << "` | " << drop.what << " | " << drop.hint << " |\n";
  }
  return page.str();
}

TEST(DropsPage, IsWhatTheTableSays) {
  const std::string path = WEIR_SOURCE_DIR "/docs/drops.md";
  if (std::getenv("WEIR_WRITE_DOCS") != nullptr) std::ofstream(path) << drops_page();
  std::ifstream file(path);
  std::ostringstream there;
  there << file.rdbuf();
  EXPECT_EQ(there.str(), drops_page());
}

}  // namespace
}  // namespace weir
