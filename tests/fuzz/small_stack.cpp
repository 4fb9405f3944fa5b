// A stack of few buffers, and the failures of its own checks as findings.
#include "small_stack.hpp"

namespace weir::fuzz {
namespace {

class Abort final : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fprintf(stderr, "%s:%d: %s\n", result.file_name(), result.line_number(), result.message());
    std::abort();
  }
};

}  // namespace

void failures_are_findings() {
  static const bool once = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new Abort);
    return true;
  }();
  (void)once;
}

Stack::Config small_stack() {
  Stack::Config config;
  config.pool = 192;
  config.source_bytes = 6000;
  config.chargen = false;
  config.tune = [](Snapshot& s) { s.max_flows = 32; };
  return config;
}

void nothing_is_left(Stack& stack) {
  stack.shut_down();
  must(!stack.pipeline().next_due(), "a timer outlives its flow");
  must(stack.pipeline().memory().flows == 0, "a flow outlives the shut-down");
}

}  // namespace weir::fuzz
