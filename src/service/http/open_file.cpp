#include "service/http/open_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace weir {
namespace {

// 0: all of it was read; else errno, or -1 where the file ends too soon.
int read_fully(int fd, std::uint64_t offset, std::span<std::uint8_t> into) noexcept {
  while (!into.empty()) {
    const ssize_t n = pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : -1;
    into = into.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return 0;
}

}  // namespace

Result<std::shared_ptr<const OpenFile>> OpenFile::open(const ContentDirectory& directory,
                                                       const ListedFile& what) {
  FileHandle handle = directory.open_file(what.path);
  if (!handle) return Error{std::strerror(errno)};
  std::shared_ptr<const OpenFile> file(new OpenFile(std::move(handle), what));
  if (!file->is_what_it_was()) return Error{"it changes"};
  return file;
}

bool OpenFile::read(std::uint64_t offset, std::span<std::uint8_t> into) const noexcept {
  const int failed = read_fully(handle_.get(), offset, into);
  const bool same = is_what_it_was();
  if (failed == 0 && same) return true;
  if (!same) changed_.store(true, std::memory_order_relaxed);
  untold_.store(same ? Trouble::unreadable : Trouble::changed, std::memory_order_relaxed);
  return false;
}

bool OpenFile::is_what_it_was() const noexcept {
  const auto now = stat_of(handle_);
  return now && now->size == what_.size && now->modified_ns == what_.modified_ns &&
         now->inode == what_.inode;
}

}  // namespace weir
