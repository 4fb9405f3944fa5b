// Keeps what the HTTP services answer up to date: their files, and /status.json.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/long_work.hpp"
#include "runtime/services.hpp"
#include "runtime/worker.hpp"

namespace weir {

/// Control thread only. Files are read here and not by a worker, and put in place as a whole; what
/// they replace is freed here, when no response in flight holds it any more. Nothing here waits for
/// a worker.
class HttpPublisher {
 public:
  using Workers = std::vector<std::unique_ptr<Worker>>;

  /// `long_work` outlives it, and hears of files that are read because they changed.
  explicit HttpPublisher(LongWork& long_work) : long_work_(long_work) {}

  /// Reads everything for the first time. The error names the service and the file.
  [[nodiscard]] Result<bool> load(const std::vector<ServiceConfig>& services, ContentMeans means);
  /// By service; null for those that are not HTTP.
  [[nodiscard]] const HttpContents& contents() const noexcept { return contents_; }

  /// For that many services in all: adopt() needs no more memory then, but for the service's own
  /// words.
  void make_room(std::size_t services);
  /// A service of a reload: its number is beyond those of before, or free. `content` is null for
  /// one that is not HTTP.
  void adopt(std::size_t number, const ServiceConfig& service,
             std::shared_ptr<const HttpContent> content);
  /// It only finishes what it has: nobody looks for its files any more.
  void retire(std::size_t number) { services_[number].root.clear(); }
  /// Reads these services' files where ports can read them; null for one that is not HTTP. Nothing
  /// is read when one of them cannot be.
  [[nodiscard]] Result<HttpContents> read(const std::vector<ServiceConfig>& services) const;

  /// Looks for changed files once a second; call it often.
  void advance(Instant now, const Workers& workers);
  /// Sentences about files below a root that are not served, one a service; none is said twice.
  [[nodiscard]] std::vector<std::string> take_skipped() { return std::exchange(skipped_, {}); }
  /// Sentences about files that could not be read when they were being sent; none is said twice.
  [[nodiscard]] std::vector<std::string> take_troubles() const;
  /// What /status.json answers from now on. A worker that has not taken the last one misses this.
  void publish_status(std::shared_ptr<const std::string> json, const Workers& workers);

 private:
  void refresh(const Workers& workers);
  /// `content` takes the place of `before`, which may be null.
  void note_skipped(const ServiceConfig& service, const HttpContent& content,
                    const HttpContent* before);

  std::vector<ServiceConfig> services_;
  ContentMeans means_;
  LongWork& long_work_;
  HttpContents contents_;
  // Replaced contents that responses in flight may still hold.
  std::vector<std::shared_ptr<const HttpContent>> retired_;
  std::vector<std::shared_ptr<const std::string>> texts_;  // of /status.json, for the same reason
  std::vector<std::pair<std::size_t, std::uint16_t>> untold_;  // service and worker
  std::vector<std::string> skipped_;                           // sentences
  Instant looked_{};
};

}  // namespace weir
