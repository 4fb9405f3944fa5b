// HP01-HP06: huge pages, and memory as such.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "doctor/checks_by_subject.hpp"
#include "doctor/cpus.hpp"
#include "doctor/huge_pages.hpp"
#include "doctor/memory_need.hpp"
#include "doctor/ports.hpp"
#include "doctor/processes.hpp"

namespace weir::doctor {
namespace {

MemoryNeed need_of(const Subject& subject) {
  return memory_need(subject.config, std::max<std::size_t>(worker_cpus(subject).size(), 1));
}

bool unwanted(const Subject& subject) { return subject.config.memory.hugepages == HugePages::no; }

Findings not_wanted() { return {skip("[memory] hugepages = no")}; }

/// What keeps weir from starting with hugepages = required costs speed with hugepages = try.
Finding as_wanted(const Subject& subject, Finding finding) {
  if (subject.config.memory.hugepages != HugePages::required && finding.state == State::fail) {
    finding.state = State::warn;
    finding.what += "; weir will run without (slower)";
  }
  return finding;
}

int node_of_first_nic(const Subject& subject) {
  const auto nics = nic_ports(subject);
  return nics.empty() ? -1 : nics.front().nic.node;
}

struct Leftovers {
  std::vector<std::string> patterns;  ///< "/dev/hugepages/rtemap_*", for rm
  std::size_t files = 0;
};

std::vector<std::string> hugetlbfs_mounts(const Environment& env) {
  std::vector<std::string> mounts;
  for (const std::string& line : env.lines("/proc/mounts")) {
    const auto words = words_of(line);
    if (words.size() >= 3 && words[2] == "hugetlbfs") mounts.push_back(words[1]);
  }
  return mounts;
}

/// All that any process has mapped, as text; nothing when some process hides it from us, for then
/// no file can be called left behind.
std::optional<std::string> everybodys_maps(const Environment& env) {
  std::string all;
  for (const std::string& pid : process_ids(env)) {
    const std::string file = "/proc/" + pid + "/maps";
    if (!env.exists(file)) continue;  // ended meanwhile
    if (!may(env, file, 4)) return std::nullopt;
    all += env.text(file);
  }
  return all;
}

/// Files "<prefix>map_<number>" of DPDK programs that no process has mapped; a prefix with one file
/// in use is left out as a whole.
Leftovers find_leftovers(const Environment& env) {
  Leftovers left;
  const auto maps = everybodys_maps(env);
  if (!maps) return left;
  for (const std::string& mount : hugetlbfs_mounts(env)) {
    std::map<std::string, std::vector<std::string>> by_prefix;
    for (const std::string& name : env.names(mount)) {
      const std::size_t at = name.find("map_");
      if (at != std::string::npos) by_prefix[name.substr(0, at + 4)].push_back(name);
    }
    for (const auto& [prefix, names] : by_prefix) {
      if (maps->find(mount + "/" + prefix) != std::string::npos) continue;
      left.patterns.push_back(for_shell(mount + "/" + prefix) + "*");
      left.files += names.size();
    }
  }
  return left;
}

/// "pid 812 (vpp) 2048 MB", of all that hold huge pages.
std::vector<std::string> holders(const Environment& env) {
  std::vector<std::string> names;
  for (const std::string& pid : process_ids(env)) {
    const std::string held = env.field("/proc/" + pid + "/status", "HugetlbPages");
    const std::uint64_t kb = std::strtoull(held.c_str(), nullptr, 10);
    if (kb != 0) names.push_back(fmt::format("{} {} MB", process_name(env, pid), kb / 1024));
  }
  return names;
}

/// --huge-dir of [dpdk] eal-args; without it weir needs no mount.
std::string huge_dir(const Config& config) {
  static constexpr std::string_view kOption = "--huge-dir";
  const auto& args = config.dpdk.eal_args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == kOption && i + 1 < args.size()) return args[i + 1];
    if (args[i].starts_with(std::string(kOption) + "=")) return args[i].substr(kOption.size() + 1);
  }
  return {};
}

}  // namespace

Findings huge_pages_are_reserved(const Subject& subject) {
  if (unwanted(subject)) return not_wanted();
  const HugePagePools pools = read_huge_pages(subject.env);
  const std::uint64_t need = need_of(subject).mb, total = total_mb(pools), free = free_mb(pools);
  if (total == 0) {
    const int node = node_of_first_nic(subject);
    return {as_wanted(subject, *find_too_few_huge_pages(pools, need, node))};
  }
  if (free < need) return {skip(total < need ? "too few: see HP06" : "taken: see HP03")};
  return {ok(fmt::format("hugepages: need {} MB, free {} MB", need, free))};
}

