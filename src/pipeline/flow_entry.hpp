// A connection as the control thread sees it: a copy, made by its worker between two bursts.
#pragma once

#include <cstdint>

#include "base/address.hpp"
#include "flow/flow.hpp"

namespace weir {

struct FlowEntry {
  FlowId id = kNoFlow;
  State state = State::free;
  Address remote, local;
  std::uint16_t remote_port = 0, local_port = 0;
  std::uint16_t service = 0;  ///< index in the snapshot's services
  bool has_account = false;   ///< else age and bytes are not known ([tcp] flow-accounts)
  std::uint32_t age_ms = 0;
  std::uint32_t idle_ms = 0;                 ///< since the peer was last heard of
  std::uint32_t rx_bytes = 0, tx_bytes = 0;  ///< modulo 2^32, from the sequence numbers
  std::uint32_t snd_wnd = 0, rcv_wnd = 0;    ///< bytes
  std::uint16_t mss = 0;
  bool timestamps = false, sack = false, window_scale = false;
  // Zero while the connection is idle, when there is nothing to know.
  std::uint32_t cwnd = 0, ssthresh = 0, rto_ms = 0, retransmits = 0, inflight = 0, queued = 0,
                unread = 0;
  std::uint32_t srtt_us = 0, rttvar_us = 0;
};

/// What became of a request to end flows.
struct EndedFlows {
  std::size_t looked_at = 0;  ///< entries, from the front; fewer than all when there was no room
  std::size_t ended = 0;      ///< of them: those that still were the connections of the entries
};

/// What a worker's tables weigh.
struct PipelineMemory {
  std::uint64_t sent_ranges = 0;  ///< of all scoreboards
  std::uint64_t flows = 0, max_flows = 0;
  std::uint64_t bytes_per_flow = 0;  ///< of an idle established one: record, index, timer, account
  std::uint64_t cold_objects = 0, cold_bytes = 0;  ///< alive, and bytes each
  std::uint64_t pieces = 0, timers = 0;
  std::uint64_t source_counts_bytes = 0;  ///< for max-flows-per-source
};

}  // namespace weir
