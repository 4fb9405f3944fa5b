// The stack of tests/support, small enough to be made anew for each input.
#pragma once

#include "fuzz.hpp"
#include "support/stack.hpp"

namespace weir::fuzz {

using namespace test;

/// Makes a failed EXPECT of the stack end the process; to be called first of all.
void failures_are_findings();

/// 192 buffers and 32 flows; no chargen.
[[nodiscard]] Stack::Config small_stack();

/// Ends all connections and claims that nothing is left of them.
void nothing_is_left(Stack& stack);

/// What a target does with an input: settings of the stack off its front, then the rest as a
/// program on that stack, of which nothing must be left.
template <class Configure, class Program>
int on_a_small_stack(const std::uint8_t* data, std::size_t size, Configure configure,
                     Program program) {
  failures_are_findings();
  Input in(data, size);
  Stack::Config config = small_stack();
  configure(in, config);
  Stack stack(config);
  program(in, stack);
  nothing_is_left(stack);
  return 0;
}
template <class Program>
int on_a_small_stack(const std::uint8_t* data, std::size_t size, Program program) {
  return on_a_small_stack(
      data, size, [](Input&, Stack::Config&) {}, program);
}

}  // namespace weir::fuzz
