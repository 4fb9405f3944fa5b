// Where memory went: pools, tables, huge pages.
#include <algorithm>

#include "control/commands_table.hpp"
#include "control/kernel_pages.hpp"

namespace weir {
namespace {

Json huge_pages_json() {
  Json list = Json::array();
  for (const HugePagesOfNode& pages : huge_pages_of_kernel()) {
    list.push_back({{"node", pages.node},
                    {"page_bytes", pages.page_bytes},
                    {"pages", pages.pages},
                    {"free", pages.free}});
  }
  return list;
}

Json pools_json(const ControlState& state) {
  Json list = Json::array();
  const std::vector<PoolState> pools = state.engine.pools();
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const PoolState& pool = pools[i];
    list.push_back(
        {{"name", pool.name},
         {"size", pool.size},
         {"free", pool.free},
         {"free_min", std::min(pool.free, state.sampler.pool_low(i).value_or(pool.free))},
         {"buffer_bytes", pool.buffer_bytes}});
  }
  return list;
}

Json read_ahead_json(const ReadAheadState& state) {
  return {{"chunk_bytes", state.chunk_bytes},
          {"chunks", state.chunks},
          {"free", state.free},
          {"streams", state.streams},
          {"waiting", state.waiting},
          {"reads", state.reads},
          {"bytes", state.bytes},
          {"failures", state.failures},
          {"overdue", state.overdue}};
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
  json["mempools"] = pools_json(state);
  json["read_ahead"] = read_ahead_json(state.engine.read_ahead());
  json["hugepages"] = huge_pages_json();
  json["workers"] = std::move(workers);
  return as_reply(json);
}

}  // namespace weir
