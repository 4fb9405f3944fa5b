// Who is cut, and who is not: the other end of a socket sees it at once.
#include "metrics/connection_ages.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace weir {
namespace {

using namespace std::chrono_literals;

/// Two ends: the listener's and the client's.
class Connection {
 public:
  Connection() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  ~Connection() {
    for (const int end : ends_) close(end);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] int fd() const { return ends_[0]; }
  [[nodiscard]] bool is_cut() const {
    char byte = 0;
    const ssize_t n = recv(ends_[1], &byte, 1, MSG_DONTWAIT);
    EXPECT_TRUE(n == 0 || errno == EAGAIN);
    return n == 0;
  }

 private:
  std::array<int, 2> ends_{};
};

TEST(ConnectionAges, CutThoseThatWaitSinceBeforeTheLimit) {
  const ConnectionAges::Time start{};
  const Connection slow, quick, late;
  ConnectionAges ages;
  ages.begun(slow.fd(), start);
  ages.begun(quick.fd(), start);
  ages.answered(quick.fd(), start + 2s);
  ages.begun(late.fd(), start + 1s);
  EXPECT_EQ(ages.cut_before(start), 0U);
  EXPECT_FALSE(slow.is_cut()) << "it began at the limit, not before";
  EXPECT_EQ(ages.cut_before(start + 1s), 1U);
  EXPECT_TRUE(slow.is_cut());
  EXPECT_FALSE(quick.is_cut()) << "its answer came since";
  EXPECT_FALSE(late.is_cut());
}

TEST(ConnectionAges, ForgetWhatHasEnded) {
  const Connection ended;
  ConnectionAges ages;
  ages.begun(ended.fd(), {});
  ages.ended(ended.fd());
  EXPECT_EQ(ages.cut_before(ConnectionAges::Time{} + 1s), 0U);
  EXPECT_FALSE(ended.is_cut()) << "the descriptor may be somebody else's now";
}

}  // namespace
}  // namespace weir
