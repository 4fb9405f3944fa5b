// What an HTTP service serves: files, in memory or open, and pages compiled in; immutable once
// loaded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "frame/transmit_memory.hpp"
#include "service/http/content_directory.hpp"
#include "service/http/open_file.hpp"

namespace weir {

/// One representation and the part of its header that never changes.
struct HttpResource {
  std::span<const std::uint8_t> body;
  std::shared_ptr<const OpenFile> file;  ///< instead of a body: of a file that is read ahead
  std::string etag;                      ///< with its quotes; empty = none
  std::int64_t modified = 0;             ///< Unix seconds; 0 = unknown
  std::string type_fields;               ///< Content-Type and friends, each line with CR LF
  std::string cache_fields;              ///< ETag, Last-Modified, Cache-Control: what a 304 repeats
  std::string location;                  ///< of a redirect; then there is no body

  [[nodiscard]] std::uint64_t length() const noexcept { return file ? file->size() : body.size(); }
};

struct HttpContentSettings {
  std::string root;                        ///< directory; empty = the status page at "/"
  bool status = false;                     ///< status page at /status
  std::uint64_t limit_bytes = 1ULL << 30;  ///< files in memory together
  bool reads_ahead = false;                ///< files beyond that are read ahead; else refused
  MakeTransmitMemory memory{};             ///< where ports can read the files; empty = nowhere
};

/// Built by the control thread, read by all workers. Bodies are in memory of our own, never the
/// page cache: a worker must not wait for a disk, nor fault because a file was truncated. What does
/// not fit stays open and is read by another thread (ReadAhead). Not freed while in_use().
class HttpContent {
 public:
  /// Fails with a sentence when the root cannot be read, or holds more than the limit
  /// and nothing is read ahead.
  [[nodiscard]] static Result<std::shared_ptr<const HttpContent>> load(
      const HttpContentSettings& settings);

  /// Whether load() would refuse the root, without reading what lies there.
  [[nodiscard]] static Result<bool> check(const HttpContentSettings& settings);

  /// By decoded path. A directory's own name is a redirect to the name with a slash.
  [[nodiscard]] const HttpResource* find(std::string_view path) const noexcept;
  /// Whether /status.json is answered with what control has published.
  [[nodiscard]] bool shows_status() const noexcept { return shows_status_; }
  /// Whether a file came, went or was written to since load: one stat a file. Control's thread.
  [[nodiscard]] bool changed() const;

  /// What holds a body (or a part of it), if frames may refer to it; else nullptr.
  [[nodiscard]] const TransmitMemory* memory_of(std::span<const std::uint8_t> body) const noexcept;
  /// Whether a port still reads what was sent. Any thread.
  [[nodiscard]] bool in_use() const noexcept { return bodies_ && bodies_->in_use(); }

  /// Appends a sentence for each of them that a read failed from since the last call.
  void take_troubles(std::vector<std::string>& sentences) const;
  /// The files that are read ahead.
  [[nodiscard]] const std::vector<std::shared_ptr<const OpenFile>>& open_files() const noexcept {
    return open_files_;
  }
  [[nodiscard]] std::size_t file_count() const noexcept { return file_count_; }
  /// "path: why" for everything below the root that is not served.
  [[nodiscard]] const std::vector<std::string>& skipped() const noexcept { return skipped_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view path) const noexcept {
      return std::hash<std::string_view>()(path);
    }
  };

  HttpContent() = default;
  [[nodiscard]] std::optional<Error> load_directory(const HttpContentSettings& settings);
  void read_files(const ContentListing& listing, const HttpContentSettings& settings);
  void read_file(const ListedFile& file, std::span<std::uint8_t> room);
  void keep_open(const ListedFile& file);
  void add_file(const ListedFile& file, HttpResource resource);
  void add_pages(bool status_at_root);

  std::string root_;
  std::unordered_map<std::string, HttpResource, Hash, std::equal_to<>> resources_;
  std::unique_ptr<TransmitMemory> bodies_;
  std::vector<std::shared_ptr<const OpenFile>> open_files_;
  std::optional<ContentDirectory> directory_;
  std::uint64_t fingerprint_ = 0;
  std::size_t file_count_ = 0;
  std::vector<std::string> skipped_;
  bool shows_status_ = false;
};

}  // namespace weir
