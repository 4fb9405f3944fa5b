// How many packets have passed in a pcapng stream, read in pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::ctl {

/// Looks at the blocks' types and lengths, and at the options of interface statistics.
class PcapngCounter {
 public:
  void see(std::string_view piece);
  [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }
  /// What the statistics say was lost.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  /// Whether the stream came to its end, where the statistics stand.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  void read_block(std::string_view block);

  std::string rest_;  // the beginning of a block
  std::uint64_t packets_ = 0, lost_ = 0;
  bool complete_ = false;
};

}  // namespace weir::ctl
