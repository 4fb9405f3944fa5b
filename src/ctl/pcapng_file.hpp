// A pcapng stream of the daemon's, into a file of the user's or a pipe.
#pragma once

#include <string>

#include "ctl/interrupt.hpp"
#include "ctl/pcapng_counter.hpp"
#include "ctl/session.hpp"

namespace weir::ctl {

/// The user's own rights decide about the file: the daemon knows nothing of it. It is opened before
/// the daemon is asked, so that nothing is taken from it that has nowhere to go.
class PcapngFile {
 public:
  /// "-" is standard output. A file that there was not is the user's alone; one that there was
  /// keeps what it holds until something comes. Throws Failure when it cannot be opened.
  PcapngFile(Session& session, std::string name);
  /// What was made for nothing goes.
  ~PcapngFile();
  PcapngFile(const PcapngFile&) = delete;
  PcapngFile& operator=(const PcapngFile&) = delete;

  /// Writes what follows the reply, up to its end.
  [[nodiscard]] PcapngCounter take(Connection& connection, const Interrupt& interrupt);
  // Its steps, which throw Failure when something cannot be written.
  /// What it held goes.
  void clear();
  void write(const std::string& bytes);
  /// Waits until it is on the disk, and closes it: some file systems say only then that they are
  /// full. The last that is done with it.
  void save();

 private:
  Session& session_;
  std::string name_;
  int fd_ = -1;        // -1: standard output
  bool made_ = false;  // by us
  bool used_ = false;
};

}  // namespace weir::ctl
