// The hierarchical wheel: where a timer stands, and how the cursor moves over what is empty.
#include "flow/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace weir {
namespace {

constexpr unsigned byte_of(std::uint32_t tick, unsigned level) noexcept {
  return tick >> (8 * level) & 0xff;
}
// The bits of a tick below a level's own byte.
constexpr std::uint32_t below(unsigned level) noexcept { return (1U << (8 * level)) - 1; }

// The highest byte in which the two differ; 0 when they do not.
constexpr unsigned level_of(std::uint32_t when, std::uint32_t cursor) noexcept {
  return (31U - static_cast<unsigned>(std::countl_zero((when ^ cursor) | 1U))) / 8;
}

}  // namespace

TimerWheel::TimerWheel(std::uint32_t capacity, const TickColumn& ticks, Tick now)
    : capacity_(capacity), ticks_(ticks), cursor_(now.value()), now_(now), links_(nullptr) {
  if (capacity > kMaxCapacity) throw std::length_error("too many timers for a wheel");
  memory_ = MappedMemory((std::size_t{kFirstId} + capacity) * sizeof(Link));
  links_ = static_cast<Link*>(memory_.data());
  for (std::uint32_t sentinel = kFirstSlot; sentinel < kFirstId; ++sentinel) {
    join(sentinel, sentinel);
  }
}

void TimerWheel::arm(std::uint32_t id, Tick when) noexcept {
  assert(id < capacity_);
  const std::uint32_t node = kFirstId + id;
  if (links_[node].next != 0) unlink(node);
  tick_of(node) = when;
  if (when <= now_) {
    append(kOverdue, node);
  } else {
    place(node, when.value());
  }
}

void TimerWheel::cancel(std::uint32_t id) noexcept {
  assert(id < capacity_);
  const std::uint32_t node = kFirstId + id;
  if (links_[node].next != 0) unlink(node);
}

std::optional<Tick> TimerWheel::next_due() const noexcept {
  if (!empty(kExpired) || !empty(kOverdue)) return now_;
  const auto stop = next_stop();
  return stop ? std::optional(Tick(*stop)) : std::nullopt;
}

// What was armed for the past before this call fires in this call; what fire() arms for the past
// does not, so that a timer that always re-arms itself cannot spin.
void TimerWheel::begin(Tick now) noexcept {
  if (now > now_) now_ = now;
  splice(kOverdue, kExpired);
}

// The ids of those that fire next and stay in their list until then; 0 when nothing is due or the
// budget is spent.
std::uint32_t TimerWheel::next_run(Run& ids, std::uint32_t& budget) noexcept {
  while (budget > 0) {
    if (!empty(kExpired)) {
      const std::uint32_t n = first_of(kExpired, ids, budget);
      for (std::uint32_t i = 0; i < n; ++i) ids[i] -= kFirstId;
      budget -= n;
      return n;
    }
    if (!cascade(budget) && !step()) return 0;
  }
  return 0;
}

// The first nodes of a list; their ticks are being fetched.
std::uint32_t TimerWheel::first_of(std::uint32_t sentinel, Run& nodes,
                                   std::uint32_t most) noexcept {
  most = std::min(most, kRun);
  std::uint32_t n = 0;
  for (auto node = links_[sentinel].next; n < most && node != sentinel; node = links_[node].next) {
    __builtin_prefetch(&tick_of(node), 1);
    nodes[n++] = node;
  }
  return n;
}

std::uint32_t TimerWheel::pop_expired() noexcept {
  const auto node = links_[kExpired].next;
  unlink(node);
  return node;
}

// Moves timers out of the coarse slots that the cursor stands in; false when they are empty. The
// coarsest first: what it holds may belong into the next one.
bool TimerWheel::cascade(std::uint32_t& budget) noexcept {
  for (unsigned level = kLevels - 1; level > 0; --level) {
    const unsigned slot = byte_of(cursor_, level);
    if (!occupied_[level].test(slot)) continue;
    Run nodes;
    const std::uint32_t n = first_of(kFirstSlot + level * kSlots + slot, nodes, budget);
    for (std::uint32_t i = 0; i < n; ++i) {
      unlink(nodes[i]);
      place(nodes[i], tick_of(nodes[i]).value());
    }
    budget -= n;
    return true;
  }
  return false;
}

// Collects the timers of the cursor's tick, or moves the cursor to the next slot that holds some;
// false when there is none up to now_. Nothing is left to cascade where it stands.
bool TimerWheel::step() noexcept {
  const auto stop = next_stop();
  // Unsigned distances: the cursor may lag behind now_, and the stop lie further ahead than 2^31.
  if (!stop || *stop - cursor_ > now_.value() - cursor_) {
    cursor_ = now_.value();
    return false;
  }
  cursor_ = *stop;
  const unsigned slot = byte_of(cursor_, 0);
  if (occupied_[0].test(slot)) splice(kFirstSlot + slot, kExpired);
  return true;
}

// The first tick at or after the cursor at which a slot begins that holds something.
std::optional<std::uint32_t> TimerWheel::next_stop() const noexcept {
  for (unsigned level = kLevels; level-- > 1;) {
    if (occupied_[level].test(byte_of(cursor_, level))) return cursor_;
  }
  for (unsigned level = 0; level < kLevels; ++level) {
    const unsigned slot = occupied_[level].first(byte_of(cursor_, level));
    if (slot == kSlots) continue;
    const std::uint32_t above = cursor_ & ~below(level) & ~(0xffU << (8 * level));
    return above | slot << (8 * level);
  }
  // Only the top level goes round: ticks wrap.
  const unsigned slot = occupied_[kLevels - 1].first(0);
  if (slot == kSlots) return std::nullopt;
  return slot << (8 * (kLevels - 1));
}

void TimerWheel::place(std::uint32_t node, std::uint32_t when) noexcept {
  const unsigned level = level_of(when, cursor_);
  const unsigned slot = byte_of(when, level);
  append(kFirstSlot + level * kSlots + slot, node);
  occupied_[level].set(slot);
}

void TimerWheel::append(std::uint32_t sentinel, std::uint32_t node) noexcept {
  join(links_[sentinel].prev, node);
  join(node, sentinel);
  ++size_;
}

void TimerWheel::unlink(std::uint32_t node) noexcept {
  const auto before = links_[node].prev;
  const auto behind = links_[node].next;
  join(before, behind);
  links_[node] = Link{};
  --size_;
  if (before == behind) clear_bit_of(before);  // the sentinel: the list is empty now
}

// Moves a whole list to the end of another.
void TimerWheel::splice(std::uint32_t from, std::uint32_t to) noexcept {
  if (empty(from)) return;
  join(links_[to].prev, links_[from].next);
  join(links_[from].prev, to);
  join(from, from);
  clear_bit_of(from);
}

// The two lists outside the levels have no bit.
void TimerWheel::clear_bit_of(std::uint32_t sentinel) noexcept {
  if (sentinel >= kExpired) return;
  const std::uint32_t slot = sentinel - kFirstSlot;
  occupied_[slot / kSlots].clear(slot % kSlots);
}

void TimerWheel::join(std::uint32_t before, std::uint32_t behind) noexcept {
  links_[before].next = behind;
  links_[behind].prev = before;
}

unsigned TimerWheel::Bitmap::first(unsigned from) const noexcept {
  std::uint64_t word = words_[from / 64] & ~std::uint64_t{0} << from % 64;
  for (unsigned at = from / 64;; word = words_[at]) {
    if (word != 0) return at * 64 + static_cast<unsigned>(std::countr_zero(word));
    if (++at == kSlots / 64) return kSlots;
  }
}

}  // namespace weir
