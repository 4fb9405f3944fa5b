// Holds conversations through the shared object as packetdrill does: loaded at run time, packets
// without a link layer, time moved by usleep and by waiting for a packet.
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cerrno>
#include <future>

#include "packetdrill/interface.hpp"
#include "support/sent.hpp"

namespace weir::test {
namespace {

using packetdrill::Interface;
constexpr std::uint16_t kListenPort = 8080, kPeerPort = 5555;
constexpr std::uint32_t kPeerIsn = 1000;

class Drill : public ::testing::TestWithParam<Family> {
 protected:
  void SetUp() override {
    library_ = dlopen(WEIR_PACKETDRILL, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library_, nullptr) << dlerror();
    const auto init = reinterpret_cast<void (*)(const char*, Interface*)>(
        dlsym(library_, "packetdrill_interface_init"));
    ASSERT_NE(init, nullptr) << dlerror();
    init("local4=192.168.0.1,local6=fd3d:fa7b:d17d::1,rto-min=200", &t);
    u = t.userdata;
    v6 = GetParam() == Family::v6;
  }
  void TearDown() override {
    if (u != nullptr) t.free(u);
    if (library_ != nullptr) dlclose(library_);
  }

  [[nodiscard]] Ends ends() const {
    Ends e;
    e.source = address(v6 ? "2001:db8::1" : "192.0.2.1");
    e.destination = address(v6 ? "fd3d:fa7b:d17d::1" : "192.168.0.1");
    return e;
  }
  void inject(Seg seg) {
    seg.source_port = kPeerPort;
    seg.destination_port = our_port;
    const Octets frame = tcp_frame(ends(), seg);
    EXPECT_EQ(t.netdev_send(u, frame.data() + 14, frame.size() - 14), 0);
  }
  /// The next packet, with the time since the last one.
  Sent sniff() {
    std::uint8_t buffer[4096];
    std::size_t size = sizeof buffer;
    EXPECT_EQ(t.netdev_receive(u, buffer, &size, &at), 0);
    if (size == 0) {
      ADD_FAILURE() << "nothing leaves";
      return {};
    }
    Octets frame(14);
    std::copy_n(kPeerMac.bytes.begin(), 6, frame.begin());
    std::copy_n(kOurMac.bytes.begin(), 6, frame.begin() + 6);
    frame[12] = v6 ? 0x86 : 0x08;
    frame[13] = v6 ? 0xdd : 0x00;
    frame.insert(frame.end(), buffer, buffer + size);
    Sent s = read_sent(frame);
    EXPECT_EQ(s.destination, ends().source);
    return s;
  }
  Sent sniff(std::uint8_t flags) {
    Sent s = sniff();
    EXPECT_EQ(s.flags & ~kPsh, flags) << describe(s);
    return s;
  }
  void nothing_leaves() {
    std::uint8_t buffer[4096];
    std::size_t size = sizeof buffer;
    EXPECT_EQ(t.netdev_receive(u, buffer, &size, &at), 0);
    EXPECT_EQ(size, 0U);
  }
  int make() { return t.socket(u, v6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP); }
  sockaddr_storage place(bool any, std::uint16_t port) const {
    sockaddr_storage s{};
    const Address peer = ends().source;
    if (v6) {
      auto& in = reinterpret_cast<sockaddr_in6&>(s);
      in.sin6_family = AF_INET6;
      in.sin6_port = htons(port);
      if (!any) std::copy_n(peer.bytes.begin(), 16, in.sin6_addr.s6_addr);
    } else {
      auto& in = reinterpret_cast<sockaddr_in&>(s);
      in.sin_family = AF_INET;
      in.sin_port = htons(port);
      if (!any) in.sin_addr.s_addr = htonl(peer.v4_host_order());
    }
    return s;
  }
  int listening() {
    const int fd = make();
    const sockaddr_storage any = place(true, kListenPort);
    EXPECT_EQ(t.bind(u, fd, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    EXPECT_EQ(t.listen(u, fd, 1), 0);
    return fd;
  }
  int connect(int fd) {
    const sockaddr_storage peer = place(false, kPeerPort);
    return t.connect(u, fd, reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
  }
  /// The handshake of a client, and the socket that it leads to.
  int accepted(std::uint16_t window = 65535) {
    const int listener = listening();
    inject(syn().seq(kPeerIsn).mss(1400));
    const Sent s = sniff(kSyn | kAck);
    EXPECT_EQ(s.ack, kPeerIsn + 1);
    iss = s.seq;
    inject(ack().seq(kPeerIsn + 1).ack(iss + 1).win(window));
    const int fd = t.accept(u, listener, nullptr, nullptr);
    EXPECT_GE(fd, 0);
    return fd;
  }
  std::string read(int fd, std::size_t most = 4096) {
    std::string text(most, '\0');
    const ssize_t n = t.read(u, fd, text.data(), most);
    text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return text;
  }
  void non_blocking(int fd) {
    EXPECT_EQ(t.fcntl(u, fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    EXPECT_EQ(t.fcntl(u, fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  }
  int error_of(int fd) {
    int error = -1;
    socklen_t size = sizeof error;
    EXPECT_EQ(t.getsockopt(u, fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
    return error;
  }
  Sent syn_of(int fd) {
    non_blocking(fd);
    EXPECT_EQ(connect(fd), -1);
    EXPECT_EQ(errno, EINPROGRESS);
    const Sent s = sniff(kSyn);
    our_port = s.source_port;
    iss = s.seq;
    return s;
  }

  Interface t{};
  void* u = nullptr;
  bool v6 = false;
  std::uint16_t our_port = kListenPort;
  std::uint32_t iss = 0;
  long long at = 0;

 private:
  void* library_ = nullptr;
};
WEIR_BOTH_FAMILIES(Drill);

TEST_P(Drill, APassiveOpenReadsWritesAndIsClosedByThePeer) {
  const int fd = accepted();
  inject(data("question").seq(kPeerIsn + 1).ack(iss + 1));
  EXPECT_EQ(read(fd), "question");
  EXPECT_EQ(t.write(u, fd, "answer", 6), 6);
  const Sent s = sniff(kAck);
  EXPECT_EQ(s.text, "answer");
  EXPECT_EQ(s.ack, kPeerIsn + 9);
  inject(fin().seq(kPeerIsn + 9).ack(iss + 7));
  sniff(kAck);
  EXPECT_EQ(t.read(u, fd, nullptr, 0), 0);
  EXPECT_EQ(t.close(u, fd), 0);
  sniff(kFin | kAck);
  inject(ack().seq(kPeerIsn + 10).ack(iss + 8));
  nothing_leaves();
}
TEST_P(Drill, NobodyToAcceptYet) {
  const int listener = listening();
  non_blocking(listener);
  EXPECT_EQ(t.accept(u, listener, nullptr, nullptr), -1);
  EXPECT_EQ(errno, EAGAIN);
}
TEST_P(Drill, AcceptTellsWhoItIs) {
  const int listener = listening();
  inject(syn().seq(kPeerIsn));
  iss = sniff(kSyn | kAck).seq;
  inject(ack().seq(kPeerIsn + 1).ack(iss + 1));
  sockaddr_storage who{};
  socklen_t size = sizeof who;
  EXPECT_GE(t.accept(u, listener, reinterpret_cast<sockaddr*>(&who), &size), 0);
  const sockaddr_storage peer = place(false, kPeerPort);
  EXPECT_EQ(size, v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
  EXPECT_EQ(std::memcmp(&who, &peer, size), 0);
}
TEST_P(Drill, AnAcceptThatBlocksIsWokenByThePacket) {
  const int listener = listening();
  auto waiting =
      std::async(std::launch::async, [&] { return t.accept(u, listener, nullptr, nullptr); });
  inject(syn().seq(kPeerIsn));
  iss = sniff(kSyn | kAck).seq;
  inject(ack().seq(kPeerIsn + 1).ack(iss + 1));
  EXPECT_GE(waiting.get(), 0);
}
TEST_P(Drill, AReadThatBlocksIsWokenByThePacket) {
  const int fd = accepted();
  auto waiting = std::async(std::launch::async, [&] { return read(fd); });
  inject(data("late").seq(kPeerIsn + 1).ack(iss + 1));
  EXPECT_EQ(waiting.get(), "late");
}
TEST_P(Drill, AnActiveOpenThatBlocks) {
  const int fd = make();
  auto waiting = std::async(std::launch::async, [&] { return connect(fd); });
  Sent s;
  for (bool out = false; !out;) {  // the other thread may not have called yet
    std::uint8_t buffer[4096];
    std::size_t size = sizeof buffer;
    t.netdev_receive(u, buffer, &size, &at);
    out = size != 0;
    const auto* tcp = buffer + (v6 ? 40 : 20);
    our_port = static_cast<std::uint16_t>(tcp[0] << 8 | tcp[1]);
    iss = static_cast<std::uint32_t>(tcp[4] << 24 | tcp[5] << 16 | tcp[6] << 8 | tcp[7]);
  }
  inject(syn_ack().seq(kPeerIsn).ack(iss + 1).mss(1400));
  EXPECT_EQ(waiting.get(), 0);
  EXPECT_EQ(sniff(kAck).ack, kPeerIsn + 1);
  EXPECT_EQ(t.send(u, fd, "hello", 5, 0), 5);
  EXPECT_EQ(sniff(kAck).text, "hello");
}
TEST_P(Drill, AnActiveOpenInProgress) {
  const int fd = make();
  const Sent s = syn_of(fd);
  EXPECT_EQ(s.options.mss, v6 ? 1440 : 1460);
  EXPECT_TRUE(s.options.sack_permitted && s.options.has_timestamps);
  EXPECT_EQ(connect(fd), -1);
  EXPECT_EQ(errno, EALREADY);
  inject(syn_ack().seq(kPeerIsn).ack(iss + 1));
  sniff(kAck);
  EXPECT_EQ(error_of(fd), 0);
  EXPECT_EQ(connect(fd), -1);
  EXPECT_EQ(errno, EISCONN);
}
TEST_P(Drill, AnActiveOpenThatIsRefused) {
  const int fd = make();
  syn_of(fd);
  inject(rst_ack().ack(iss + 1));
  EXPECT_EQ(error_of(fd), ECONNREFUSED);
}
TEST_P(Drill, AnActiveOpenThatNobodyHears) {
  const int fd = make();
  syn_of(fd);
  long long before = at;
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60}) {
    EXPECT_EQ(sniff(kSyn).seq, iss);
    EXPECT_NEAR(static_cast<double>(at - before), seconds * 1e6, 5e3);
    before = at;
  }
  t.usleep(u, 120'000'000);
  while (error_of(fd) == 0 && at - before < 400'000'000) {
    std::uint8_t buffer[4096];
    std::size_t size = sizeof buffer;
    t.netdev_receive(u, buffer, &size, &at);
    if (size == 0) break;
  }
  nothing_leaves();
}
TEST_P(Drill, BothOpenAtOnce) {
  const int fd = make();
  syn_of(fd);
  inject(syn().seq(kPeerIsn));
  EXPECT_EQ(sniff(kSyn | kAck).ack, kPeerIsn + 1);
  inject(syn_ack().seq(kPeerIsn).ack(iss + 1));
  EXPECT_EQ(t.write(u, fd, "both", 4), 4);
  EXPECT_EQ(sniff(kAck).text, "both");
}
TEST_P(Drill, WhatIsLostComesAgainInTime) {
  const int fd = accepted();
  EXPECT_EQ(t.write(u, fd, "lost", 4), 4);
  sniff(kAck);
  const long long sent = at;
  EXPECT_EQ(sniff(kAck).text, "lost");
  EXPECT_GE(at - sent, 200'000);
  EXPECT_LE(at - sent, 1'010'000);
}
TEST_P(Drill, TheClockIsMovedBySleepAndByLooking) {
  const auto look = [&] {
    timeval tv{};
    EXPECT_EQ(t.gettimeofday(u, &tv, nullptr), 0);
    return tv.tv_sec * 1'000'000L + tv.tv_usec;
  };
  const long before = look();
  EXPECT_EQ(look(), before + 1);
  t.usleep(u, 1'500'000);
  EXPECT_EQ(look(), before + 1'500'002);
}
TEST_P(Drill, AHalfCloseGoesOnReading) {
  const int fd = accepted();
  EXPECT_EQ(t.shutdown(u, fd, SHUT_WR), 0);
  sniff(kFin | kAck);
  inject(data("still").seq(kPeerIsn + 1).ack(iss + 2));
  EXPECT_EQ(read(fd), "still");
  EXPECT_EQ(t.write(u, fd, "no", 2), -1);
}
TEST_P(Drill, ACloseWithTextUnreadResets) {
  const int fd = accepted();
  inject(data("unread").seq(kPeerIsn + 1).ack(iss + 1));
  EXPECT_EQ(t.close(u, fd), 0);
  sniff(kRst | kAck);
}
TEST_P(Drill, TextAfterTheCloseResets) {
  const int fd = accepted();
  EXPECT_EQ(t.close(u, fd), 0);
  sniff(kFin | kAck);
  inject(data("too late").seq(kPeerIsn + 1).ack(iss + 2));
  sniff(kRst | kAck);
}
TEST_P(Drill, ALingerOfZeroResets) {
  const int fd = accepted();
  const linger none{1, 0};
  EXPECT_EQ(t.setsockopt(u, fd, SOL_SOCKET, SO_LINGER, &none, sizeof none), 0);
  EXPECT_EQ(t.close(u, fd), 0);
  sniff(kRst | kAck);
}
TEST_P(Drill, AResetIsAnError) {
  const int fd = accepted();
  inject(rst().seq(kPeerIsn + 1));
  char byte = 0;
  EXPECT_EQ(t.recv(u, fd, &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
  EXPECT_EQ(t.send(u, fd, &byte, 1, 0), -1);
  EXPECT_EQ(errno, EPIPE);
}
TEST_P(Drill, PollTellsWhatCanBeDone) {
  const int fd = accepted();
  pollfd one{fd, POLLIN | POLLOUT, 0};
  EXPECT_EQ(t.poll(u, &one, 1, 0), 1);
  EXPECT_EQ(one.revents, POLLOUT);
  inject(data("text").seq(kPeerIsn + 1).ack(iss + 1));
  EXPECT_EQ(t.poll(u, &one, 1, 0), 1);
  EXPECT_EQ(one.revents, POLLIN | POLLOUT);
  EXPECT_EQ(read(fd), "text");
  one.events = POLLIN;
  EXPECT_EQ(t.poll(u, &one, 1, 0), 0);
}
TEST_P(Drill, TextThatNobodyReadsClosesTheWindow) {
  const int fd = accepted();
  std::uint32_t next = kPeerIsn + 1, window = 65535, edge = next + window;
  // Without scaling the first window is the largest one.
  while (next + 1000 <= edge) {
    inject(bytes(1000).seq(next).ack(iss + 1));
    next += 1000;
    std::uint8_t buffer[4096];
    std::size_t size = sizeof buffer;
    t.netdev_receive(u, buffer, &size, &at);
    if (size == 0) continue;
    window =
        static_cast<std::uint32_t>(buffer[(v6 ? 40 : 20) + 14] << 8 | buffer[(v6 ? 40 : 20) + 15]);
  }
  EXPECT_LT(window, 2000U);
  std::size_t sum = 0;
  while (sum < next - kPeerIsn - 1) sum += read(fd, 10'000).size();
  const Sent update = sniff(kAck);
  EXPECT_GT(update.window, window);
}
TEST_P(Drill, PiecesAreReadAndWrittenTogether) {
  const int fd = accepted();
  char ab[] = "ab", cd[] = "cd";
  const iovec out[] = {{ab, 2}, {cd, 2}};
  EXPECT_EQ(t.writev(u, fd, out, 2), 4);
  EXPECT_EQ(sniff(kAck).text, "abcd");
  inject(data("wxyz").seq(kPeerIsn + 1).ack(iss + 5));
  iovec in[] = {{ab, 2}, {cd, 2}};
  msghdr message{};
  message.msg_iov = in;
  message.msg_iovlen = 2;
  EXPECT_EQ(t.recvmsg(u, fd, &message, 0), 4);
  EXPECT_EQ(std::string(ab, 2) + std::string(cd, 2), "wxyz");
}
TEST_P(Drill, WhatCannotBeIsSaid) {
  const int fd = make();
  const sockaddr_storage elsewhere = place(true, kListenPort + 1);
  EXPECT_EQ(t.bind(u, fd, reinterpret_cast<const sockaddr*>(&elsewhere), sizeof elsewhere), -1);
  EXPECT_EQ(errno, EADDRNOTAVAIL);
  EXPECT_EQ(t.listen(u, fd, 1), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(t.close(u, 99999), -1);
  EXPECT_EQ(errno, EBADF);
  int value = 0;
  EXPECT_EQ(t.setsockopt(u, fd, IPPROTO_TCP, 4711, &value, sizeof value), -1);
  EXPECT_EQ(errno, ENOPROTOOPT);
  EXPECT_EQ(t.epoll_create(u, 1), -1);
  EXPECT_EQ(errno, ENOSYS);
  int fds[2];
  EXPECT_EQ(t.pipe(u, fds), -1);
  EXPECT_EQ(t.splice(u, fd, nullptr, fd, nullptr, 1, 0), -1);
  EXPECT_EQ(t.ioctl(u, fd, 0), -1);
  EXPECT_EQ(errno, ENOSYS);
  EXPECT_EQ(t.close(u, fd), 0);
  EXPECT_EQ(fcntl(fd, F_GETFD), -1) << "it was a real descriptor";
}

}  // namespace
}  // namespace weir::test
