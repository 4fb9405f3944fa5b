// The table: ids, reasons and cures. docs/doctor.md is made from it.
#include <algorithm>
#include <cctype>

#include "doctor/checks_by_subject.hpp"

namespace weir::doctor {
namespace {

constexpr Check kChecks[] = {
    {"HP01", "huge pages are reserved",
     "packet buffers live in huge pages, which the kernel gives to nobody before they are reserved",
     "echo N > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages now, hugepages=N on the "
     "kernel's command line for ever, or [memory] hugepages = no, which is slower",
     huge_pages_are_reserved},
    {"HP02", "huge pages are on the NIC's node",
     "memory of another NUMA node costs a hop between processors for every packet",
     "reserve them on that node: echo N > "
     "/sys/devices/system/node/nodeNODE/hugepages/hugepages-2048kB/nr_hugepages",
     huge_pages_are_near_the_nic},
    {"HP03", "reserved huge pages are free",
     "pages that another program holds, or files that a killed one left behind, cannot be used",
     "stop the program that is named, remove the files that nobody has mapped, or reserve more",
     huge_pages_are_free},
    {"HP04", "hugetlbfs is mounted where it is needed",
     "DPDK keeps huge pages in files there if it is told to; weir by itself needs no files",
     "mount -t hugetlbfs none DIRECTORY; in a container -v /dev/hugepages:/dev/hugepages; or no "
     "--huge-dir in [dpdk] eal-args",
     hugetlbfs_is_mounted},
    {"HP05", "hugetlbfs may be opened",
     "DPDK opens and locks the directory of each mount, and gives up where it may not",
     "chmod a+rx the mount, run weir through systemd, or [memory] hugepages = no",
     hugetlbfs_may_be_opened},
    {"HP06", "there is as much memory as the configuration asks for",
     "DPDK would try for long and then speak of something else, and the memory of flight recorders "
     "would be touched until the kernel kills weir",
     "a smaller [memory] mbufs, a smaller [port] mtu, a smaller [recorder] memory, fewer workers, "
     "or "
     "more memory",
     memory_suffices},
    {"MEM01", "memory may be locked",
     "VFIO pins all memory that a NIC may reach, and counts it against the limit of locked memory",
     "LimitMEMLOCK=infinity in the unit, docker run --ulimit memlock=-1, or CAP_IPC_LOCK",
     memory_may_be_locked},
    {"MEM02", "VFIO has room for the mappings",
     "VFIO keeps a limited number of mappings, one a huge page: 65535 of 2 MB are 128 GB",
     "pages of 1 GB, or a larger /sys/module/vfio_iommu_type1/parameters/dma_entry_limit",
     vfio_has_room_for_mappings},
    {"IOM01", "the IOMMU is on",
     "vfio-pci gives a NIC away only where the IOMMU can keep it inside weir's memory",
     "enable VT-d or AMD-Vi in the firmware and intel_iommu=on iommu=pt on the kernel's command "
     "line; in a virtual machine without one, vfio's no-IOMMU mode",
     iommu_is_on},
    {"IOM02", "the IOMMU group is ours alone",
     "devices of a group can reach each other's memory, so VFIO takes all of them or none",
     "bind every device of the group to vfio-pci, use another slot, or enable ACS",
     iommu_group_is_ours},
    {"IOM03", "the firmware reserves no memory for the slot",
     "VFIO refuses a device for which the firmware demands fixed mappings (RMRR)",
     "exclude the slot from RMRR in the firmware, or use another slot",
     iommu_group_is_not_reserved},
    {"NIC01", "the PCI device exists and is a NIC",
     "DPDK says nothing about an address without a NIC",
     "set [port] device to one of the NICs that are listed", device_exists},
    {"NIC02", "the device's name is sound", "DPDK says no more than that it failed to parse it",
     "a PCI address with its domain (0000:03:00.0) or a virtual device (net_tap0,iface=weir0)",
     device_name_is_sound},
    {"NIC03", "the kernel has let go of the NIC",
     "DPDK can have a NIC only when no driver of the kernel has it",
     "driverctl set-override ADDRESS vfio-pci (undo: driverctl unset-override ADDRESS)",
     kernel_let_go},
    {"NIC04", "nobody depends on the NIC",
     "a NIC that is taken from the kernel takes its routes and sessions along: the server is lost",
     "use a NIC that carries neither the default route nor your ssh session", nobody_depends_on_it},
    {"NIC05", "a NIC that is shared stays with the kernel's driver",
     "mlx5, mlx4 and mana are reached through the kernel's driver and libibverbs, never by "
     "vfio-pci",
     "driverctl unset-override ADDRESS; apt install ibverbs-providers; modprobe ib_uverbs",
     bifurcated_stays_with_kernel},
    {"NIC06", "DPDK has a driver for the chip", "many NICs have none, cheap ones above all",
     "go through the kernel: device = net_af_xdp0,iface=NAME or net_af_packet0,iface=NAME",
     chip_has_a_driver},
    {"NIC07", "the driver is installed",
     "Debian has a package for each driver of DPDK and installs few of them; DPDK then fails "
     "without "
     "a reason",
     "apt install the package that is named", driver_is_installed},
    {"NIC08", "the NIC spreads packets over the workers",
     "without RSS one worker receives for all and hands the packets on",
     "nothing must be done; QEMU: mq=on,rss=on,hash=on", nic_can_spread},
    {"NIC09", "the slot is fast enough and near",
     "a slot with fewer lanes than the card is the limit, and another NUMA node costs a fifth",
     "a wider slot; [workers] cpus = auto", slot_is_fast_and_near},
    {"NIC10", "the link is up", "without a link nothing arrives", "cable, switch port, SFP module",
     nullptr, link_is_up},
    {"NIC11", "a virtual function is trusted",
     "the host drops packets of a virtual function that uses another MAC address or wants all",
     "on the host: ip link set NAME vf N trust on spoofchk off", nullptr,
     virtual_function_is_trusted},
    {"NIC12", "an ENA combines its writes",
     "Amazon's NIC is slow to send when each write goes alone",
     "igb_uio with wc_activate=1, or a patched vfio-pci", ena_combines_writes},
    {"NIC13", "no other program has the NIC", "VFIO gives a group to one program at a time",
     "stop the program that is named", device_is_not_taken},
    {"CPU01", "the workers' CPUs may be used",
     "a container or a cpuset allows some of the machine's CPUs only",
     "[workers] cpus = auto, or CPUs that are allowed", cpus_may_be_used},
    {"CPU02", "CPU numbers above 127 work",
     "DPDK counts its threads to 128; weir numbers them apart from CPUs, so any CPU will do",
     "nothing must be done",
     [](const Subject&) -> Findings { return {ok("any CPU number will do")}; }},
    {"CPU03", "there is no CPU quota",
     "the kernel freezes a group that has used up its quota, up to 90 ms, and packets wait or are "
     "lost",
     "whole CPUs instead of a quota; no CPUQuota= in the unit", no_cpu_quota},
    {"CPU04", "each worker has a core",
     "two workers on one core (SMT) get half of it each; where they use every CPU, control waits; "
     "and what a task or an interrupt takes of a worker's CPU, its packets wait for",
     "[workers] cpus = auto, or the CPUs that are named; isolcpus= or CPUAffinity= for the others",
     workers_have_cores, workers_are_alone},
    {"CPU05", "the CPU has SSE4.2", "Debian's DPDK is built for it, and would end with SIGILL",
     "a newer CPU, or in a virtual machine one that is passed through", cpu_has_sse},
    {"CPU06", "the clock is steady and the CPU fast",
     "timers count cycles of the time-stamp counter; a governor that saves power adds latency",
     "cpupower frequency-set -g performance; virtual machine: -cpu host,+invtsc", clock_is_steady},
    {"SEC01", "the kernel is not locked down",
     "with Secure Boot neither igb_uio nor vfio's no-IOMMU mode works",
     "vfio-pci with a real IOMMU", kernel_is_not_locked_down},
    {"SEC02", "devices, capabilities and /sys are there",
     "a container gives none of them by itself, and DPDK's drivers fail without saying which they "
     "miss",
     "docker run --device and --cap-add as named; else root or systemd", container_gives_enough},
    {"SEC03", "the unit hides no device",
     "PrivateDevices= and its like hide /dev/vfio and /dev/net/tun",
     "systemctl edit weir, [Service] PrivateDevices=no", unit_hides_no_device},
    {"RUN01", "no other weir runs", "two daemons cannot share a control socket",
     "stop the other one, or give this one its own: --set control.socket=PATH", no_other_weir_runs},
    {"RUN02", "the virtual devices can start",
     "DPDK goes on without a virtual device that fails, and then has no port",
     "as named: an interface that exists, /dev/net/tun, a file that can be read",
     virtual_devices_can_start},
    {"RUN03", "the control socket can be made", "weirctl has nobody to talk to without it",
     "a directory that weir may write; [control] socket = PATH", socket_can_be_made},
    {"NET01", "the gateway answers", "packets to other networks have nowhere to go",
     "VLAN, switch port, address and mask", nullptr, gateway_answers},
    {"NET02", "what arrives is for us",
     "frames for another MAC address, VLAN or IP address are dropped",
     "[port] vlan and address; weirctl drops tells which", nullptr, what_arrives_is_ours},
    {"NET03", "frames fit the MTU", "frames longer than the MTU are lost",
     "[port] mtu = the network's", nullptr, frames_fit},
    {"NET04", "the kernel does not see these packets",
     "tcpdump, iptables and ss look at the kernel, which has no part in them",
     "weirctl flows, drops and stats", nullptr},
    {"NET05", "a CPU at 100 % is no load",
     "a worker that polls uses its CPU whether packets come or not; BUSY in weirctl workers is the "
     "load",
     "[workers] idle = interrupt", nullptr},
};

}  // namespace

std::span<const Check> checks() noexcept { return kChecks; }

const Check* check_named(std::string_view id) noexcept {
  const auto same = [](char a, char b) {
    return std::toupper(static_cast<unsigned char>(a)) ==
           std::toupper(static_cast<unsigned char>(b));
  };
  for (const Check& check : kChecks) {
    if (std::equal(check.id.begin(), check.id.end(), id.begin(), id.end(), same)) return &check;
  }
  return nullptr;
}

}  // namespace weir::doctor
