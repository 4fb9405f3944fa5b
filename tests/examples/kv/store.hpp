// Keys and values, some of which expire.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <weir/time.hpp>

namespace kv {

/// One worker's; no clock inside.
class Store {
 public:
  /// The value, or nullptr. It is gone from the moment at which it expires.
  [[nodiscard]] const std::string* get(std::string_view key, weir::Instant now);
  /// Without `expires` it stays until somebody takes it away.
  void set(std::string_view key, std::string_view value, std::optional<weir::Instant> expires);
  /// Whether it was there.
  bool erase(std::string_view key, weir::Instant now);
  /// The number behind the key and one, nothing there being zero; nothing when it is no number or
  /// would be too large.
  [[nodiscard]] std::optional<std::int64_t> increment(std::string_view key, weir::Instant now);
  /// Frees a few of those that have expired; call it with each command.
  void sweep(weir::Instant now);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  using Expiries = std::multimap<weir::Instant, std::string>;
  struct Entry {
    std::string value;
    std::optional<Expiries::iterator> expires;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>{}(key);
    }
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  [[nodiscard]] Entries::iterator find(std::string_view key, weir::Instant now);
  void remove(Entries::iterator entry);

  Entries entries_;
  Expiries expiries_;
};

}  // namespace kv
