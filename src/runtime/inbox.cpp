// A ring of 64-byte letters; names travel as hashes, since numbers change with reloads.
#include "runtime/inbox.hpp"

#include "pipeline/pipeline.hpp"

namespace weir {
namespace {

// FNV-1a, 64 bits: of at most 64 names that the operator chose.
std::uint64_t hash_of(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

Result<Inbox> Inbox::create(Doorbell* bell) {
  auto ring = MessageRing::create(kCapacity + 1, Producers::many);
  if (!ring) return ring.error();
  return Inbox(std::move(ring).value(), bell);
}

bool Inbox::send(std::string_view service, const Message& message) noexcept {
  if (!ring_.push_as(Letter{hash_of(service), message})) return false;
  if (bell_ != nullptr) bell_->ring();
  return true;
}

void Inbox::serve(Pipeline& pipeline, Instant now) noexcept {
  constexpr int kARound = 256;  // so that packets are not held up
  Letter letter;
  for (int i = 0; i < kARound && ring_.pop_as(letter); ++i) {
    const auto& services = pipeline.snapshot().services;
    for (std::uint16_t number = 0; number < services.size(); ++number) {
      const ServiceLimits& service = services[number];
      if (!service.retired && hash_of(service.name) == letter.service) {
        pipeline.deliver(number, letter.message, now);
      }
    }
  }
}

}  // namespace weir
