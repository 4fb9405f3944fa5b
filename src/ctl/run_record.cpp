// What the flight recorder holds, into a file.
#include <fmt/format.h>

#include <ostream>

#include "ctl/interrupt.hpp"
#include "ctl/pcapng_file.hpp"
#include "ctl/session.hpp"
#include "ctl/show.hpp"

namespace weir::ctl {
namespace {

std::string list_of(const Json& numbers) {
  std::string list;
  for (const Json& number : numbers) {
    list += fmt::format("{}{}", list.empty() ? "" : ", ", number.get<std::uint64_t>());
  }
  return list;
}

std::string report_of(const Json& reply, const std::string& name) {
  const auto workers = reply.at("workers").get<std::uint64_t>();
  std::string text = fmt::format("{} frames of {} worker{}, the last {} s",
                                 reply.at("frames").get<std::uint64_t>(), workers,
                                 workers == 1 ? "" : "s", reply.at("seconds").get<double>());
  text += reply.at("payload").get<bool>() ? "; with what they carry: mind who gets the file\n"
                                          : "; headers only (--payload adds what they carry)\n";
  if (const auto lost = reply.at("lost_records").get<std::uint64_t>(); lost != 0) {
    text += fmt::format("{} records found no room: some connections will be strangers\n", lost);
  }
  // An older daemon says neither of these.
  if (const Json missing = reply.value("missing", Json::array()); !missing.empty()) {
    text += fmt::format("worker{} {} did not answer: nothing of {} is in the file\n",
                        missing.size() == 1 ? "" : "s", list_of(missing),
                        missing.size() == 1 ? "it" : "them");
  }
  if (reply.value("kept", false)) {
    text += "this is what an earlier record did not get whole: ask again for what came since\n";
  }
  return text + fmt::format("weir --replay {} runs them again\n", name);
}

// The daemon notices a connection that ends early.
PcapngCounter write(PcapngFile& file, Connection& connection) try {
  const Interrupt interrupt;
  PcapngCounter counter = file.take(connection, interrupt);
  if (counter.complete()) return counter;
  throw Failure{kRefused, "failed", "the daemon broke off: the file is not whole"};
} catch (Failure& failure) {
  failure.message += "; the recording is kept: try again";
  throw;
}

}  // namespace

int run_record(Session& session) {
  const std::string name = session.invocation.operands.front();
  Json args = Json::object();
  if (session.invocation.has("payload")) args["payload"] = true;
  PcapngFile file(session, name);
  auto [reply, connection] = session.ask_for_stream("record", args, {kLongPatience});
  (void)write(file, connection);
  if (session.wants_json()) {
    (name == "-" ? session.err : session.out) << to_line(reply) << '\n';
  } else if (!session.invocation.has("quiet")) {
    session.err << report_of(reply, name);
  }
  return kDone;
}

}  // namespace weir::ctl
