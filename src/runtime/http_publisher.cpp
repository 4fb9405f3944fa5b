// New content goes to each worker by mailbox; the old comes back in the same task.
#include "runtime/http_publisher.hpp"

#include <utility>

#include "service/http/http_service.hpp"

namespace weir {
namespace {

constexpr Duration kLookPeriod = 1s;

// nullptr for a worker that did not go over to the snapshot that has the service.
HttpService* http_service(Pipeline& pipeline, std::size_t service) {
  if (service >= pipeline.service_count()) return nullptr;
  return dynamic_cast<HttpService*>(pipeline.service(service).tcp.get());
}

}  // namespace

Result<bool> HttpPublisher::load(const std::vector<ServiceConfig>& services, ContentMeans means) {
  services_ = services;
  means_ = std::move(means);
  for (const ServiceConfig& service : services_) {
    auto content = load_content(service, means_);
    if (!content) return content.error();
    contents_.push_back(std::move(content).value());
    if (contents_.back()) note_skipped(service, *contents_.back(), nullptr);
  }
  return true;
}

Result<HttpContents> HttpPublisher::read(const std::vector<ServiceConfig>& services) const {
  if (const auto checked = check_content(services, means_.reads_ahead); !checked)
    return checked.error();
  HttpContents contents;
  for (const ServiceConfig& service : services) {
    auto content = load_content(service, means_);
    if (!content) return content.error();
    contents.push_back(std::move(content).value());
  }
  return contents;
}

void HttpPublisher::make_room(std::size_t services) {
  services_.reserve(services);
  contents_.reserve(services);
  retired_.reserve(retired_.size() + services);
}

void HttpPublisher::adopt(std::size_t number, const ServiceConfig& service,
                          std::shared_ptr<const HttpContent> content) {
  if (number >= services_.size()) {
    services_.resize(number + 1);
    contents_.resize(number + 1);
  }
  std::erase_if(untold_, [number](const auto& pair) { return pair.first == number; });
  if (content) note_skipped(service, *content, nullptr);
  if (contents_[number]) retired_.push_back(std::move(contents_[number]));
  services_[number] = service;
  contents_[number] = std::move(content);
}

void HttpPublisher::note_skipped(const ServiceConfig& service, const HttpContent& content,
                                 const HttpContent* before) {
  const auto& skipped = content.skipped();
  if (skipped.empty() || (before != nullptr && before->skipped() == skipped)) return;
  std::string sentence = "[service " + service.name + "] does not serve " + skipped.front();
  if (skipped.size() > 1) sentence += "; nor " + std::to_string(skipped.size() - 1) + " more";
  skipped_.push_back(std::move(sentence));
}

void HttpPublisher::refresh(const Workers& workers) {
  for (std::size_t i = 0; i < contents_.size(); ++i) {
    if (!contents_[i] || services_[i].root.empty() || !contents_[i]->changed()) continue;
    const LongWork::Scope reading(long_work_);
    auto fresh = read({services_[i]});
    if (!fresh) continue;  // half-written: the next look will find it whole
    note_skipped(services_[i], *fresh.value()[0], contents_[i].get());
    retired_.push_back(std::exchange(contents_[i], std::move(fresh.value()[0])));
    for (std::uint16_t w = 0; w < workers.size(); ++w) untold_.emplace_back(i, w);
  }
}

void HttpPublisher::advance(Instant now, const Workers& workers) {
  if (now - looked_ < kLookPeriod) return;
  looked_ = now;
  refresh(workers);
  // The task carries the old content back: it is freed with the task, or with `retired_`.
  std::erase_if(untold_, [&](const auto& pair) {
    const auto [service, worker] = pair;
    return workers[worker]->mailbox().post(
        [content = contents_[service], service = service](Pipeline& pipeline) mutable {
          if (auto* http = http_service(pipeline, service)) {
            content = http->publish(std::move(content));
          }
        });
  });
  std::erase_if(retired_,
                [](const auto& content) { return content.use_count() == 1 && !content->in_use(); });
}

std::vector<std::string> HttpPublisher::take_troubles() const {
  std::vector<std::string> sentences;
  const auto look_at = [&sentences](const HttpContents& contents) {
    for (const auto& content : contents) {
      if (content) content->take_troubles(sentences);
    }
  };
  look_at(contents_);
  look_at(retired_);
  return sentences;
}

void HttpPublisher::publish_status(std::shared_ptr<const std::string> json,
                                   const Workers& workers) {
  std::vector<std::size_t> speakers;
  for (std::size_t i = 0; i < contents_.size(); ++i) {
    if (contents_[i]) speakers.push_back(i);
  }
  if (speakers.empty()) return;
  std::erase_if(texts_, [](const auto& text) { return text.use_count() == 1; });
  texts_.push_back(json);
  for (const auto& worker : workers) {
    if (worker->mailbox().collect() != 0) continue;
    std::vector<std::shared_ptr<const std::string>> texts(speakers.size(), json);
    (void)worker->mailbox().post([speakers, texts = std::move(texts)](Pipeline& pipeline) mutable {
      for (std::size_t i = 0; i < speakers.size(); ++i) {
        if (auto* http = http_service(pipeline, speakers[i])) {
          texts[i] = http->publish_status(std::move(texts[i]));
        }
      }
    });
  }
}

}  // namespace weir
