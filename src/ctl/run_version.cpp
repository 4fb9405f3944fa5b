// Who is who: this program and the daemon.
#include <ostream>

#include "ctl/session.hpp"

#ifndef WEIR_VERSION
#define WEIR_VERSION "unknown"
#endif

namespace weir::ctl {

int run_version(Session& session) {
  Json reply;
  try {
    reply = session.ask("version");
  } catch (const Failure&) {
    // Half an answer is better than none.
    if (!session.wants_json()) session.print({}, "weirctl " WEIR_VERSION "\n");
    throw;
  }
  reply["client"] = {{"version", WEIR_VERSION}, {"protocol", kProtocol}};
  reply["differ"] = reply.at("version") != WEIR_VERSION || reply.at("protocol") != kProtocol;
  session.print(reply, show_version);
  return kDone;
}

}  // namespace weir::ctl
