// The files below a directory, and a way to open them that never leaves it. Control plane only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace weir {

/// Owns a file descriptor.
class FileHandle {
 public:
  FileHandle() noexcept = default;
  explicit FileHandle(int fd) noexcept : fd_(fd) {}
  FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileHandle();
  explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

struct ListedFile {
  std::string path;  ///< below the root, without a slash in front
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  ///< since 1970
  std::uint64_t inode = 0;
};

/// Size, time and inode of what a descriptor names, without its path; nothing when the kernel does
/// not say.
[[nodiscard]] std::optional<ListedFile> stat_of(const FileHandle& file) noexcept;

struct ContentListing {
  std::vector<ListedFile> files;     ///< by path
  std::vector<std::string> skipped;  ///< "path: why", for the log
  /// Equal when no file came, went, grew or was written to.
  [[nodiscard]] std::uint64_t fingerprint() const noexcept;
};

/// Regular files only. A name that starts with a dot is skipped (.git, .htpasswd). A link to a file
/// is followed when it stays below the root; a link to a directory is not.
class ContentDirectory {
 public:
  /// `root` itself may be a link. It stays the same directory when the name is given to another.
  [[nodiscard]] static Result<ContentDirectory> open(const std::string& root);
  [[nodiscard]] ContentListing list() const;
  /// For reading; without a descriptor, and errno set, when it is no regular file or leads outside.
  [[nodiscard]] FileHandle open_file(const std::string& path) const;

 private:
  explicit ContentDirectory(FileHandle root) noexcept : root_(std::move(root)) {}
  void walk(FileHandle directory, const std::string& prefix, unsigned depth,
            ContentListing& out) const;
  void visit(int directory, const char* name, const std::string& path, unsigned depth,
             ContentListing& out) const;

  FileHandle root_;
};

}  // namespace weir
