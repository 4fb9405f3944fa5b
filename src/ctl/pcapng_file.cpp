#include "ctl/pcapng_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <ostream>

namespace weir::ctl {
namespace {

[[noreturn]] void cannot_write(const std::string& name) {
  throw Failure{kRefused, "failed", fmt::format("cannot write {}: {}", name, std::strerror(errno))};
}

}  // namespace

PcapngCounter write_file(Session& session, Connection& connection, const Interrupt& interrupt,
                         const std::string& name) {
  std::ofstream file;
  if (name != "-") file.open(name, std::ios::binary | std::ios::trunc);
  std::ostream& out = name == "-" ? session.out : file;
  if (!out) cannot_write(name);
  PcapngCounter counter;
  for (;;) {
    const auto piece = connection.read_more(interrupt.fd());
    if (!piece) Session::fail(piece.error());
    if (piece.value().empty()) break;
    counter.see(piece.value());
    out << piece.value() << std::flush;
    if (!out) cannot_write(name);
  }
  return counter;
}

}  // namespace weir::ctl
