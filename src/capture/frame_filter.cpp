// libpcap compiles and runs them. DPDK 22.11 has a way to machine code (rte_bpf_convert and its
// JIT): loads of single bytes at an index go wrong in it ("tcp[13] & 2 != 0" looks at another
// byte), and some programs jump out of what was generated. docs/architecture.md.
#include "capture/frame_filter.hpp"

#include <nss.h>
#include <pcap/pcap.h>

namespace weir {

struct FrameFilter::Program {
  bpf_program code{};
  ~Program() { pcap_freecode(&code); }
};

FrameFilter::FrameFilter(std::unique_ptr<Program> program) noexcept
    : program_(std::move(program)) {}
FrameFilter::~FrameFilter() = default;

Result<std::shared_ptr<const FrameFilter>> FrameFilter::compile(const std::string& expression) {
  constexpr int kMostBytes = 65'535;
  // "host NAME" looks names up, and who waits for a resolver is the control thread.
  (void)__nss_configure_lookup("hosts", "files");
  if (expression.size() > kMostExpression) {
    return Error{"longer than " + std::to_string(kMostExpression) + " bytes"};
  }
  struct Close {
    void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
  };
  const std::unique_ptr<pcap_t, Close> handle(pcap_open_dead(DLT_EN10MB, kMostBytes));
  if (handle == nullptr) return Error{"no memory for a filter"};
  auto program = std::make_unique<Program>();
  if (pcap_compile(handle.get(), &program->code, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) !=
      0) {
    return Error{pcap_geterr(handle.get())};
  }
  return std::shared_ptr<const FrameFilter>(new FrameFilter(std::move(program)));
}

bool FrameFilter::matches(std::span<const std::uint8_t> bytes,
                          std::uint32_t length) const noexcept {
  return bpf_filter(program_->code.bf_insns, bytes.data(), length,
                    static_cast<std::uint32_t>(bytes.size())) != 0;
}

}  // namespace weir
