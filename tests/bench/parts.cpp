// Loops over one part each.
#include "parts.hpp"

#include <x86intrin.h>

#include "base/split_mix.hpp"
#include "flow/flow_table.hpp"
#include "flow/timer_wheel.hpp"
#include "wire/checksum.hpp"

namespace weir::bench {
namespace {

volatile std::uint64_t sink;

constexpr std::uint32_t kBurst = 32;

FlowKey key_of_number(std::uint32_t i) {
  return {Address::v4(0xc6120000U + i / 64), static_cast<std::uint16_t>(1024 + i % 64), 0};
}

class Table {
 public:
  explicit Table(std::uint32_t flows) : table_(flows, SipKey{1, 2}), flows_(flows) {
    for (std::uint32_t i = 0; i < flows; ++i) {
      const FlowKey key = key_of_number(i);
      table_[table_.insert(key, table_.hash(key))].state = State::established;
    }
  }
  FlowTable& operator*() { return table_; }
  /// The keys of the next burst, prepared as a parsed burst would be.
  std::span<const FlowKey> next() {
    if (at_ + kBurst > keys_.size()) {
      at_ = 0;
      for (FlowKey& key : keys_) key = key_of_number(dice_.up_to(flows_ - 1));
    }
    at_ += kBurst;
    return std::span(keys_).subspan(at_ - kBurst, kBurst);
  }

 private:
  FlowTable table_;
  std::uint32_t flows_;
  SplitMix64 dice_{1};
  std::vector<FlowKey> keys_ = std::vector<FlowKey>(8192);
  std::size_t at_ = 8192;
};

// Hashes and prefetched records of a burst, as the pipeline's passes make them.
struct Passes {
  SipBurst hashes;
  std::array<FlowId, kBurst> guesses{};

  void run(const FlowTable& table, std::span<const FlowKey> keys) noexcept {
    for (std::uint32_t i = 0; i < kBurst; ++i) write_tuple(hashes, i, keys[i]);
    siphash128_burst(SipKey{1, 2}, hashes, kBurst);
    for (std::uint32_t i = 0; i < kBurst; ++i) table.prefetch_bucket(hashes.first[i]);
    for (std::uint32_t i = 0; i < kBurst; ++i) {
      guesses[i] = table.candidate(hashes.first[i]);
      table.prefetch(guesses[i]);
    }
  }
};

double no_limit() { return 0; }

// A burst's passes over the table, then the work with each flow that was found.
template <class Work>
Result over_flows(const char* name, const char* unit, std::uint32_t flows, const Effort& effort,
                  Work&& work) {
  Table table(flows);
  Passes passes;
  Result result;
  result.name = name;
  result.unit = unit;
  result.flows = flows;
  const auto repeat = [&] {
    std::uint64_t cycles = 0;
    for (std::uint32_t done = 0; done < effort.work; done += kBurst) {
      const auto keys = table.next();
      const std::uint64_t begin = __rdtsc();
      passes.run(*table, keys);
      for (std::uint32_t i = 0; i < kBurst; ++i) {
        const std::uint64_t hash = passes.hashes.first[i];
        work(*table, keys[i], hash, (*table).find(keys[i], hash, passes.guesses[i]));
      }
      cycles += __rdtsc() - begin;
    }
    return static_cast<double>(cycles) / effort.work;
  };
  measure_pairs(result, effort, repeat, no_limit);
  return result;
}

}  // namespace

Result look_up(std::uint32_t flows, const Effort& effort) {
  std::uint64_t sum = 0;
  Result result = over_flows("flow look-up, hash included", "look-up", flows, effort,
                             [&](FlowTable& table, const FlowKey&, std::uint64_t, FlowId id) {
                               sum += table[id].service_word++;
                             });
  sink = sum;
  return result;
}

Result erase_and_insert(std::uint32_t flows, const Effort& effort) {
  return over_flows("flow erased and inserted, hash included", "pair", flows, effort,
                    [](FlowTable& table, const FlowKey& key, std::uint64_t hash, FlowId id) {
                      table.erase(id, hash);
                      table[table.insert(key, hash)].state = State::established;
                    });
}

Result timers(std::uint32_t count, const Effort& effort) {
  std::vector<Tick> ticks(count);
  TimerWheel wheel(count, {ticks.data(), sizeof(Tick)});
  SplitMix64 dice{1};
  Tick now;
  Result result;
  result.name = "timer set, moved and fired";
  result.unit = "timer";
  result.flows = count;
  measure_pairs(
      result, effort,
      [&] {
        std::uint64_t cycles = 0;
        std::uint32_t fired = 0;
        for (std::uint32_t done = 0; done < effort.work; done += kBurst) {
          std::array<std::uint32_t, kBurst> ids;
          std::array<std::uint32_t, kBurst> delays;
          for (std::uint32_t& id : ids) id = dice.up_to(count - 1);
          for (std::uint32_t& delay : delays) delay = 40 + dice.up_to(200);
          const std::uint64_t begin = __rdtsc();
          for (std::uint32_t i = 0; i < kBurst; ++i) wheel.arm(ids[i], now + 60'000);
          for (std::uint32_t i = 0; i < kBurst; ++i) wheel.arm(ids[i], now + delays[i]);
          now = now + 1;
          fired += wheel.advance(now, 4 * kBurst, [](std::uint32_t) {});
          cycles += __rdtsc() - begin;
        }
        sink = fired;
        return static_cast<double>(cycles) / effort.work;
      },
      no_limit);
  return result;
}

Result checksum(std::uint32_t bytes, const Effort& effort) {
  std::vector<std::uint8_t> text(bytes * 32ULL, 0x5a);
  Result result;
  result.name = "checksum of " + std::to_string(bytes) + " bytes";
  result.unit = "checksum";
  measure_pairs(
      result, effort,
      [&] {
        std::uint64_t sum = 0;
        const std::uint64_t begin = __rdtsc();
        for (std::uint32_t i = 0; i < effort.work; ++i) {
          sum += internet_checksum(std::span(text).subspan(i % 32 * bytes, bytes));
        }
        const std::uint64_t cycles = __rdtsc() - begin;
        sink = sum;
        return static_cast<double>(cycles) / effort.work;
      },
      no_limit);
  return result;
}

Result tuple_hashes(const Effort& effort) {
  SipBurst burst;
  SplitMix64 dice{1};
  for (SipBurst::Row& row : burst.word) {
    for (std::uint64_t& word : row) word = dice.next();
  }
  Result result;
  result.name = "SipHash-2-4-128 of a tuple, in bursts";
  result.unit = "tuple";
  result.other = "one by one";
  measure_pairs(
      result, effort,
      [&] {
        const std::uint64_t begin = __rdtsc();
        for (std::uint32_t i = 0; i < effort.work; i += kBurst) {
          burst.word[0][i % 64] = i;
          siphash128_burst(SipKey{1, i}, burst, kBurst);
        }
        return static_cast<double>(__rdtsc() - begin) / effort.work;
      },
      [&] {
        std::uint64_t sum = 0;
        const std::uint64_t begin = __rdtsc();
        for (std::uint32_t i = 0; i < effort.work; ++i) {
          const std::uint32_t at = i % kBurst;
          sum += siphash128(SipKey{1, i}, {burst.word[0][at], burst.word[1][at], burst.word[2][at]})
                     .second;
        }
        const std::uint64_t cycles = __rdtsc() - begin;
        sink = sum;
        return static_cast<double>(cycles) / effort.work;
      });
  return result;
}

}  // namespace weir::bench
