// The checks' functions, one each; their ids and reasons stand in checks.cpp.
#pragma once

#include "doctor/check.hpp"

namespace weir::doctor {

// check_huge_pages.cpp
[[nodiscard]] Findings huge_pages_are_reserved(const Subject& subject);      // HP01
[[nodiscard]] Findings huge_pages_are_near_the_nic(const Subject& subject);  // HP02
[[nodiscard]] Findings huge_pages_are_free(const Subject& subject);          // HP03
[[nodiscard]] Findings hugetlbfs_is_mounted(const Subject& subject);         // HP04
[[nodiscard]] Findings hugetlbfs_may_be_opened(const Subject& subject);      // HP05
[[nodiscard]] Findings memory_suffices(const Subject& subject);              // HP06

// check_memory.cpp
[[nodiscard]] Findings memory_may_be_locked(const Subject& subject);        // MEM01
[[nodiscard]] Findings vfio_has_room_for_mappings(const Subject& subject);  // MEM02

// check_iommu.cpp
[[nodiscard]] Findings iommu_is_on(const Subject& subject);                  // IOM01
[[nodiscard]] Findings iommu_group_is_ours(const Subject& subject);          // IOM02
[[nodiscard]] Findings iommu_group_is_not_reserved(const Subject& subject);  // IOM03

// check_nic.cpp
[[nodiscard]] Findings device_exists(const Subject& subject);                 // NIC01
[[nodiscard]] Findings device_name_is_sound(const Subject& subject);          // NIC02
[[nodiscard]] Findings kernel_let_go(const Subject& subject);                 // NIC03
[[nodiscard]] Findings nobody_depends_on_it(const Subject& subject);          // NIC04
[[nodiscard]] Findings bifurcated_stays_with_kernel(const Subject& subject);  // NIC05
[[nodiscard]] Findings device_is_not_taken(const Subject& subject);           // NIC13

// check_nic_hardware.cpp
[[nodiscard]] Findings chip_has_a_driver(const Subject& subject);      // NIC06
[[nodiscard]] Findings driver_is_installed(const Subject& subject);    // NIC07
[[nodiscard]] Findings nic_can_spread(const Subject& subject);         // NIC08
[[nodiscard]] Findings slot_is_fast_and_near(const Subject& subject);  // NIC09
[[nodiscard]] Findings ena_combines_writes(const Subject& subject);    // NIC12

// check_cpu.cpp
[[nodiscard]] Findings cpus_may_be_used(const Subject& subject);    // CPU01
[[nodiscard]] Findings no_cpu_quota(const Subject& subject);        // CPU03
[[nodiscard]] Findings workers_have_cores(const Subject& subject);  // CPU04
[[nodiscard]] Findings cpu_has_sse(const Subject& subject);         // CPU05
[[nodiscard]] Findings clock_is_steady(const Subject& subject);     // CPU06

// check_security.cpp
[[nodiscard]] Findings kernel_is_not_locked_down(const Subject& subject);  // SEC01
[[nodiscard]] Findings container_gives_enough(const Subject& subject);     // SEC02
[[nodiscard]] Findings unit_hides_no_device(const Subject& subject);       // SEC03

// check_run.cpp
[[nodiscard]] Findings no_other_weir_runs(const Subject& subject);         // RUN01
[[nodiscard]] Findings virtual_devices_can_start(const Subject& subject);  // RUN02
[[nodiscard]] Findings socket_can_be_made(const Subject& subject);         // RUN03

// live_port.cpp
[[nodiscard]] Findings link_is_up(const LiveSubject& subject);                   // NIC10
[[nodiscard]] Findings virtual_function_is_trusted(const LiveSubject& subject);  // NIC11

// live_cpu.cpp
[[nodiscard]] Findings workers_are_alone(const LiveSubject& subject);  // CPU04

// live_network.cpp
[[nodiscard]] Findings gateway_answers(const LiveSubject& subject);       // NET01
[[nodiscard]] Findings what_arrives_is_ours(const LiveSubject& subject);  // NET02
[[nodiscard]] Findings frames_fit(const LiveSubject& subject);            // NET03

}  // namespace weir::doctor
