#include "ctl/pcapng_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ostream>
#include <utility>

namespace weir::ctl {
namespace {

constexpr mode_t kOfTheUser = 0600;  // it shows what others say to each other

[[noreturn]] void cannot_write(const std::string& name) {
  throw Failure{kRefused, "failed", fmt::format("cannot write {}: {}", name, std::strerror(errno))};
}

}  // namespace

PcapngFile::PcapngFile(Session& session, std::string name)
    : session_(session), name_(std::move(name)) {
  if (name_ == "-") return;
  constexpr int kFlags = O_WRONLY | O_CREAT | O_CLOEXEC;
  fd_ = open(name_.c_str(), kFlags | O_EXCL, kOfTheUser);
  made_ = fd_ >= 0;
  if (!made_ && errno == EEXIST) fd_ = open(name_.c_str(), kFlags, kOfTheUser);
  if (fd_ < 0) cannot_write(name_);
}

PcapngFile::~PcapngFile() {
  if (fd_ >= 0) close(fd_);
  if (made_ && !used_) unlink(name_.c_str());
}

PcapngCounter PcapngFile::take(Connection& connection, const Interrupt& interrupt) {
  clear();
  PcapngCounter counter;
  for (;;) {
    const auto piece = connection.read_more(interrupt.fd());
    if (!piece) Session::fail(piece.error());
    if (piece.value().empty()) break;
    counter.see(piece.value());
    write(piece.value());
  }
  save();
  return counter;
}

// A pipe or a device has nothing to lose, and can neither be cut nor saved.
void PcapngFile::clear() {
  used_ = true;
  if (fd_ >= 0 && ftruncate(fd_, 0) != 0 && errno != EINVAL) cannot_write(name_);
}

void PcapngFile::write(const std::string& bytes) {
  if (fd_ < 0) {
    session_.out << bytes << std::flush;
    if (!session_.out) cannot_write(name_);
    return;
  }
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno != EINTR) cannot_write(name_);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

void PcapngFile::save() {
  if (fd_ < 0) return;
  if (fsync(fd_) != 0 && errno != EINVAL) cannot_write(name_);
  if (close(std::exchange(fd_, -1)) != 0) cannot_write(name_);
}

}  // namespace weir::ctl
