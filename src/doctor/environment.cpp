#include "doctor/environment.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace weir::doctor {
namespace fs = std::filesystem;

bool Environment::exists(std::string_view path) const {
  std::error_code none;
  // A symbolic link of a made-up tree may lead nowhere; that it is there is what is asked.
  return fs::symlink_status(at(path), none).type() > fs::file_type::not_found;
}

std::string Environment::text(std::string_view path) const {
  std::ifstream file(at(path), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Environment::word(std::string_view path) const {
  std::string word;
  std::ifstream(at(path)) >> word;
  return word;
}

std::optional<std::uint64_t> Environment::number(std::string_view path) const {
  std::string text = word(path);
  int base = 10;
  if (text.starts_with("0x")) {
    text.erase(0, 2);
    base = 16;
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> Environment::lines(std::string_view path) const {
  std::vector<std::string> lines;
  std::ifstream file(at(path));
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> Environment::names(std::string_view directory) const {
  std::vector<std::string> names;
  std::error_code error;
  // Entries of /proc come and go while they are read: incremented without exceptions.
  for (fs::directory_iterator entry(at(directory), error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Environment::link(std::string_view path) const {
  return fs::path(link_target(path)).filename();
}

std::string Environment::link_target(std::string_view path) const {
  std::error_code none;
  return fs::read_symlink(at(path), none);
}

std::string Environment::field(std::string_view path, std::string_view key) const {
  for (const std::string& line : lines(path)) {
    if (!line.starts_with(key) || line.size() <= key.size()) continue;
    // cpuinfo writes "flags\t\t: fpu", the others "Uid:\t0".
    const std::size_t colon = line.find_first_not_of(" \t", key.size());
    if (colon == std::string::npos || line[colon] != ':') continue;
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return {};
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<unsigned> numbers_of(std::string_view list) {
  static constexpr unsigned kMost = 65536;
  std::vector<unsigned> numbers;
  while (!list.empty() && (list.back() == '\n' || list.back() == ' ')) list.remove_suffix(1);
  for (const char *at = list.data(), *end = at + list.size(); at < end;) {
    unsigned first = 0;
    auto read = std::from_chars(at, end, first);
    if (read.ec != std::errc{}) return {};
    unsigned last = first;
    if (read.ptr < end && *read.ptr == '-') {
      read = std::from_chars(read.ptr + 1, end, last);
      if (read.ec != std::errc{} || last < first || last - first > kMost) return {};
    }
    for (unsigned n = first; n <= last; ++n) numbers.push_back(n);
    if (read.ptr < end && *read.ptr != ',') return {};
    at = read.ptr + 1;
  }
  return numbers;
}

std::string list_of(const std::vector<unsigned>& sorted) {
  std::string list;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t j = i;
    while (j + 1 < sorted.size() && sorted[j + 1] == sorted[j] + 1) ++j;
    if (!list.empty()) list += ',';
    list += std::to_string(sorted[i]);
    if (j > i) list += (j == i + 1 ? ',' : '-') + std::to_string(sorted[j]);
    i = j + 1;
  }
  return list;
}

}  // namespace weir::doctor
