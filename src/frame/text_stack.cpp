// What hangs on a frame is kept beside its buffer.
#include "frame/text_stack.hpp"

#include <algorithm>

namespace weir {

const FramePoolOps TextStack::kOps{&TextStack::allocate, &TextStack::release, &TextStack::available,
                                   &TextStack::attach, &TextStack::copy_behind};

std::uint32_t TextStack::allocate(void* self, Frame* out, std::uint32_t n) noexcept {
  return static_cast<TextStack*>(self)->stack_.allocate(out, n);
}

void TextStack::release(void* self, void* const* handles, std::uint32_t n) noexcept {
  auto& texts = *static_cast<TextStack*>(self);
  if (!texts.behind_.empty()) [[unlikely]] {
    for (std::uint32_t i = 0; i < n; ++i) texts.behind_.erase(handles[i]);
  }
  texts.stack_.release(handles, n);
}

std::uint32_t TextStack::available(const void* self) noexcept {
  return static_cast<const TextStack*>(self)->free();
}

bool TextStack::attach(void* self, Frame& frame, std::span<const TextExtent> texts) noexcept {
  auto& stack = *static_cast<TextStack*>(self);
  if (!stack.takes_text_) return false;
  auto& behind = stack.behind_[frame.handle()];
  behind.insert(behind.end(), texts.begin(), texts.end());
  for (const TextExtent& text : texts) {
    frame.set_behind(frame.behind() + static_cast<std::uint32_t>(text.bytes.size()));
  }
  return true;
}

std::uint32_t TextStack::copy_behind(const void* self, const Frame& frame,
                                     std::span<std::uint8_t> out) noexcept {
  std::uint32_t done = 0;
  for (const TextExtent& text : static_cast<const TextStack*>(self)->behind(frame)) {
    const std::size_t n = std::min(text.bytes.size(), out.size() - done);
    std::copy_n(text.bytes.data(), n, out.data() + done);
    done += static_cast<std::uint32_t>(n);
  }
  return done;
}

std::span<const TextExtent> TextStack::behind(const Frame& frame) const {
  const auto found = behind_.find(frame.handle());
  return found == behind_.end() ? std::span<const TextExtent>() : found->second;
}

}  // namespace weir
