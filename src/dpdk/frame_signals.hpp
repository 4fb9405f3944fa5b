// net_tap asks the kernel for a signal with every frame; Weir polls and wants none.
#pragma once

namespace weir {

/// What the signals did: the kernel hands each to the control thread, which spent a third of a CPU
/// on them under load, and a thread that polls with short sleeps sleeps longer with each signal
/// (the remaining time that nanosleep gives back includes the timer's slack), seconds in the end.
///
/// The driver reads its descriptor in every poll as long as no signal has come; from the first one
/// on, only after another. So none may come at all: blocked before the driver's descriptors and any
/// thread exist, they are switched off once the descriptors are there.

/// Blocks the signals in the calling thread and in those it starts from now on.
void block_frame_signals() noexcept;

/// Switches the signals of all tap descriptors of this process off, and takes those that wait.
/// The calling thread blocks them; call it after a tap was opened.
void stop_frame_signals();

}  // namespace weir
