// Timers of one worker: a hierarchical wheel of ids, in milliseconds (Varghese, Lauck 1987, scheme
// 7).
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.hpp"
#include "base/mapped_memory.hpp"

namespace weir {

/// Where the owner of the timers keeps their ticks, in records of its own: that of id i stands i *
/// stride bytes behind the first. The wheel alone writes them while they are armed.
struct TickColumn {
  Tick* first = nullptr;
  std::size_t stride = sizeof(Tick);
};

/// One timer per id, at 8 bytes each beside its tick. Four levels of 256 slots; level L has slots
/// of 256^L ms and holds what agrees with the cursor in the bytes above L but not in byte L:
///
///   when:  | byte 3 | byte 2 | byte 1 | byte 0 |      cursor: the tick that is being worked off
///          same  ->  same  ->  differs: level 1, slot = byte 1
///
/// A timer fires never early, and late only by what a spent budget puts off. Deadlines lie less
/// than 2^31 ms ahead, and advance() is called at least that often. One thread only; an id that was
/// never armed costs nothing.
class TimerWheel {
 public:
  /// Timers that are looked at together, so that what they touch is fetched side by side.
  static constexpr std::uint32_t kRun = 16;

  /// Ids are [0, capacity). Throws std::length_error beyond kMaxCapacity.
  TimerWheel(std::uint32_t capacity, const TickColumn& ticks, Tick now = Tick{});

  /// Fires id when advance() reaches `when`, which its tick becomes; at the next call if it has
  /// been reached already. An armed id is moved.
  void arm(std::uint32_t id, Tick when) noexcept;
  /// Does nothing to an id that is not armed.
  void cancel(std::uint32_t id) noexcept;
  [[nodiscard]] bool armed(std::uint32_t id) const noexcept {
    assert(id < capacity_);
    return links_[kFirstId + id].next != 0;
  }

  /// Unlinks what is due at `now` and calls fire(id) for it, which may arm and cancel any id. Does
  /// at most `budget` steps, each of them a timer fired or moved to a finer level; what is left
  /// comes first at the next call. Returns how many fired.
  template <class Fire>
  std::uint32_t advance(Tick now, std::uint32_t budget,
                        Fire&& fire) noexcept(noexcept(fire(std::uint32_t{}))) {
    return advance(
        now, budget, [](std::span<const std::uint32_t>) noexcept {}, fire);
  }
  /// The same. Before some of them fire, `look` is called with their ids, kRun at most, in their
  /// order: time to fetch what firing them will touch. Their ticks are being fetched. One that is
  /// cancelled meanwhile does not fire all the same.
  template <class Look, class Fire>
  std::uint32_t advance(Tick now, std::uint32_t budget, Look&& look,
                        Fire&& fire) noexcept(noexcept(fire(std::uint32_t{}))) {
    begin(now);
    std::uint32_t fired = 0;
    Run run;
    while (std::uint32_t n = next_run(run, budget)) {
      look(std::span<const std::uint32_t>(run.data(), n));
      for (; n != 0 && !empty(kExpired); --n) {
        ++fired;
        fire(pop_expired() - kFirstId);
      }
    }
    return fired;
  }

  /// A tick before which nothing fires, or nothing when no timer is armed. It may be early, by less
  /// than the width of the slot in which the next timer stands.
  [[nodiscard]] std::optional<Tick> next_due() const noexcept;
  /// How many are armed.
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  /// Bytes of address space at capacity.
  [[nodiscard]] std::size_t bytes() const noexcept { return memory_.size(); }

 private:
  static constexpr unsigned kLevels = 4, kSlots = 256;

  // A node of a circular doubly linked list. next = 0: in no list, which is what fresh memory says.
  struct Link {
    std::uint32_t next, prev;
  };
  static_assert(sizeof(Link) == 8);

  // Nodes: 0 is none; then the sentinels of the slots and of two lists outside the levels; then
  // ids.
  static constexpr std::uint32_t kFirstSlot = 1;
  static constexpr std::uint32_t kExpired = kFirstSlot + kLevels * kSlots;  // fires now, in order
  static constexpr std::uint32_t kOverdue = kExpired + 1;  // armed for the past: next call
  static constexpr std::uint32_t kFirstId = kOverdue + 1;

 public:
  static constexpr std::uint32_t kMaxCapacity = 0xffffffffU - kFirstId;
  static constexpr std::size_t kBytesPerTimer = sizeof(Link);

 private:
  class Bitmap {  // of the slots of a level that hold something
   public:
    void set(unsigned slot) noexcept { words_[slot / 64] |= std::uint64_t{1} << slot % 64; }
    void clear(unsigned slot) noexcept { words_[slot / 64] &= ~(std::uint64_t{1} << slot % 64); }
    [[nodiscard]] bool test(unsigned slot) const noexcept {
      return (words_[slot / 64] >> slot % 64 & 1) != 0;
    }
    /// The first slot at or after `from` that is set, or kSlots.
    [[nodiscard]] unsigned first(unsigned from) const noexcept;

   private:
    std::array<std::uint64_t, kSlots / 64> words_{};
  };

  using Run = std::array<std::uint32_t, kRun>;

  void begin(Tick now) noexcept;
  [[nodiscard]] std::uint32_t next_run(Run& ids, std::uint32_t& budget) noexcept;
  [[nodiscard]] std::uint32_t first_of(std::uint32_t sentinel, Run& nodes,
                                       std::uint32_t most) noexcept;
  [[nodiscard]] std::uint32_t pop_expired() noexcept;
  [[nodiscard]] bool cascade(std::uint32_t& budget) noexcept;
  [[nodiscard]] bool step() noexcept;
  [[nodiscard]] std::optional<std::uint32_t> next_stop() const noexcept;
  [[nodiscard]] Tick& tick_of(std::uint32_t node) noexcept {
    auto* const first = reinterpret_cast<std::byte*>(ticks_.first);
    return *reinterpret_cast<Tick*>(first + (node - kFirstId) * ticks_.stride);
  }
  void place(std::uint32_t node, std::uint32_t when) noexcept;
  void append(std::uint32_t sentinel, std::uint32_t node) noexcept;
  void unlink(std::uint32_t node) noexcept;
  void splice(std::uint32_t from, std::uint32_t to) noexcept;
  void clear_bit_of(std::uint32_t sentinel) noexcept;
  void join(std::uint32_t before, std::uint32_t behind) noexcept;
  [[nodiscard]] bool empty(std::uint32_t sentinel) const noexcept {
    return links_[sentinel].next == sentinel;
  }

  [[maybe_unused]] std::uint32_t capacity_;  // for asserts
  TickColumn ticks_;
  std::uint32_t size_ = 0;
  std::uint32_t cursor_;  // every slot before this tick is empty; cursor_ <= now_
  Tick now_;              // the latest that advance() was told
  std::array<Bitmap, kLevels> occupied_{};
  MappedMemory memory_;
  Link* links_;
};

}  // namespace weir
