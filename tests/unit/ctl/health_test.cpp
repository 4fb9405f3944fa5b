// What is noticed of links, buffers and workers, and what systemd is told: an engine whose worker
// stands still, and a real datagram socket in systemd's place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "control/health_watch.hpp"
#include "control/server_socket.hpp"
#include "control/watchdog.hpp"
#include "fake_engine.hpp"
#include "support/threads.hpp"

namespace weir {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// $NOTIFY_SOCKET, as systemd makes it: abstract ("@…") or a path.
class Notified {
 public:
  explicit Notified(const std::string& name, const char* watchdog_usec = nullptr) : name_(name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
    unsetenv("WATCHDOG_PID");
    if (watchdog_usec != nullptr) setenv("WATCHDOG_USEC", watchdog_usec, 1);
  }
  ~Notified() {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    if (name_.front() != '@') std::filesystem::remove(name_);
  }

  /// The next message; empty when there is none.
  std::string next(int flags = MSG_DONTWAIT) {
    char text[4096];
    const ssize_t length = recv(socket_.get(), text, sizeof text, flags);
    return length < 0 ? "" : std::string(text, static_cast<std::size_t>(length));
  }

 private:
  std::string name_;
  Descriptor socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

std::string abstract_name() { return "@weir-test-" + std::to_string(getpid()); }

class Health : public testing::Test {
 protected:
  void SetUp() override { testing::internal::CaptureStderr(); }
  void TearDown() override { (void)testing::internal::GetCapturedStderr(); }

  void all_move() {
    for (std::uint16_t w = 0; w < engine.worker_count(); ++w) engine.writable(w).rounds.add();
  }
  /// Names of the events since the last call, with blanks between.
  std::string told() {
    std::string names;
    for (const LogRecord& line : log.recent(seen_, Log::kKept)) {
      names += (names.empty() ? "" : " ") + std::string(text(line.event).name);
    }
    seen_ = log.last();
    return names;
  }

  FakeEngine engine;
  Log log{{LogLevel::info, LogFormat::text}};

