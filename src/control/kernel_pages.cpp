// Reads /sys/devices/system/node/node0/hugepages/hugepages-2048kB and its siblings
// (Documentation/admin-guide/mm/hugetlbpage.rst).
#include "control/kernel_pages.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace weir {
namespace {

constexpr unsigned kMostNodes = 64;

std::uint64_t number_in(const std::filesystem::path& file) {
  std::uint64_t value = 0;
  std::ifstream(file) >> value;
  return value;
}

void add_node(std::vector<HugePagesOfNode>& list, unsigned node) {
  constexpr std::string_view kPrefix = "hugepages-";
  const std::filesystem::path pages =
      "/sys/devices/system/node/node" + std::to_string(node) + "/hugepages";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(pages, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    list.push_back({node, 1024 * std::stoull(name.substr(kPrefix.size())),
                    number_in(entry.path() / "nr_hugepages"),
                    number_in(entry.path() / "free_hugepages")});
  }
}

}  // namespace

std::vector<HugePagesOfNode> huge_pages_of_kernel() {
  std::vector<HugePagesOfNode> list;
  for (unsigned node = 0; node < kMostNodes; ++node) add_node(list, node);
  return list;
}

}  // namespace weir
