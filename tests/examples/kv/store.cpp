// What expires is gone at once for whoever asks, and freed a little at a time.
#include "store.hpp"

#include <charconv>
#include <limits>

namespace kv {

Store::Entries::iterator Store::find(std::string_view key, weir::Instant now) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end() || !entry->second.expires) return entry;
  if (now < (*entry->second.expires)->first) return entry;
  remove(entry);
  return entries_.end();
}

void Store::remove(Entries::iterator entry) {
  if (entry->second.expires) expiries_.erase(*entry->second.expires);
  entries_.erase(entry);
}

const std::string* Store::get(std::string_view key, weir::Instant now) {
  const auto entry = find(key, now);
  return entry == entries_.end() ? nullptr : &entry->second.value;
}

void Store::set(std::string_view key, std::string_view value,
                std::optional<weir::Instant> expires) {
  auto entry = entries_.find(key);
  if (entry == entries_.end()) entry = entries_.emplace(std::string(key), Entry{}).first;
  Entry& there = entry->second;
  there.value = value;
  if (there.expires) expiries_.erase(*there.expires);
  there.expires.reset();
  if (expires) there.expires = expiries_.emplace(*expires, std::string(key));
}

bool Store::erase(std::string_view key, weir::Instant now) {
  const auto entry = find(key, now);
  if (entry == entries_.end()) return false;
  remove(entry);
  return true;
}

std::optional<std::int64_t> Store::increment(std::string_view key, weir::Instant now) {
  const auto entry = find(key, now);
  std::int64_t value = 0;
  if (entry != entries_.end()) {
    const std::string& text = entry->second.value;
    const char* const last = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc{} || stop != last) return std::nullopt;
  }
  if (value == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  ++value;
  if (entry != entries_.end()) {
    entry->second.value = std::to_string(value);
  } else {
    set(key, std::to_string(value), std::nullopt);
  }
  return value;
}

void Store::sweep(weir::Instant now) {
  constexpr int kAtOnce = 4;
  for (int i = 0; i < kAtOnce && !expiries_.empty(); ++i) {
    const auto first = expiries_.begin();
    if (now < first->first) return;
    remove(entries_.find(first->second));
  }
}

}  // namespace kv
