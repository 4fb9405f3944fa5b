// A file that is served from the disk: kept open, and believed only while it is what it was.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "service/http/content_directory.hpp"

namespace weir {

/// Lives as long as the content that names it. What responses have promised (length, ETag) is that
/// of `what` for ever: a file that was written to is not read from again, while one that another
/// was renamed over is still whole behind the descriptor.
class OpenFile {
 public:
  enum class Trouble : std::uint8_t { none, changed, unreadable };

  /// The error is a word of the kernel's, or says that it is not what was listed any more.
  [[nodiscard]] static Result<std::shared_ptr<const OpenFile>> open(
      const ContentDirectory& directory, const ListedFile& what);

  [[nodiscard]] const std::string& path() const noexcept { return what_.path; }
  [[nodiscard]] std::uint64_t size() const noexcept { return what_.size; }

  /// Fills `into` from `offset` on, and only then looks whether the file is what it was: whoever
  /// writes to it touches its time before its bytes. May wait for the disk. The reader's thread.
  [[nodiscard]] bool read(std::uint64_t offset, std::span<std::uint8_t> into) const noexcept;

  /// It was written to since: it will never be whole again. Any thread.
  [[nodiscard]] bool changed() const noexcept { return changed_.load(std::memory_order_relaxed); }
  /// Why a read failed since the last call. Control's thread.
  [[nodiscard]] Trouble take_trouble() const noexcept {
    return untold_.exchange(Trouble::none, std::memory_order_relaxed);
  }

 private:
  OpenFile(FileHandle handle, ListedFile what) noexcept
      : handle_(std::move(handle)), what_(std::move(what)) {}
  [[nodiscard]] bool is_what_it_was() const noexcept;

  FileHandle handle_;
  ListedFile what_;
  mutable std::atomic<bool> changed_{false};            // reader: writes
  mutable std::atomic<Trouble> untold_{Trouble::none};  // reader: writes, control: takes
};

}  // namespace weir
