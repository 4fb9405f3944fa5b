// Reads or opens what a directory holds once, and computes everything about a file that a response
// will say.
#include "service/http/http_content.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "frame/plain_memory.hpp"
#include "service/http/cache_plan.hpp"
#include "service/http/content_type.hpp"
#include "service/http/http_date.hpp"
#include "service/http/http_path.hpp"
#include "service/http/status_page.hpp"

namespace weir {

namespace {

constexpr std::size_t kAlign = 64;          // bodies begin at a cache line
constexpr std::size_t kMaxLocation = 1024;  // keeps a response's head below its buffer
constexpr std::string_view kIndex = "index.html";

constexpr std::size_t aligned(std::size_t size) noexcept {
  return (size + kAlign - 1) / kAlign * kAlign;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string http_date(std::int64_t unix_seconds) {
  char room[32];
  TextWriter date(room);
  write_http_date(date, unix_seconds);
  return std::string(date.text());
}

// A strong validator: content that is written again gets another time, in nanoseconds.
std::string etag_of(const ListedFile& file) {
  char room[48];
  TextWriter out(room);
  out << "\"" << file.size << "-" << file.modified_ns << "\"";
  return std::string(out.text());
}

// As many bytes as there are, at most room.size(): the file may have shrunk since it was listed.
std::optional<std::size_t> read_all(int fd, std::span<std::uint8_t> room) {
  std::size_t length = 0;
  while (length < room.size()) {
    const ssize_t n = read(fd, room.data() + length, room.size() - length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    length += static_cast<std::size_t>(n);
  }
  return length;
}

HttpResource page(std::string_view type, std::string_view body) {
  HttpResource out;
  out.body = as_bytes(body);
  out.type_fields = "Content-Type: " + std::string(type) + "\r\n";
  out.cache_fields = "Cache-Control: no-store\r\n";
  return out;
}

std::optional<Error> too_large(const ContentListing& listing, const HttpContentSettings& settings) {
  if (settings.reads_ahead) return std::nullopt;
  std::uint64_t total = 0;
  for (const ListedFile& file : listing.files) {
    if (file.size > settings.limit_bytes || total > settings.limit_bytes - file.size) {
      return Error{
          "the files below " + settings.root + " are larger than " +
          std::to_string(settings.limit_bytes) +
          " bytes together, and all of them are held in memory: raise 'cache', serve fewer, or "
          "have them read ahead ([memory] read-ahead)"};
    }
    total += file.size;
  }
  return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<const HttpContent>> HttpContent::load(const HttpContentSettings& settings) {
  const std::shared_ptr<HttpContent> content(new HttpContent);
  content->shows_status_ = settings.status || settings.root.empty();
  if (!settings.root.empty()) {
    if (auto error = content->load_directory(settings)) return std::move(*error);
  }
  content->add_pages(settings.root.empty());
  return std::shared_ptr<const HttpContent>(content);
}

const HttpResource* HttpContent::find(std::string_view path) const noexcept {
  const auto found = resources_.find(path);
  return found == resources_.end() ? nullptr : &found->second;
}

const TransmitMemory* HttpContent::memory_of(std::span<const std::uint8_t> body) const noexcept {
  if (!bodies_ || !bodies_->can_leave()) return nullptr;
  const auto all = bodies_->bytes();
  const std::less_equal<const std::uint8_t*> not_after;
  const bool inside = not_after(all.data(), body.data()) &&
                      not_after(body.data() + body.size(), all.data() + all.size());
  return inside ? bodies_.get() : nullptr;
}

void HttpContent::take_troubles(std::vector<std::string>& sentences) const {
  for (const auto& file : open_files_) {
    const OpenFile::Trouble trouble = file->take_trouble();
    if (trouble == OpenFile::Trouble::none) continue;
    const bool changed = trouble == OpenFile::Trouble::changed;
    sentences.push_back(root_ + "/" + file->path() +
                        (changed ? " was changed while it was sent" : " cannot be read") +
                        ": connections that waited for it were reset");
  }
}

bool HttpContent::changed() const {
  return directory_ && directory_->list().fingerprint() != fingerprint_;
}

Result<bool> HttpContent::check(const HttpContentSettings& settings) {
  if (settings.root.empty()) return true;
  const auto directory = ContentDirectory::open(settings.root);
  if (!directory) return directory.error();
  if (auto error = too_large(directory.value().list(), settings)) return std::move(*error);
  return true;
}

std::optional<Error> HttpContent::load_directory(const HttpContentSettings& settings) {
  auto directory = ContentDirectory::open(settings.root);
  if (!directory) return directory.error();
  root_ = settings.root;
  directory_.emplace(std::move(directory).value());
  ContentListing listing = directory_->list();
  // Of the listing, not of what is read below: a write in between is seen by the next changed().
  fingerprint_ = listing.fingerprint();
  if (auto error = too_large(listing, settings)) return error;
  skipped_ = std::move(listing.skipped);
  read_files(listing, settings);
  return std::nullopt;
}

void HttpContent::read_files(const ContentListing& listing, const HttpContentSettings& settings) {
  const std::vector<bool> held = plan_cache(listing, settings.limit_bytes);
  std::size_t needed = 0;
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (held[i]) needed += aligned(listing.files[i].size);
  }
  if (needed != 0 && settings.memory) bodies_ = settings.memory(needed);
  if (!bodies_) bodies_ = std::make_unique<PlainMemory>(needed);
  std::size_t at = 0;
  for (std::size_t i = 0; i < held.size(); ++i) {
    const ListedFile& file = listing.files[i];
    if (!held[i]) {
      keep_open(file);
      continue;
    }
    read_file(file, bodies_->bytes().subspan(at, file.size));
    at += aligned(file.size);
  }
}

void HttpContent::read_file(const ListedFile& file, std::span<std::uint8_t> room) {
  const FileHandle handle = directory_->open_file(file.path);
  const auto length = handle ? read_all(handle.get(), room) : std::nullopt;
  if (!length) {
    skipped_.push_back(file.path + ": " + std::strerror(errno));
    return;
  }
  HttpResource resource;
  resource.body = room.first(*length);
  add_file(file, std::move(resource));
}

void HttpContent::keep_open(const ListedFile& file) {
  auto opened = OpenFile::open(*directory_, file);
  if (!opened) {
    skipped_.push_back(file.path + ": " + opened.error().message);
    return;
  }
  HttpResource resource;
  resource.file = std::move(opened).value();
  open_files_.push_back(resource.file);
  add_file(file, std::move(resource));
}

void HttpContent::add_file(const ListedFile& file, HttpResource resource) {
  resource.etag = etag_of(file);
  resource.modified = file.modified_ns / 1'000'000'000;
  // nosniff: a browser believes Content-Type instead of guessing from the bytes.
  resource.type_fields = "Content-Type: " + std::string(content_type_of(file.path)) +
                         "\r\nAccept-Ranges: bytes\r\nX-Content-Type-Options: nosniff\r\n";
  resource.cache_fields =
      "ETag: " + resource.etag + "\r\nLast-Modified: " + http_date(resource.modified) + "\r\n";
  ++file_count_;
  const std::string path = "/" + file.path;
  if (path.size() > kIndex.size() && path.ends_with(kIndex) &&
      path[path.size() - kIndex.size() - 1] == '/') {
    const std::string directory = path.substr(0, path.size() - kIndex.size());
    resources_[directory] = resource;
    HttpResource redirect;
    redirect.location = encode_path(directory);
    if (directory.size() > 1 && redirect.location.size() <= kMaxLocation) {
      resources_[directory.substr(0, directory.size() - 1)] = std::move(redirect);
    }
  }
  resources_[path] = std::move(resource);
}

// These names are Weir's own: they hide files that are called the same.
void HttpContent::add_pages(bool status_at_root) {
  resources_["/healthz"] = page("text/plain; charset=utf-8", "ok\n");
  if (!shows_status_) return;
  HttpResource status = page("text/html; charset=utf-8", kStatusPage);
  status.type_fields += "Content-Security-Policy: " + std::string(kStatusPagePolicy) + "\r\n";
  if (status_at_root) resources_["/"] = status;
  resources_["/status"] = std::move(status);
}

}  // namespace weir
