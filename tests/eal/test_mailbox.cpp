// The way between the control thread and a worker.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "runtime/mailbox.hpp"
#include "support/stack.hpp"

namespace weir::test {
namespace {

using namespace std::chrono_literals;

class MailboxTest : public ::testing::Test {
 protected:
  MailboxTest() {
    auto made = Mailbox::create();
    EXPECT_TRUE(made.ok());
    if (made.ok()) mailbox = std::move(made).value();
  }
  void serve() { mailbox->serve(stack.pipeline()); }
  /// A worker's loop, until the test ends.
  void start_worker() {
    worker = std::thread([this] {
      while (!stop.load()) serve();
    });
  }
  ~MailboxTest() override {
    stop.store(true);
    if (worker.joinable()) worker.join();
  }

  Stack stack;
  std::unique_ptr<Mailbox> mailbox;
  std::atomic<bool> stop{false};
  std::thread worker;
};

TEST_F(MailboxTest, ACallIsDoneByTheWorkerBeforeItReturns) {
  start_worker();
  std::thread::id where;
  EXPECT_TRUE(mailbox->call([&](Pipeline&) { where = std::this_thread::get_id(); }, 10s));
  EXPECT_EQ(where, worker.get_id());
}

TEST_F(MailboxTest, WhatWasNotBegunInTimeIsNotBegunAtAll) {
  int runs = 0;
  EXPECT_FALSE(mailbox->call([&](Pipeline&) { ++runs; }, 1ms));
  serve();
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(mailbox->collect(), 0U);
}

TEST_F(MailboxTest, APostDoesNotWaitAndIsFreedHere) {
  const auto held = std::make_shared<int>(0);
  ASSERT_TRUE(mailbox->post([held](Pipeline&) { ++*held; }));
  EXPECT_EQ(*held, 0);
  EXPECT_EQ(mailbox->collect(), 1U);
  serve();
  EXPECT_EQ(*held, 1);
  EXPECT_EQ(held.use_count(), 2) << "the worker frees nothing";
  EXPECT_EQ(mailbox->collect(), 0U);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(MailboxTest, TasksAreDoneInTheirOrderAndAFullBoxSaysSo) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < Mailbox::kMostTasks; ++i) {
    EXPECT_TRUE(mailbox->post([&order, i](Pipeline&) { order.push_back(i); }));
  }
  EXPECT_FALSE(mailbox->post([](Pipeline&) { FAIL(); }));
  EXPECT_FALSE(mailbox->call([](Pipeline&) { FAIL(); }, 1s));
  serve();
  ASSERT_EQ(order.size(), Mailbox::kMostTasks);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
  EXPECT_TRUE(mailbox->post([](Pipeline&) {}));
}

TEST_F(MailboxTest, WhatIsLeftInItIsFreedWithIt) {
  const auto held = std::make_shared<int>(0);
  ASSERT_TRUE(mailbox->post([held](Pipeline&) {}));
  mailbox.reset();
  EXPECT_EQ(held.use_count(), 1);
}

// A wait until a point in time is begun again as often as a signal comes; a sleep for a span would
// grow by the timer slack each time.
TEST_F(MailboxTest, SignalsDoNotEndAWait) {
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  struct sigaction before {};
  sigaction(SIGUSR1, &nothing, &before);
  const pthread_t waiter = pthread_self();
  std::atomic<bool> enough{false};
  std::thread storm([&] {
    // Bounded: about twice the wait below.
    const auto end = std::chrono::steady_clock::now() + 600ms;
    while (!enough.load() && std::chrono::steady_clock::now() < end) {
      pthread_kill(waiter, SIGUSR1);
      std::this_thread::sleep_for(10us);
    }
  });
  int runs = 0;
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(mailbox->call([&](Pipeline&) { ++runs; }, 300ms));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 300ms) << "nor do they end it";
  enough.store(true);
  storm.join();
  serve();
  EXPECT_EQ(runs, 0);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(MailboxTest, NewsComeBackInTheirOrder) {
  for (std::uint8_t port = 0; port < 3; ++port) {
    NeighbourNews news;
    news.port = port;
    mailbox->tell(news);
  }
  std::vector<NeighbourNews> out;
  mailbox->take_news(out);
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[2].port, 2);
}

}  // namespace
}  // namespace weir::test
