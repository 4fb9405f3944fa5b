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

}  // namespace weir::fuzz
