// Headers seen in place: a layout over bytes that are there, or nothing.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "frame/frame.hpp"

namespace weir {

/// The bytes from `at` on as a header, or nullptr when they end before the header does. A layout
/// consists of bytes (BigEndian, Mac, arrays of them), so that any address is aligned for it.
template <class Layout>
[[nodiscard]] const Layout* view(std::span<const std::uint8_t> bytes, std::size_t at = 0) noexcept {
  static_assert(alignof(Layout) == 1 && std::is_trivially_copyable_v<Layout>);
  if (at > bytes.size() || bytes.size() - at < sizeof(Layout)) return nullptr;
  return reinterpret_cast<const Layout*>(bytes.data() + at);
}

/// `sizeof(Layout)` bytes at `at`, which the caller knows to be there, as a header to be written.
template <class Layout>
[[nodiscard]] Layout& layout_at(std::uint8_t* at) noexcept {
  static_assert(alignof(Layout) == 1 && std::is_trivially_copyable_v<Layout>);
  return *reinterpret_cast<Layout*>(at);
}

/// Room for one more header in front of the frame's bytes; every field is the caller's to write.
template <class Layout>
[[nodiscard]] Layout& prepend(Frame& frame) noexcept {
  return layout_at<Layout>(frame.prepend(sizeof(Layout)));
}

}  // namespace weir
