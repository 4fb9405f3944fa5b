// Whether our own addresses may be used yet: duplicate address detection's answer (RFC 4862 §5.4).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace weir {

enum class AddressState : std::uint8_t {
  tentative,   ///< asked about: it answers nothing
  preferred,   ///< ours
  duplicated,  ///< somebody else has it: it is not used
};

/// One state for each address of a port. Control: writes, workers: read, relaxed: each stands for
/// itself.
class AddressStates {
 public:
  AddressStates(std::size_t count, AddressState first)
      : states_(new std::atomic<AddressState>[count]) {
    for (std::size_t i = 0; i < count; ++i) states_[i].store(first, std::memory_order_relaxed);
  }
  [[nodiscard]] AddressState at(std::size_t i) const noexcept {
    return states_[i].load(std::memory_order_relaxed);
  }
  void set(std::size_t i, AddressState state) noexcept {
    states_[i].store(state, std::memory_order_relaxed);
  }

 private:
  std::unique_ptr<std::atomic<AddressState>[]> states_;
};

}  // namespace weir
