// openat2 with RESOLVE_BENEATH does in the kernel what a check of names can only race for.
#include "service/http/content_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace weir {

namespace {

constexpr unsigned kMaxDepth = 32;  // directories; each level of the walk holds a descriptor

std::int64_t modified_ns(const struct stat& info) noexcept {
  return std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

// Kernels before 5.6, and some sandboxes, have no openat2: then path is opened a name at a time and
// no link is followed at all.
FileHandle open_by_steps(int root, std::string_view path) {
  FileHandle at(fcntl(root, F_DUPFD_CLOEXEC, 0));
  while (at) {
    const std::size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    const bool last = slash == std::string_view::npos;
    const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (last ? O_NONBLOCK : O_DIRECTORY);
    at = FileHandle(openat(at.get(), name.c_str(), flags));
    if (last) break;
    path.remove_prefix(slash + 1);
  }
  return at;
}

FileHandle open_beneath(int root, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;  // non-blocking: a FIFO must not hold us up
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long fd = syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
  if (fd >= 0) return FileHandle(static_cast<int>(fd));
  return errno == ENOSYS || errno == EPERM ? open_by_steps(root, path) : FileHandle();
}

}  // namespace

FileHandle::~FileHandle() {
  if (fd_ >= 0) close(fd_);
}

std::optional<ListedFile> stat_of(const FileHandle& file) noexcept {
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return std::nullopt;
  ListedFile out;
  out.size = static_cast<std::uint64_t>(info.st_size);
  out.modified_ns = modified_ns(info);
  out.inode = info.st_ino;
  return out;
}

// FNV-1a: nobody gains by a collision here but the owner of the files.
std::uint64_t ContentListing::fingerprint() const noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto mix = [&hash](const void* data, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      hash = (hash ^ static_cast<const std::uint8_t*>(data)[i]) * 0x100000001b3ULL;
    }
  };
  for (const ListedFile& file : files) {
    mix(file.path.c_str(), file.path.size() + 1);
    mix(&file.size, sizeof file.size);
    mix(&file.modified_ns, sizeof file.modified_ns);
    mix(&file.inode, sizeof file.inode);
  }
  return hash;
}

Result<ContentDirectory> ContentDirectory::open(const std::string& root) {
  FileHandle handle(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle) {
    return Error{"cannot read the directory " + root + ": " + std::strerror(errno)};
  }
  return ContentDirectory(std::move(handle));
}

ContentListing ContentDirectory::list() const {
  ContentListing out;
  // A descriptor of its own: a directory stream moves the offset of the one it is given.
  walk(FileHandle(openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), "", 0, out);
  std::sort(out.files.begin(), out.files.end(),
            [](const ListedFile& a, const ListedFile& b) { return a.path < b.path; });
  return out;
}

void ContentDirectory::walk(FileHandle directory, const std::string& prefix, unsigned depth,
                            ContentListing& out) const {
  const auto close_stream = [](DIR* stream) { closedir(stream); };
  const std::unique_ptr<DIR, decltype(close_stream)> stream(
      directory ? fdopendir(directory.get()) : nullptr, close_stream);
  if (!stream) {
    out.skipped.push_back(prefix + ": " + std::strerror(errno));
    return;
  }
  (void)directory.release();  // the stream's now
  while (const dirent* entry = readdir(stream.get())) {
    if (entry->d_name[0] == '.') continue;
    visit(dirfd(stream.get()), entry->d_name, prefix + entry->d_name, depth, out);
  }
}

void ContentDirectory::visit(int directory, const char* name, const std::string& path,
                             unsigned depth, ContentListing& out) const {
  struct stat info {};
  if (fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return;  // gone since readdir
  if (S_ISDIR(info.st_mode)) {
    if (depth == kMaxDepth) {
      out.skipped.push_back(path + ": directories are nested too deep");
      return;
    }
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
    walk(FileHandle(openat(directory, name, flags)), path + "/", depth + 1, out);
    return;
  }
  if (S_ISLNK(info.st_mode)) {
    const FileHandle target = open_file(path);
    if (!target || fstat(target.get(), &info) != 0) {
      out.skipped.push_back(path + ": a link out of the root, or not to a file");
      return;
    }
  }
  if (!S_ISREG(info.st_mode)) {
    out.skipped.push_back(path + ": not a regular file");
    return;
  }
  out.files.push_back({.path = path,
                       .size = static_cast<std::uint64_t>(info.st_size),
                       .modified_ns = modified_ns(info),
                       .inode = info.st_ino});
}

FileHandle ContentDirectory::open_file(const std::string& path) const {
  FileHandle file = open_beneath(root_.get(), path);
  struct stat info {};
  if (!file || fstat(file.get(), &info) != 0) return FileHandle();
  if (!S_ISREG(info.st_mode)) {
    errno = EINVAL;
    return FileHandle();
  }
  return file;
}

}  // namespace weir
