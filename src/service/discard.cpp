// Discard: all of it is consumed, none of it is answered.
#include "service/discard.hpp"

namespace weir {

std::size_t DiscardService::on_text(Connection&, Text& text) noexcept { return text.bytes.size(); }

std::int32_t DiscardDatagrams::on_datagram(const Datagram&, std::span<std::uint8_t>) noexcept {
  return -1;
}

}  // namespace weir
