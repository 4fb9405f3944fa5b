// Which frames somebody wants to see: tcpdump's expressions.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"

namespace weir {

/// A compiled expression of pcap-filter(7), for Ethernet. Any thread may ask it.
class FrameFilter {
 public:
  static constexpr std::size_t kMostExpression = 2000;  ///< bytes

  /// The error is libpcap's sentence. An empty expression matches every frame. Names of hosts are
  /// those of /etc/hosts: from the first call on nothing in this process asks a resolver.
  [[nodiscard]] static Result<std::shared_ptr<const FrameFilter>> compile(
      const std::string& expression);
  ~FrameFilter();
  FrameFilter(const FrameFilter&) = delete;
  FrameFilter& operator=(const FrameFilter&) = delete;

  /// `bytes` begin with the Ethernet header; of a frame of `length` bytes they may be the first
  /// ones only, and then what lies beyond them does not match.
  [[nodiscard]] bool matches(std::span<const std::uint8_t> bytes,
                             std::uint32_t length) const noexcept;

 private:
  struct Program;
  explicit FrameFilter(std::unique_ptr<Program> program) noexcept;
  std::unique_ptr<Program> program_;
};

}  // namespace weir
