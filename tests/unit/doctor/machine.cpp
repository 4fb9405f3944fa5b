#include "machine.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "doctor/drivers.hpp"

namespace weir::doctor::test {
namespace {

namespace fs = std::filesystem;

// In memory where there is such a place: a machine is a hundred small files.
std::string new_root() {
  std::error_code none;
  const fs::path place =
      fs::is_directory("/dev/shm", none) ? "/dev/shm" : fs::temp_directory_path();
  std::string name = place / "weir-machine-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) std::abort();
  return name;
}

std::string_view word(State state) {
  static constexpr std::string_view kWords[] = {"ok", "warn", "FAIL", "skip"};
  return kWords[static_cast<std::size_t>(state)];
}

const std::string kPci = "/sys/bus/pci/devices/";

}  // namespace

Machine::Machine() : env(new_root()), root_(env.at("")) {
  for (unsigned cpu = 0; cpu < 8; ++cpu) {
    const std::string path = fmt::format("/sys/devices/system/cpu/cpu{}", cpu);
    const unsigned first = cpu / 2 * 2;
    write(path + "/topology/thread_siblings_list", fmt::format("{}-{}\n", first, first + 1));
    add_directory(fmt::format("{}/node{}", path, cpu / 4));
    write(path + "/cpufreq/scaling_governor", "performance\n");
  }
  write("/sys/devices/system/cpu/online", "0-7\n");
  write("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse4_2 constant_tsc nonstop_tsc avx2\n");
  write("/proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable:   8000000 kB\n");
  write("/proc/mounts",
        "proc /proc proc rw 0 0\nnone /dev/hugepages hugetlbfs rw,pagesize=2M 0 0\n");
  add_directory("/dev/hugepages");
  write("/proc/self/cgroup", "0::/system.slice/weir.service\n");
  write("/sys/fs/cgroup/system.slice/weir.service/cpuset.cpus.effective", "0-7\n");
  write("/proc/self/limits",
        "Max locked memory         unlimited            unlimited            bytes\n");
  run_as(0, "000001ffffffffff");
  for (const int node : {0, 1}) set_huge_pages(node, 1024, 1024);

  add_nic("0000:03:00.0", "0x8086", "0x159b", "vfio-pci", "");
  add_nic("0000:01:00.0", "0x8086", "0x1521", "igb", "eno1");
  write(kPci + "0000:03:00.0/numa_node", "0\n");
  write(kPci + "0000:03:00.0/local_cpulist", "0-3\n");
  for (const char* which : {"current", "max"}) {
    write(fmt::format("{}0000:03:00.0/{}_link_speed", kPci, which), "16.0 GT/s PCIe\n");
    write(fmt::format("{}0000:03:00.0/{}_link_width", kPci, which), "8\n");
  }
  put_into_group("0000:03:00.0", "24");
  put_into_group("0000:01:00.0", "20");
  write("/dev/vfio/vfio", "");
  write("/dev/vfio/24", "");
  write("/dev/net/tun", "");
  write("/proc/net/dev", "Inter-| Receive\n face |bytes\n    lo: 0 0\n  eno1: 1 2\n");
  write("/proc/net/route",
        "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
        "eno1 00000000 010200C0 0003 0 0 0 00000000 0 0 0\n"
        "eno1 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n");
  for (const char* driver : {"bus_pci", "bus_vdev", "mempool_ring", "net_ice", "net_tap",
                             "net_af_packet", "net_af_xdp", "net_virtio", "net_pcap", "net_null"}) {
    write(fmt::format("{}/librte_{}.so.23", plugin_directory(), driver), "");
  }
  add_directory("/run/weir");
  add_directory("/sys/module");

  config.ports.push_back({});
  config.ports[0].name = "wan";
  config.ports[0].device = "0000:03:00.0";
  config.workers.cpus = {1, 2};
  config.memory.hugepages = HugePages::required;
}

Machine::~Machine() { fs::remove_all(root_); }

void Machine::write(std::string_view path, std::string_view text) const {
  const fs::path file = env.at(path);
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

void Machine::append(std::string_view path, std::string_view text) const {
  write(path, env.text(path) + std::string(text));
}

void Machine::link(std::string_view path, std::string_view target) const {
  const fs::path file = env.at(path);
  fs::create_directories(file.parent_path());
  fs::remove(file);
  fs::create_symlink(target, file);
}

void Machine::remove(std::string_view path) const { fs::remove_all(env.at(path)); }

void Machine::add_directory(std::string_view path) const { fs::create_directories(env.at(path)); }

void Machine::add_nic(const std::string& address, std::string_view vendor, std::string_view device,
                      std::string_view driver, std::string_view interface) const {
  write(kPci + address + "/class", "0x020000\n");
  write(kPci + address + "/vendor", std::string(vendor) + "\n");
  write(kPci + address + "/device", std::string(device) + "\n");
  write(kPci + address + "/numa_node", "-1\n");
  bind(address, driver);
  if (!interface.empty()) add_directory(kPci + address + "/net/" + std::string(interface));
}

void Machine::bind(const std::string& address, std::string_view driver) const {
  remove(kPci + address + "/driver");
  if (!driver.empty()) link(kPci + address + "/driver", "../../drivers/" + std::string(driver));
}

void Machine::put_into_group(const std::string& address, const std::string& group) const {
  link(kPci + address + "/iommu_group", "../../../kernel/iommu_groups/" + group);
  link("/sys/kernel/iommu_groups/" + group + "/devices/" + address, "../" + address);
}

void Machine::set_huge_pages(int node, unsigned total, unsigned free) const {
  const std::string pool = "hugepages/hugepages-2048kB/";
  const std::string own = fmt::format("/sys/devices/system/node/node{}/{}", node, pool);
  write(own + "nr_hugepages", std::to_string(total));
  write(own + "free_hugepages", std::to_string(free));
  for (const char* file : {"nr_hugepages", "free_hugepages"}) {
    std::uint64_t sum = 0;
    for (const int each : {0, 1}) {
      sum += env.number(fmt::format("/sys/devices/system/node/node{}/{}{}", each, pool, file))
                 .value_or(0);
    }
    write("/sys/kernel/mm/" + pool + file, std::to_string(sum));
  }
}

void Machine::run_as(unsigned uid, std::string_view capabilities) const {
  write("/proc/self/status",
        fmt::format("Name:\tweir\nPPid:\t1\nUid:\t{0}\t{0}\t{0}\t{0}\nGid:\t{0}\t{0}\t{0}\t{0}\n"
                    "Groups:\t{0}\nCapEff:\t{1}\n",
                    uid, capabilities));
}

Findings Machine::examine(std::string_view id) const {
  const Check* const check = check_named(id);
  if (check == nullptr || check->examine == nullptr) return {};
  return check->examine({env, config});
}

Finding Machine::finding(std::string_view id) const {
  const Findings findings = examine(id);
  EXPECT_EQ(findings.size(), 1U) << id;
  return findings.empty() ? Finding{} : findings.front();
}

std::string Machine::verdict(std::string_view id) const {
  const Finding one = finding(id);
  return std::string(word(one.state)) + ": " + to_sentence(one);
}

}  // namespace weir::doctor::test