Findings huge_pages_are_near_the_nic(const Subject& subject) {
  if (unwanted(subject)) return not_wanted();
  const auto nodes = read_huge_pages_of_nodes(subject.env);
  const std::uint64_t need = need_of(subject).mb;
  if (nodes.size() < 2) return {skip("this machine has one NUMA node")};
  if (free_mb(read_huge_pages(subject.env)) < need) return {skip("too few on all nodes together")};
  return for_each_nic(subject, [&](const Nic& nic) {
    const auto own = nodes.find(nic.node);
    if (own == nodes.end()) return skip("its NUMA node is not known");
    if (free_mb(own->second) >= need) {
      return ok(
          fmt::format("node {} has {} MB of free huge pages", nic.node, free_mb(own->second)));
    }
    std::string elsewhere;
    for (const auto& [node, pools] : nodes) {
      if (node != nic.node) elsewhere += fmt::format(", {} MB on node {}", free_mb(pools), node);
    }
    const auto lack = find_too_few_huge_pages(own->second, need, nic.node);
    return warn(
        fmt::format("free huge pages are on the wrong node: {} MB on node {}, where the NIC "
                    "is{}; each packet will cross between nodes",
                    free_mb(own->second), nic.node, elsewhere),
        lack->remedy);
  });
}

Findings huge_pages_are_free(const Subject& subject) {
  if (unwanted(subject)) return not_wanted();
  const HugePagePools pools = read_huge_pages(subject.env);
  const std::uint64_t need = need_of(subject).mb, total = total_mb(pools), free = free_mb(pools);
  if (total == 0) return {skip("none are reserved: see HP01")};
  if (total < need) return {skip("too few are reserved: see HP06")};
  if (free >= need) return {ok(fmt::format("{} of {} MB in huge pages are free", free, total))};
  const std::string what = fmt::format("{} of {} MB in huge pages are taken; weir needs {} MB",
                                       total - free, total, need);
  const Leftovers left = find_leftovers(subject.env);
  const auto living = holders(subject.env);
  std::string by = living.empty() ? "" : fmt::format("; held by {}", fmt::join(living, ", "));
  if (left.files != 0) {
    by += fmt::format("; {} files were left behind by a dead program (no process has them mapped)",
                      left.files);
    return {as_wanted(subject, fail(what + by, {fmt::format("rm {}", fmt::join(left.patterns, " ")),
                                                "look at them first"}))};
  }
  return {as_wanted(subject, fail(what + by, find_too_few_huge_pages(pools, need)->remedy))};
}

Findings hugetlbfs_is_mounted(const Subject& subject) {
  if (unwanted(subject)) return not_wanted();
  const auto mounts = hugetlbfs_mounts(subject.env);
  const std::string wanted = huge_dir(subject.config);
  if (!wanted.empty() && std::count(mounts.begin(), mounts.end(), wanted) == 0) {
    return {fail(
        fmt::format("[dpdk] eal-args names --huge-dir {}, where no hugetlbfs is mounted", wanted),
        {fmt::format("mkdir -p {0} && mount -t hugetlbfs none {0}", for_shell(wanted)),
         fmt::format("in a container: -v {0}:{0}", wanted)})};
  }
  if (!mounts.empty()) {
    return {ok(fmt::format("hugetlbfs is mounted on {}", fmt::join(mounts, ", ")))};
  }
  return {ok("hugetlbfs is not mounted, and need not be: weir takes its huge pages without files")};
}

Findings hugetlbfs_may_be_opened(const Subject& subject) {
  if (unwanted(subject)) return not_wanted();
  const auto mounts = hugetlbfs_mounts(subject.env);
  if (mounts.empty()) return {skip("hugetlbfs is not mounted")};
  // EAL opens and locks the first mount even when it puts nothing into it.
  const std::string wanted = huge_dir(subject.config);
  if (!wanted.empty() && !subject.env.exists(wanted)) return {skip("see HP04")};
  const std::string& mount = wanted.empty() ? mounts.front() : wanted;
  const unsigned access = wanted.empty() ? 4 : 7;
  if (!may(subject.env, mount, access)) {
    return {as_wanted(
        subject,
        fail(fmt::format("this user may not {} {}", access == 7 ? "write" : "open", mount),
             {"chmod a+rx " + for_shell(mount), "or run it through systemd"}, kNoPermission))};
  }
  return {ok("this user may open " + mount)};
}

Findings memory_suffices(const Subject& subject) {
  const MemoryNeed need = need_of(subject);
  if (auto lack = find_too_little_memory(subject.env, subject.config, need)) return {*lack};
  const HugePagePools pools = read_huge_pages(subject.env);
  const std::uint64_t total = total_mb(pools);
  if (!unwanted(subject) && total != 0 && total < need.mb) {
    Finding lack =
        fail(fmt::format("too few huge pages: {}; {} MB are reserved, {} MB of them free",
                         need.buffers_to_words(), total, free_mb(pools)),
             find_too_few_huge_pages(pools, need.mb)->remedy);
    lack.remedy.advice = fitting_mbufs(need, free_mb(pools)) + "; " + lack.remedy.advice;
    return {as_wanted(subject, std::move(lack))};
  }
  return {ok("memory: " + need.to_words())};
}

}  // namespace weir::doctor
