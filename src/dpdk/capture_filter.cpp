#include "dpdk/capture_filter.hpp"

// Experimental in DPDK 22.11: rte_bpf_convert.
#define ALLOW_EXPERIMENTAL_API
#include <pcap/pcap.h>
#include <rte_bpf.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include <cstring>

namespace weir {
namespace {

struct CloseHandle {
  void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
};
struct FreeBpf {
  void operator()(rte_bpf* bpf) const noexcept { rte_bpf_destroy(bpf); }
};

/// A compiled expression; libpcap frees what is in it.
class Program {
 public:
  Program() = default;
  ~Program() { pcap_freecode(&code_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  [[nodiscard]] bpf_program* get() noexcept { return &code_; }

 private:
  bpf_program code_{};
};

class BpfFilter final : public FrameFilter {
 public:
  explicit BpfFilter(rte_bpf* bpf) : bpf_(bpf) { (void)rte_bpf_get_jit(bpf, &jit_); }

  // The program reads a packet buffer; one that owns nothing lends it the frame.
  bool matches(std::span<const std::uint8_t> frame) const noexcept override {
    rte_mbuf lent;
    lent.buf_addr = const_cast<std::uint8_t*>(frame.data());
    lent.data_off = 0;
    lent.data_len = static_cast<std::uint16_t>(frame.size());
    lent.pkt_len = lent.data_len;
    lent.nb_segs = 1;
    lent.next = nullptr;
    return (jit_.func != nullptr ? jit_.func(&lent) : rte_bpf_exec(bpf_.get(), &lent)) != 0;
  }

 private:
  std::unique_ptr<rte_bpf, FreeBpf> bpf_;
  rte_bpf_jit jit_{};
};

}  // namespace

Result<std::unique_ptr<FrameFilter>> make_capture_filter(const std::string& expression) {
  constexpr int kMostBytes = 65'535;
  const std::unique_ptr<pcap_t, CloseHandle> handle(pcap_open_dead(DLT_EN10MB, kMostBytes));
  if (handle == nullptr) return Error{"no memory for a filter"};
  Program program;
  if (pcap_compile(handle.get(), program.get(), expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return Error{pcap_geterr(handle.get())};
  }
  rte_bpf_prm* const parameters = rte_bpf_convert(program.get());
  if (parameters == nullptr) {
    return Error{std::string("DPDK cannot convert this filter: ") + rte_strerror(rte_errno)};
  }
  rte_bpf* const bpf = rte_bpf_load(parameters);
  const int error = rte_errno;
  rte_free(parameters);
  if (bpf == nullptr) {
    return Error{std::string("DPDK does not take this filter: ") + rte_strerror(error)};
  }
  return std::unique_ptr<FrameFilter>(std::make_unique<BpfFilter>(bpf));
}

}  // namespace weir
