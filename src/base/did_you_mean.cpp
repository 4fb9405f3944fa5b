#include "base/did_you_mean.hpp"

#include <algorithm>
#include <numeric>

namespace weir {
namespace {

constexpr std::size_t kMostEdits = 2;

/// Edits (insert, delete, replace) from one word to the other; words too different in length are
/// not compared, so that a long line costs nothing.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  if (a.size() > b.size() + kMostEdits || b.size() > a.size() + kMostEdits) return kMostEdits + 1;
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::size_t fewest = kMostEdits + 1;
  std::string_view closest;
  for (const std::string_view candidate : candidates) {
    const std::size_t edits = edit_distance(word, candidate);
    // Two edits turn `ip` into anything of its length: a suggestion must keep a part of the word.
    if (edits < fewest && edits < candidate.size()) {
      fewest = edits;
      closest = candidate;
    }
  }
  return closest.empty() ? std::string{} : ", did you mean '" + std::string(closest) + "'?";
}

}  // namespace weir
