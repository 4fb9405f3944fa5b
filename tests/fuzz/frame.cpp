// Bytes as frames: a fresh worker receives them one after the other.
//
// An input is a list of [control 1][length 2][frame]. Control: 1 = mend the checksums first, 2 =
// the NIC found the checksums good, 4 = bad, 8 = time passes before (one byte more, in 32 ms).
#include "small_stack.hpp"

namespace weir::fuzz {
namespace {

constexpr std::size_t kMostFrames = 64, kMostBytes = 1600;

void receive(Stack& stack, Input& in) {
  const std::uint8_t control = in.u8();
  if ((control & 8) != 0) stack.advance(std::chrono::milliseconds(32 * in.u8()));
  const auto bytes = in.take(in.u16());
  Octets frame(bytes.begin(),
               bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), kMostBytes)));
  if ((control & 1) != 0) mend_checksums(frame);
  std::uint16_t flags = 0;
  if ((control & 2) != 0) flags |= kRxIpChecksumGood | kRxL4ChecksumGood;
  if ((control & 4) != 0) flags |= kRxIpChecksumBad | kRxL4ChecksumBad;
  stack.receive(frame, flags);  // counts that verdicts and held frames add up
  stack.sent().clear();         // each was read back when it left
}

}  // namespace
}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::fuzz;
  failures_are_findings();
  Stack stack(small_stack());
  Input in(data, size);
  for (std::size_t n = 0; n < kMostFrames && !in.done(); ++n) receive(stack, in);
  nothing_is_left(stack);
  return 0;
}
