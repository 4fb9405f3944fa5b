// The names of the ways in which a connection ends.
#include "service/service.hpp"

namespace weir {

std::string_view to_string(EndReason reason) noexcept {
  switch (reason) {
    case EndReason::closed:
      return "closed";
    case EndReason::reset:
      return "reset";
    case EndReason::timed_out:
      return "timed-out";
    case EndReason::aborted:
      return "aborted";
    case EndReason::shut_down:
      return "shut-down";
    case EndReason::killed:
      return "killed";
  }
  return "unknown";
}

}  // namespace weir
