// Buffers side by side in one mapping.
#include "frame/mapped_pool.hpp"

namespace weir {

MappedPool::MappedPool(std::uint32_t count, std::uint32_t data_room, std::uint32_t headroom)
    : memory_(std::size_t{count} * data_room), stack_(count, data_room, headroom) {
  // The first one ends on top: a pool that is used little touches little.
  for (std::uint32_t i = count; i != 0; --i) {
    stack_.put(static_cast<std::uint8_t*>(memory_.data()) + std::size_t{i - 1} * data_room);
  }
}

}  // namespace weir
