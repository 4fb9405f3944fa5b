// Under the address sanitizer: bytes of a buffer that nobody may touch now. Elsewhere it costs
// nothing.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define WEIR_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEIR_ADDRESS_SANITIZER
#endif
#endif
#ifdef WEIR_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace weir {

#ifdef WEIR_ADDRESS_SANITIZER
inline void hide(const void* at, std::size_t size) noexcept {
  __asan_poison_memory_region(at, size);
}
inline void expose(const void* at, std::size_t size) noexcept {
  __asan_unpoison_memory_region(at, size);
}
#else
inline void hide(const void*, std::size_t) noexcept {}
inline void expose(const void*, std::size_t) noexcept {}
#endif

}  // namespace weir
