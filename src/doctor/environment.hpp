// The machine as files: /proc, /sys, /etc and /dev below a root, which in a test is a made-up tree.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::doctor {

/// Reads, changes nothing, throws nothing: what cannot be read is empty. Paths are absolute, and
/// looked up below the root. Any thread.
class Environment {
 public:
  /// `root` is empty for this machine; it has no '/' at its end.
  explicit Environment(std::string root = {}) : root_(std::move(root)) {}

  [[nodiscard]] bool is_this_machine() const noexcept { return root_.empty(); }
  [[nodiscard]] std::filesystem::path at(std::string_view path) const {
    return root_ + std::string(path);
  }
  [[nodiscard]] bool exists(std::string_view path) const;
  /// The whole file.
  [[nodiscard]] std::string text(std::string_view path) const;
  /// Its first word.
  [[nodiscard]] std::string word(std::string_view path) const;
  /// Its first word as a number, decimal or 0x.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view path) const;
  [[nodiscard]] std::vector<std::string> lines(std::string_view path) const;
  /// What is in a directory, sorted.
  [[nodiscard]] std::vector<std::string> names(std::string_view directory) const;
  /// The last part of what a symbolic link points to.
  [[nodiscard]] std::string link(std::string_view path) const;
  /// All of what it points to.
  [[nodiscard]] std::string link_target(std::string_view path) const;
  /// The value behind "KEY:" in files such as /proc/self/status and /proc/meminfo.
  [[nodiscard]] std::string field(std::string_view path, std::string_view key) const;

 private:
  std::string root_;
};

/// Words between blanks.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);
/// "0-2,5" as 0 1 2 5, the kernel's way of writing CPUs and nodes; nothing for anything else.
[[nodiscard]] std::vector<unsigned> numbers_of(std::string_view list);
/// And back.
[[nodiscard]] std::string list_of(const std::vector<unsigned>& sorted);

}  // namespace weir::doctor
