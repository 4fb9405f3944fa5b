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

void fill(PcapngFile& file, PcapngCounter& counter, Connection& connection,
          const Interrupt& interrupt) {
  file.clear();
  while (!counter.complete()) {
    const auto piece = connection.read_more(interrupt.fd(), OnInterrupt::break_off);
    if (!piece) Session::fail(piece.error());
    if (piece.value().empty()) {
      throw Failure{kRefused, "failed", "the daemon broke off: the file is not whole"};
    }
    counter.see(piece.value());
    file.write(piece.value());
  }
  file.save();
}

// The daemon keeps it for who leaves early, and takes one who has long had all of it for served.
void write(PcapngFile& file, Connection& connection, const Interrupt& interrupt) {
  PcapngCounter counter;
  try {
    fill(file, counter, connection, interrupt);
  } catch (Failure& failure) {
    if (!counter.complete() || !connection.has_ended()) {
      failure.message += "; the recording is kept as long as weir runs: try again";
    }
    throw;
  }
  connection.finish();
  (void)connection.read_more(interrupt.fd());  // the end: whoever leaves before may not be heard
}

}  // namespace

int run_record(Session& session) {
  const std::string name = session.invocation.operands.front();
  Json args = Json::object();
  if (session.invocation.has("payload")) args["payload"] = true;
  const Interrupt interrupt;  // before the file, which goes if nothing comes
  PcapngFile file(session, name);
  auto [reply, connection] = session.ask_for_stream(
      "record", args, interrupt,
      {kLongPatience, "what is taken all the same is kept as long as weir runs: try again"});
  write(file, connection, interrupt);
  if (session.wants_json()) {
    (name == "-" ? session.err : session.out) << to_line(reply) << '\n';
  } else if (!session.invocation.has("quiet")) {
    session.err << report_of(reply, name);
  }
  return kDone;
}

}  // namespace weir::ctl
