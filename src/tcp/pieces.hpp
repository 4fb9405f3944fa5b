// Pieces of text, linked by ids: what the send queue and the receive queue are made of.
#pragma once

#include <cstdint>
#include <span>

#include "base/seq.hpp"
#include "base/slab.hpp"
#include "frame/frame.hpp"

namespace weir::tcp {

/// A run of text. It lives in the frame that it owns, or, without a frame, in memory that stays put
/// until the text is acknowledged (a file's, for example).
struct Piece {
  Frame frame;
  const TransmitMemory* memory = nullptr;  ///< without a frame: what holds the text, if a port may
  const std::uint8_t* data = nullptr;
  std::uint64_t length = 0;
  Seq seq;  ///< receive queue: of data[0]
  std::uint32_t next = kNoId;
  std::uint16_t held = 0;  ///< receive queue: received frames whose verdict waits for this text
  bool own_copy = false;   ///< the frame was allocated for copies: more may be appended
};

using PieceSlab = Slab<Piece>;

}  // namespace weir::tcp
