// DPDK's environment: started once, told to touch nothing, ended with the process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "dpdk/eal_log.hpp"

namespace weir {

enum class HugePageUse : std::uint8_t { required, attempt, no };  ///< written required, try, no

struct EalSettings {
  HugePageUse huge_pages = HugePageUse::attempt;
  /// What all pools and rings will need, in MB: checked against the free huge pages, or reserved at
  /// once where there are none.
  std::uint32_t memory_mb = 256;
  /// CPUs of the calling thread and of EAL's own threads; empty = all the calling thread may use.
  /// Workers are not EAL's: each is a thread of ours that pins and registers itself (WorkerLcore).
  std::vector<unsigned> control_cpus{};
  bool pci = false;           ///< some device is a PCI one; else the bus is not even looked at
  std::string file_prefix{};  ///< empty = weir-PID
  bool telemetry = false;     ///< DPDK's own socket; leaves a directory behind, so off
  std::vector<std::string> extra_args{};  ///< [dpdk] eal-args, unsupported
  EalLogSink log{};                       ///< may be empty
};

/// EAL can be started once a process, even after ~Eal. All of it on the control thread.
class Eal {
 public:
  /// Never ends the process: what goes wrong is one sentence.
  [[nodiscard]] static Result<std::unique_ptr<Eal>> start(EalSettings settings);
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  [[nodiscard]] bool huge_pages() const noexcept { return huge_pages_; }
  [[nodiscard]] bool pci() const noexcept { return pci_; }
  /// The command line that EAL was given, for the log.
  [[nodiscard]] const std::vector<std::string>& arguments() const noexcept { return arguments_; }
  [[nodiscard]] const EalLog& log() const noexcept { return *log_; }

 private:
  Eal() = default;

  std::unique_ptr<EalLog> log_;
  std::vector<std::string> arguments_;
  bool huge_pages_ = false, pci_ = false;
};

/// Makes the calling thread known to DPDK while this lives: only known threads have a cache in
/// front of each mempool, and a counter of references to DmaMemory. Pin the thread first. At most
/// 127 at a time.
class WorkerLcore {
 public:
  WorkerLcore() noexcept;
  ~WorkerLcore();
  WorkerLcore(const WorkerLcore&) = delete;
  WorkerLcore& operator=(const WorkerLcore&) = delete;

  /// Whether there was room. Without it no worker may run.
  [[nodiscard]] bool registered() const noexcept { return registered_; }
  /// DPDK's number of this thread; not a CPU number, do not show it to users.
  [[nodiscard]] static unsigned id() noexcept;

 private:
  bool registered_;
};

}  // namespace weir
