// tcpdump's filters, compiled to machine code.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "frame/frame_filter.hpp"

namespace weir {

/// `expression` is what pcap-filter(7) says, for Ethernet: libpcap makes classic BPF of it, DPDK
/// eBPF of that, and machine code where it knows how. An empty one matches every frame. The error
/// is libpcap's, one sentence. Needs EAL; the control thread's, takes about a millisecond.
[[nodiscard]] Result<std::unique_ptr<FrameFilter>> make_capture_filter(
    const std::string& expression);

}  // namespace weir
