// The flow table's peer: DPDK's rte_hash with the same keys and records, in huge pages if there
// are.
//   rte-hash [--json FILE] FLOWS...
#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <x86intrin.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/split_mix.hpp"
#include "dpdk/eal.hpp"
#include "flow/flow.hpp"
#include "measure.hpp"

namespace weir::bench {
namespace {

constexpr std::uint32_t kBurst = 32;

struct Key {  // without padding, since it is hashed as bytes
  std::array<std::uint8_t, 16> remote;
  std::uint16_t port, local;
};
static_assert(sizeof(Key) == 20);

Key key_of_number(std::uint32_t i) {
  return {Address::v4(0xc6120000U + i / 64).bytes, static_cast<std::uint16_t>(1024 + i % 64), 0};
}

class Table {
 public:
  explicit Table(std::uint32_t flows) : records_(flows + flows / 4), flows_(flows) {
    rte_hash_parameters p{};
    const std::string name = "peer" + std::to_string(flows);
    p.name = name.c_str();
    p.entries = flows + flows / 4;
    p.key_len = sizeof(Key);
    p.hash_func = rte_hash_crc;
    p.socket_id = SOCKET_ID_ANY;
    p.extra_flag = RTE_HASH_EXTRA_FLAGS_EXT_TABLE;
    hash_ = rte_hash_create(&p);
    if (hash_ == nullptr) {
      std::fprintf(stderr, "rte_hash for %u flows: no memory (huge pages?)\n", flows);
      std::exit(1);
    }
    for (std::uint32_t i = 0; i < flows; ++i) {
      const Key key = key_of_number(i);
      if (rte_hash_add_key(hash_, &key) < 0) std::exit(1);
    }
  }
  ~Table() { rte_hash_free(hash_); }

  double look_up(std::uint32_t work) {
    std::uint64_t cycles = 0;
    for (std::uint32_t done = 0; done < work; done += kBurst) {
      fill();
      const std::uint64_t begin = __rdtsc();
      std::array<std::int32_t, kBurst> at;
      rte_hash_lookup_bulk(hash_, pointers_.data(), kBurst, at.data());
      for (const std::int32_t i : at) __builtin_prefetch(&records_[static_cast<std::size_t>(i)], 1);
      for (const std::int32_t i : at) records_[static_cast<std::size_t>(i)].service_word++;
      cycles += __rdtsc() - begin;
    }
    return static_cast<double>(cycles) / work;
  }
  double erase_and_insert(std::uint32_t work) {
    std::uint64_t cycles = 0;
    for (std::uint32_t done = 0; done < work; done += kBurst) {
      fill();
      const std::uint64_t begin = __rdtsc();
      for (const Key& key : keys_) {
        (void)rte_hash_del_key(hash_, &key);
        (void)rte_hash_add_key(hash_, &key);
      }
      cycles += __rdtsc() - begin;
    }
    return static_cast<double>(cycles) / work;
  }

 private:
  void fill() {
    for (std::uint32_t i = 0; i < kBurst; ++i) {
      keys_[i] = key_of_number(dice_.up_to(flows_ - 1));
      pointers_[i] = &keys_[i];
    }
  }

  std::vector<Flow> records_;
  std::uint32_t flows_;
  rte_hash* hash_ = nullptr;
  SplitMix64 dice_{1};
  std::array<Key, kBurst> keys_;
  std::array<const void*, kBurst> pointers_;
};

Result result_of(const char* name, const char* unit, std::uint32_t flows) {
  Result r;
  r.name = name;
  r.unit = unit;
  r.flows = flows;
  return r;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir;
  using namespace weir::bench;
  std::string json;
  std::vector<std::uint32_t> sizes;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--json" && i + 1 < argc) {
      json = argv[++i];
    } else {
      sizes.push_back(static_cast<std::uint32_t>(std::atoll(argv[i])));
    }
  }
  std::uint32_t most = 0;
  for (const std::uint32_t n : sizes) most = n > most ? n : most;
  if (most < 1000) {
    std::fputs("usage: rte-hash [--json FILE] FLOWS (1000 or more)...\n", stderr);
    return 2;
  }
  EalSettings settings;
  settings.memory_mb = 64 + most / 8'000;
  auto eal = Eal::start(settings);
  if (!eal) {
    std::fprintf(stderr, "%s\n", eal.error().message.c_str());
    return 1;
  }
  std::vector<bench::Result> results;
  const Effort effort;
  for (const std::uint32_t n : sizes) {
    Table table(n);
    results.push_back(result_of("rte_hash look-up, bulk", "look-up", n));
    measure_pairs(
        results.back(), effort, [&] { return table.look_up(effort.work); }, [] { return 0.0; });
    print(results.back());
    results.push_back(result_of("rte_hash erased and inserted", "pair", n));
    measure_pairs(
        results.back(), effort, [&] { return table.erase_and_insert(effort.work); },
        [] { return 0.0; });
    print(results.back());
  }
  return json.empty() || write_json(json, results) ? 0 : 1;
}
