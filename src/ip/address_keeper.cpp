// From tentative to preferred, or to duplicated.
#include "ip/address_keeper.hpp"

namespace weir {

void AddressKeeper::replace(const std::vector<Local>& locals) {
  std::vector<Entry> before;
  before.swap(entries_);
  for (const Local& local : locals) {
    add(local);
    for (const Entry& entry : before) {
      if (entry.local.address != local.address || entry.local.port != local.port) continue;
      entries_.back().phase = entry.phase;
      entries_.back().probed = entry.probed;
    }
  }
}

std::vector<AddressKeeper::Task> AddressKeeper::advance(Instant now) {
  std::vector<Task> tasks;
  for (Entry& entry : entries_) {
    const Local& local = entry.local;
    const AddressState state = local.states->at(local.index);
    if (entry.phase == Phase::settled) continue;
    if (entry.phase == Phase::fresh && state == AddressState::tentative) {
      entry.phase = Phase::probing;
      entry.probed = now;
      tasks.push_back({Task::Kind::probe, local.address, local.port});
      continue;
    }
    if (entry.phase == Phase::probing && now - entry.probed < kProbeTime) continue;
    entry.phase = Phase::settled;
    local.states->set(local.index, AddressState::preferred);
    tasks.push_back({Task::Kind::announce, local.address, local.port});
  }
  return tasks;
}

bool AddressKeeper::claimed(const NeighbourNews& claim) {
  for (Entry& entry : entries_) {
    const Local& local = entry.local;
    if (local.address != claim.address || local.port != claim.port) continue;
    if (local.states->at(local.index) != AddressState::tentative) continue;
    local.states->set(local.index, AddressState::duplicated);
    entry.phase = Phase::settled;
    return true;
  }
  return false;
}

}  // namespace weir
