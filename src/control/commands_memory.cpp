// Where memory went: pools, tables, huge pages.
#include <filesystem>
#include <fstream>
#include <string>

#include "control/commands_table.hpp"

namespace weir {
namespace {

std::uint64_t number_in(const std::filesystem::path& file) {
  std::uint64_t value = 0;
  std::ifstream(file) >> value;
  return value;
}

// The kernel's view, one entry a node and page size: /sys/devices/system/node/node0/hugepages/
// hugepages-2048kB (Documentation/admin-guide/mm/hugetlbpage.rst).
void add_node(Json& list, const std::filesystem::path& node, unsigned number) {
  constexpr std::string_view kPrefix = "hugepages-";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(node / "hugepages", error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    list.push_back({{"node", number},
                    {"page_bytes", 1024 * std::stoull(name.substr(kPrefix.size()))},
                    {"pages", number_in(entry.path() / "nr_hugepages")},
                    {"free", number_in(entry.path() / "free_hugepages")}});
  }
}

Json huge_pages_json() {
  Json list = Json::array();
  for (unsigned node = 0; node < 64; ++node) {
    add_node(list, "/sys/devices/system/node/node" + std::to_string(node), node);
  }
  return list;
}

Json pools_json(const EngineView& engine) {
  Json list = Json::array();
  for (const PoolState& pool : engine.pools()) {
    list.push_back({{"name", pool.name},
                    {"size", pool.size},
                    {"free", pool.free},
                    {"buffer_bytes", pool.buffer_bytes}});
  }
  return list;
}

}  // namespace

Reply run_memory(ControlState& state, const Arguments&) {
  PipelineMemory sum;
  Json workers = Json::array();
  for (std::uint16_t w = 0; w < state.engine.worker_count(); ++w) {
    const PipelineMemory memory = state.engine.memory(w);
    sum.flows += memory.flows;
    sum.max_flows += memory.max_flows;
    sum.bytes_per_flow = std::max(sum.bytes_per_flow, memory.bytes_per_flow);
    workers.push_back({{"worker", w},
                       {"flows", memory.flows},
                       {"max_flows", memory.max_flows},
                       {"cold_objects", memory.cold_objects},
                       {"cold_bytes", memory.cold_bytes},
                       {"pieces", memory.pieces},
                       {"timers", memory.timers},
                       {"source_counts_bytes", memory.source_counts_bytes}});
  }
  Json json = reply_of("memory");
  json["bytes_per_flow"] = sum.bytes_per_flow;
  json["flows"] = sum.flows;
  json["max_flows"] = sum.max_flows;
  json["uses_hugepages"] = state.engine.uses_huge_pages();
  json["mempools"] = pools_json(state.engine);
  json["hugepages"] = huge_pages_json();
  json["workers"] = std::move(workers);
  return as_reply(json);
}

}  // namespace weir
