// Learning, doubting and forgetting neighbours.
#include "ip/neighbour_keeper.hpp"

#include <algorithm>

namespace weir {

void NeighbourKeeper::take(const std::vector<NeighbourNews>& news, Instant now) {
  for (const NeighbourNews& item : news) {
    if (item.kind == NeighbourNews::Kind::asked) note_request(item, now);
  }
  for (const NeighbourNews& item : news) {
    const bool teaches =
        item.kind == NeighbourNews::Kind::observed || item.kind == NeighbourNews::Kind::answered;
    if (teaches) learn(item, now);
    if (item.kind == NeighbourNews::Kind::progress) note_progress(item, now);
  }
}

// RFC 4861 §7.3.1: what was sent has reached somebody, so the neighbour that took it is where we
// think it is, though it may never answer a question (RFC 1122 §2.3.2.1 asks the same of ARP).
void NeighbourKeeper::note_progress(const NeighbourNews& news, Instant now) {
  const std::uint32_t slot = table_.slot_of(news.address);
  if (slot == NeighbourTable::kSlots) return;
  auto entry = table_.at(slot);
  if (!entry) return;
  facts_[slot] = {now, 0};
  if (entry->state == Reachability::reachable) return;
  entry->state = Reachability::reachable;
  table_.write(slot, *entry);
}

void NeighbourKeeper::note_request(const NeighbourNews& news, Instant now) {
  if (asked_.size() >= kMostAsked) {
    std::erase_if(asked_, [&](const auto& item) { return now - item.second > kAnswerTime; });
    if (asked_.size() >= kMostAsked) asked_.clear();
  }
  asked_[news.address] = now;
  const std::uint32_t slot = table_.slot_of(news.address);
  if (slot == NeighbourTable::kSlots) return;
  // RFC 1122 §2.3.2.1: what does not answer any more is forgotten and asked for anew.
  if (++facts_[slot].unanswered > kMaxUnanswered) table_.erase(slot);
}

void NeighbourKeeper::learn(const NeighbourNews& news, Instant now) {
  std::uint32_t slot = table_.slot_of(news.address);
  const bool known = slot != NeighbourTable::kSlots;
  if (news.kind == NeighbourNews::Kind::answered && !known) {
    const auto asked = asked_.find(news.address);
    if (asked == asked_.end() || now - asked->second > kAnswerTime) return;
  }
  const auto before = known ? table_.at(slot) : std::nullopt;
  const bool moved = !before || before->mac != news.mac;
  if (known && moved && !news.override_flag) return doubt(slot);
  if (!known) slot = place_for(news.address);
  if (news.kind == NeighbourNews::Kind::answered) {
    table_.write(slot, {news.address, news.mac, Reachability::reachable, news.port});
    facts_[slot] = {now, 0};
    asked_.erase(news.address);
  } else if (moved) {
    // RFC 4861 §7.2.3: who asks says where it is, not that our packets reach it.
    table_.write(slot, {news.address, news.mac, Reachability::stale, news.port});
    facts_[slot] = {now, 0};
  }
}

void NeighbourKeeper::restore(const NeighbourTable::Entry& entry, Instant now) {
  std::uint32_t slot = table_.slot_of(entry.address);
  if (slot == NeighbourTable::kSlots) slot = place_for(entry.address);
  table_.write(slot, entry);
  facts_[slot] = {now, 0};
}

// RFC 4861 §7.2.5: an advertisement that may not override and says something else.
void NeighbourKeeper::doubt(std::uint32_t slot) {
  auto entry = table_.at(slot);
  if (!entry || entry->state != Reachability::reachable) return;
  entry->state = Reachability::stale;
  table_.write(slot, *entry);
}

std::uint32_t NeighbourKeeper::place_for(const Address& address) const noexcept {
  const std::uint32_t first = table_.home(address);
  std::uint32_t oldest = first;
  for (std::uint32_t i = 0; i < NeighbourTable::kProbe; ++i) {
    const std::uint32_t slot = (first + i) % NeighbourTable::kSlots;
    if (!table_.at(slot)) return slot;
    if (facts_[slot].confirmed < facts_[oldest].confirmed) oldest = slot;
  }
  return oldest;
}

void NeighbourKeeper::age(Instant now) {
  for (std::uint32_t slot = 0; slot < NeighbourTable::kSlots; ++slot) {
    if (now - facts_[slot].confirmed >= kReachableTime) doubt(slot);
  }
}

}  // namespace weir