 private:
  std::uint64_t seen_ = 0;
};

TEST_F(Health, LinksAreToldWhenTheyChange) {
  HealthWatch watch(engine, log);
  const auto second = [&] {
    all_move();
    watch.every_second();
    return told();
  };
  EXPECT_EQ(second(), "port_up") << "the first look tells how it is";
  EXPECT_EQ(second(), "");
  engine.link_up = false;
  EXPECT_EQ(second(), "port_down");
  engine.link_up = true;
  EXPECT_EQ(second(), "port_up");
  EXPECT_EQ(field_text(log.recent(0, 1)[0].fields[1]), "megabits=25000");
}

TEST_F(Health, APoolAtTheEdgeIsToldOfOnce) {
  HealthWatch watch(engine, log);
  const auto second = [&](std::uint32_t free) {
    engine.pool_free = free;
    all_move();
    watch.every_second();
    return told();
  };
  EXPECT_EQ(second(4000), "port_up");
  EXPECT_EQ(second(400), "mbuf_low") << "of 4096";
  EXPECT_EQ(second(500), "") << "above a tenth, but not yet enough";
  EXPECT_EQ(second(400), "");
  EXPECT_EQ(second(900), "mbuf_ok");
}

TEST_F(Health, AWorkerIsStuckAfterThreeSeconds) {
  HealthWatch watch(engine, log);
  const auto second = [&](bool second_worker_moves) {
    engine.writable(0).rounds.add();
    if (second_worker_moves) engine.writable(1).rounds.add();
    watch.every_second();
    return told();
  };
  EXPECT_EQ(second(true), "port_up");
  EXPECT_EQ(second(false) + second(false), "");
  EXPECT_EQ(second(false), "worker_stuck");
  EXPECT_EQ(field_text(log.recent(0, 1)[0].fields[0]), "worker=1");
  EXPECT_EQ(second(false), "") << "told once";
  EXPECT_EQ(second(true), "worker_moves");
}

TEST_F(Health, TheWatchdogIsFedAtHalfOfItsTimeWhileAllMove) {
  Notified systemd(abstract_name(), "2000000");
  ServiceManager manager;
  EXPECT_EQ(manager.watchdog(), 2s);
  Watchdog watchdog(engine, manager, log, Instant(9s));
  watchdog.turn(Instant(9s + 5ms));
  EXPECT_EQ(systemd.next(), "") << "the workers have had no time to move";
  EXPECT_TRUE(watchdog.fed());
  for (Duration at = 10s; at < 13s; at += 250ms) {
    all_move();
    watchdog.turn(Instant(at));
  }
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
  EXPECT_EQ(systemd.next(), "");
}

TEST_F(Health, TheWatchdogStarvesWhenOneWorkerStandsStill) {
  Notified systemd(abstract_name(), "2000000");
  ServiceManager manager;
  Watchdog watchdog(engine, manager, log, Instant(9s));
  engine.writable(0).rounds.add(1000);  // the other one is worker 1 on CPU 3
  watchdog.turn(Instant(10s));
  EXPECT_FALSE(watchdog.fed());
  EXPECT_EQ(systemd.next(), "STATUS=worker 1 on CPU 3 stands still: the watchdog is not fed");
  EXPECT_EQ(systemd.next(), "");
  EXPECT_EQ(told(), "watchdog_starves");
  all_move();
  watchdog.turn(Instant(11s));
  EXPECT_TRUE(watchdog.fed());
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
}

TEST_F(Health, WithoutAWatchdogNothingIsFed) {
  Notified systemd(abstract_name());
  ServiceManager manager;
  Watchdog watchdog(engine, manager, log, Instant(9s));
  all_move();
  watchdog.turn(Instant(10s));
  EXPECT_EQ(systemd.next(), "");
}

TEST(ServiceManager, TellsAServicesLife) {
  const auto path =
      std::filesystem::temp_directory_path() / ("weir-notify-" + std::to_string(getpid()));
  Notified systemd(path.string(), "10000000");
  ServiceManager manager;
  manager.ready("serving");
  EXPECT_EQ(systemd.next(), "READY=1\nSTATUS=serving");
  manager.status("serving");
  manager.status("draining");
  EXPECT_EQ(systemd.next(), "STATUS=draining") << "each once";
  manager.reloading();
  EXPECT_THAT(systemd.next(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  manager.long_work(5min);
  EXPECT_EQ(systemd.next(), "WATCHDOG_USEC=310000000\nWATCHDOG=1");
  manager.work_over();
  EXPECT_EQ(systemd.next(), "WATCHDOG_USEC=10000000\nWATCHDOG=1");
  manager.reloaded();
  EXPECT_EQ(systemd.next(), "READY=1");
  manager.stopping();
  EXPECT_EQ(systemd.next(), "STOPPING=1\nSTATUS=stopping");
}

TEST(ServiceManager, IsSilentWhereNobodyListens) {
  unsetenv("NOTIFY_SOCKET");
  setenv("WATCHDOG_USEC", "1000000", 1);
  const ServiceManager manager;
  EXPECT_FALSE(manager.listens());
  EXPECT_EQ(manager.watchdog(), Duration{});
  unsetenv("WATCHDOG_USEC");
}

TEST(StartExtender, AsksForMoreTimeUntilTheStartIsOver) {
  Notified systemd(abstract_name());
  const ServiceManager manager;
  const test::ThreadIds before = test::threads_so_far();
  {
    const StartExtender extender(manager, 1ms, 30s);
    EXPECT_EQ(systemd.next(0), "EXTEND_TIMEOUT_USEC=30000000");
    EXPECT_EQ(systemd.next(0), "EXTEND_TIMEOUT_USEC=30000000");
  }
  EXPECT_TRUE(test::threads_since(before, 0).empty()) << "nobody is left who would ask";
}

}  // namespace
}  // namespace weir
